"""Accuracy on data whose truth is known, with the shipped settings: what is merged without asking anybody."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from batch.formats.delimited import read
from batch.formats.header import shape
from batch.formats.lines import Record
from batch.layouts.registry import layout
from batch.synthetic.generator import Recipe, generate
from consolidation.matching.comparison import compare
from consolidation.matching.engine import Outcome, run, run_delta
from consolidation.matching.facts import PROVEN_DIFFER
from consolidation.matching.policy import Policy
from consolidation.matching.signature import Signatures, signatures
from consolidation.records import record_of
from mdm.subjects import Bundle
from tests.consolidation.matching.building import keyed

FEBRL = Path(__file__).parents[3] / "batch/data/febrl3.csv"
Labels = np.ndarray[tuple[int], np.dtype[np.int64]]


def bundles_of(name: str, path: Path) -> list[Bundle]:
    known, found = layout(name), []
    for block in read(path, known.profile, shape(path, known.profile, known.names)):
        found += known.reading.bundles(row for row in block if isinstance(row, Record)).bundles
    return found


def signed(bundles: Sequence[Bundle]) -> Signatures:
    return signatures([record_of(at, bundle) for at, bundle in enumerate(bundles, 1)], keyed)


@cache
def febrl() -> tuple[Signatures, Labels]:
    bundles = bundles_of("febrl", FEBRL)
    found = [re.match(r"rec-(\d+)-", bundle.source_key) for bundle in bundles]
    return signed(bundles), np.array([int(match[1]) for match in found if match])


def pairs_in(labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> int:
    _, counts = np.unique(labels, return_counts=True, axis=0)
    return int((counts * (counts - 1) // 2).sum())


def accuracy(outcome: Outcome, truth: Labels) -> tuple[float, float]:
    """Pairwise precision and recall of the merged groups."""
    labels = np.arange(1, len(truth) + 1)
    for merge in outcome.merges:
        labels[np.array(merge.members) - 1] = merge.members[0]
    both = pairs_in(np.column_stack((labels, truth)))
    return both / pairs_in(labels), both / pairs_in(truth)


def test_febrl_with_learned_weights() -> None:
    rows, truth = febrl()
    assert len(rows) == 5000
    outcome = run(rows, Policy())
    assert outcome.policy.persons.version == "persons-1+learned"
    precision, recall = accuracy(outcome, truth)
    assert precision >= 0.999
    assert recall >= 0.96


def test_febrl_with_the_strict_veto_on_birth_dates() -> None:
    precision, recall = accuracy(run(febrl()[0], Policy(birth_veto="any")), febrl()[1])
    assert precision >= 0.999
    assert recall >= 0.90


def test_febrl_by_score_alone() -> None:
    """What the weights themselves can tell apart, without the caution of the sure class."""
    precision, recall = accuracy(run(febrl()[0], Policy(auto=0.9, guarded=False)), febrl()[1])
    assert precision >= 0.999
    assert recall >= 0.99


def test_febrl_does_not_depend_on_the_order() -> None:
    rows, _ = febrl()
    one, other = run(rows, Policy()), run(rows[np.random.default_rng(3).permutation(len(rows))], Policy())
    assert (one.merges, one.reviews) == (other.merges, other.reviews)


def test_febrl_a_thousand_records_at_a_time() -> None:
    """Nightly deltas with the weights of a full run reach what the full run reaches."""
    rows, truth = febrl()
    policy, groups = run(rows, Policy()).policy, dict[int, tuple[int, ...]]()
    for start in range(0, 5000, 1000):
        known = rows[: start + 1000]
        outcome = run_delta(known, known["id"][start:], policy, groups=list(groups.values()))
        for merge in outcome.merges:
            for gone in [root for root, members in groups.items() if set(members) & set(merge.members)]:
                del groups[gone]
            groups[merge.members[0]] = merge.members
    labels = np.arange(1, 5001)
    for members in groups.values():
        labels[np.array(members) - 1] = members[0]
    both = pairs_in(np.column_stack((labels, truth)))
    assert both / pairs_in(labels) >= 0.999
    assert both / pairs_in(truth) >= 0.95


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> tuple[Signatures, Labels]:
    """4,000 made-up Chinese customers with duplicates, twins, households, namesakes and companies."""
    folder = tmp_path_factory.mktemp("bank")
    made = generate(Recipe(rows=4000, seed=5, errors=0.0), folder)
    bundles = bundles_of("core_customer", made.file)
    lines = made.truth.read_text(encoding="utf-8").splitlines()[1:]
    entity = {key: int(name.removeprefix("E")) for _, key, name in (line.split(",") for line in lines)}
    return signed(bundles), np.array([entity[bundle.source_key] for bundle in bundles])


def test_a_bank(bank: tuple[Signatures, Labels]) -> None:
    rows, truth = bank
    outcome = run(rows, Policy())
    precision, recall = accuracy(outcome, truth)
    assert precision == 1.0
    assert recall >= 0.85
    groups = (merge.members for merge in outcome.merges)
    left, right = np.array([pair for members in groups for pair in combinations(members, 2)]).T - 1
    assert not (compare(rows[left], rows[right]).facts & PROVEN_DIFFER).any()
