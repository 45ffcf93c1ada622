"""How well matching finds the customers of a file whose truth is known, and what it costs.

Reads files as the loader does, without a database: layout, cleansing, screening, record, signature, full run.

    python benchmarks/matching_accuracy.py febrl batch/data/febrl3.csv --entity-pattern '^rec-(\\d+)-'
    python benchmarks/matching_accuracy.py core_customer DIR/customers.csv --truth DIR/truth.csv

Prints pairs, pairwise precision, recall and F1 of the automatic merges, merges across two different valid
numbers, reviews, and CPU seconds of each step. Digests are keyed with a key made for the run.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import django
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
django.setup()

from batch.formats.delimited import read  # noqa: E402
from batch.formats.header import shape  # noqa: E402
from batch.formats.lines import Record  # noqa: E402
from batch.layouts.registry import layout  # noqa: E402
from consolidation.matching.comparison import compare  # noqa: E402
from consolidation.matching.engine import Outcome, run  # noqa: E402
from consolidation.matching.facts import PROVEN_DIFFER  # noqa: E402
from consolidation.matching.policy import Policy  # noqa: E402
from consolidation.matching.signature import Keyed, Signatures, signatures  # noqa: E402
from consolidation.records import record_of  # noqa: E402
from mdm.quality.screening import blocked, screened  # noqa: E402
from mdm.subjects import Bundle  # noqa: E402

BUSINESS_DATE = date(2026, 6, 30)


def bundles_of(name: str, paths: Sequence[Path]) -> list[Bundle]:
    """The bundles of the files that the loader would take, in file order."""
    known = layout(name)
    found: list[Bundle] = []
    for path in paths:
        form = shape(path, known.profile, known.names)
        for block in read(path, known.profile, form):
            converted = known.reading.bundles(row for row in block if isinstance(row, Record))
            found += (b for b in converted.bundles if not blocked(screened(b, BUSINESS_DATE)))
    return found


def keyed_by(key: bytes) -> Keyed:
    """Keyed 64-bit digests; BLAKE2 stands for the product's HMAC-SM3 where no keyring is open."""

    def keyed(texts: Sequence[str]) -> NDArray[np.uint64]:
        made = (hashlib.blake2b(text.encode(), digest_size=8, key=key).digest() for text in texts)
        return np.frombuffer(b"".join(made), dtype="<u8")

    return keyed


def truth_of(bundles: Sequence[Bundle], truth: Path | None, pattern: str | None) -> list[str]:
    """The entity of each bundle, from the truth file or from its source key."""
    if truth:
        with truth.open(encoding="utf-8") as file:
            entities = {row["source_key"]: row["entity"] for row in csv.DictReader(file)}
        return [entities[bundle.source_key] for bundle in bundles]
    found = [re.search(pattern or "(.*)", bundle.source_key) for bundle in bundles]
    return [match[1] if match else bundle.source_key for match, bundle in zip(found, bundles, strict=True)]


def pairs_in(labels: np.ndarray[Any, Any]) -> int:
    """How many pairs of records share a label."""
    _, counts = np.unique(labels, return_counts=True, axis=0)
    return int((counts * (counts - 1) // 2).sum())


def accuracy(outcome: Outcome, entities: Sequence[str]) -> dict[str, float]:
    """Pairwise precision, recall and F1 of the merged groups; ids are positions from 1."""
    labels = np.arange(1, len(entities) + 1)
    for merge in outcome.merges:
        labels[np.array(merge.members) - 1] = merge.members[0]
    _, truth = np.unique(np.array(entities), return_inverse=True)
    both, found, true = pairs_in(np.column_stack((labels, truth))), pairs_in(labels), pairs_in(truth)
    precision, recall = both / max(found, 1), both / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {
        "pairs_true": true,
        "pairs_found": found,
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(f1, 5),
    }


def forbidden(outcome: Outcome, rows: Signatures) -> int:
    """Pairs inside merged groups that hold two different valid numbers of one kind."""
    pairs = [(x - 1, y - 1) for m in outcome.merges for x in m.members for y in m.members if x < y]
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return int((compare(rows[left], rows[right]).facts & PROVEN_DIFFER != 0).sum())


def policy_of(arguments: argparse.Namespace) -> Policy:
    """The shipped policy but for what the command line changes."""
    return Policy(
        learn=not arguments.frozen,
        birth_veto=arguments.birth_veto,
        auto=arguments.auto,
        guarded=not arguments.unguarded,
    )


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """One run over the files."""
    started = time.process_time()
    bundles = bundles_of(arguments.layout, arguments.files)
    entities = truth_of(bundles, arguments.truth, arguments.entity_pattern)
    read_in, keyed = time.process_time(), keyed_by(secrets.token_bytes(16))
    rows = signatures([record_of(at, bundle) for at, bundle in enumerate(bundles, 1)], keyed)
    signed, wall = time.process_time(), time.perf_counter()
    outcome = run(rows, policy_of(arguments))
    return {
        **outcome.counts,
        **accuracy(outcome, entities),
        "valid_numbers_differ": forbidden(outcome, rows),
        "read_cpu_s": round(read_in - started, 2),
        "signature_us": round((signed - read_in) / max(len(rows), 1) * 1e6, 1),
        "cpu_s": round(sum(outcome.seconds.values()), 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "steps": {step: round(seconds, 2) for step, seconds in outcome.seconds.items()},
    }


def main() -> None:
    """Parse the command line, run, print one line of JSON."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("layout")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--entity-pattern")
    parser.add_argument("--frozen", action="store_true", help="the shipped weights instead of learned ones")
    parser.add_argument("--birth-veto", choices=("any", "proven"), default=Policy().birth_veto)
    parser.add_argument("--auto", type=float, default=Policy().auto, help="probability from which M14 merges")
    parser.add_argument("--unguarded", action="store_true", help="M14 merges by score alone")
    sys.stdout.write(json.dumps(measured(parser.parse_args())) + "\n")


if __name__ == "__main__":
    main()
