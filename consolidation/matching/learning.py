"""Learning weights from the bank's own records without labels.

Expectation maximisation over the pairs found by blocking, all of them, plus a random sample that stands for
the pairs blocking did not find: together the whole population of pairs, so shares and probabilities come
out unbiased. What is certain beforehand is fixed: two records whose checked numbers agree and whose given
names do not contradict are one person, two whose checked numbers differ are not (GB 11643's check digit
makes that trustworthy). The shipped weights act as prior pairs, so a rare level never gets probability 0
and a small file hardly moves them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .comparison import FIELDS, GIVEN, LEVELS, SURNAME, Comparison, compare
from .facts import PROVEN_DIFFER, SAME_CHECKED
from .grading import Levels
from .patterns import Patterns, patterns_of
from .signature import Signatures
from .weights import (
    CLASSES,
    MATCH,
    RELATIVE,
    STRANGER,
    Floats,
    Table,
    Weights,
    as_learned,
    class_scores,
    origin,
)

Ids = NDArray[np.int64]
UNKNOWN, CERTAIN, EXCLUDED = 0, 1, 2
_PRIOR_PAIRS = (60.0, 200.0, 200.0)  # how many pairs the shipped weights count for, per class
_FIXED_IN_RELATIVE = ("given", "birth", "number", "sex")  # what tells relatives apart must not drift
_SAMPLE, _ROUNDS, _FLOOR = 200_000, 30, 1e-8
ENOUGH_RECORDS, ENOUGH_MATCHES = 1000, 200.0
_COMMON_NAMES = 500


def learn(rows: Signatures, left: Ids, right: Ids, compared: Comparison, weights: Weights) -> Weights:
    """Weights learned from `rows`, whose candidate pairs are positions, left < right, ascending.

    What `weights` were shipped as is the starting point and the prior, and comes back when there is too
    little to learn from: yesterday's learning does not colour today's. Deterministic for the same rows.
    """
    levels, weights = compared.levels, origin(weights)
    if len(rows) < ENOUGH_RECORDS or len(levels) < ENOUGH_MATCHES:
        return replace(weights, records=max(len(rows), 2))
    found = patterns_of(levels, _labels(compared))
    rest, scale = _sampled(rows, left * len(rows) + right)
    learned = replace(weights, records=len(rows))
    for _ in range(_ROUNDS):
        before, learned = learned, _round(found, rest, scale, weights, learned)
        if np.abs(before.logs - learned.logs).max() < 1e-3:
            break
    if learned.matches_per_record * len(rows) < ENOUGH_MATCHES:
        return replace(weights, records=len(rows))
    return as_learned(learned, frequent=_frequent(rows))


def _labels(compared: Comparison) -> NDArray[np.int8]:
    levels, labels = compared.levels, np.zeros(len(compared.levels), dtype=np.int8)
    agree = (levels[:, GIVEN] >= 3) & (levels[:, SURNAME] >= 3)
    labels[(compared.facts & SAME_CHECKED != 0) & agree] = CERTAIN
    labels[compared.facts & PROVEN_DIFFER != 0] = EXCLUDED
    return labels


def _sampled(rows: Signatures, packed: Ids) -> tuple[Patterns, float]:
    """Patterns of random pairs that blocking did not find, and how many real pairs each stands for."""
    random, count = np.random.default_rng(len(rows)), len(rows)
    one, other = random.integers(0, count, _SAMPLE), random.integers(0, count, _SAMPLE)
    left, right = np.minimum(one, other), np.maximum(one, other)
    at = np.minimum(np.searchsorted(packed, left * count + right), len(packed) - 1)
    kept = (left < right) & (packed[at] != left * count + right)
    levels = compare(rows[left[kept]], rows[right[kept]]).levels
    scale = (count * (count - 1) / 2 - len(packed)) / max(1, int(kept.sum()))
    return patterns_of(levels, np.zeros(len(levels), dtype=np.int8)), scale


def _round(found: Patterns, rest: Patterns, scale: float, prior: Weights, current: Weights) -> Weights:
    shares = _responsibilities(found, current) * found.counts[:, None]
    outside = rest.counts * scale
    tables = []
    for place, name in enumerate(CLASSES):
        counted = Counted(found.levels, shares[:, place], rest.levels, outside * (place == STRANGER))
        tables.append(_table(place, getattr(prior, name), counted))
    return replace(
        current,
        match=tables[MATCH],
        relative=tables[RELATIVE],
        stranger=tables[STRANGER],
        matches_per_record=_per_record(shares[:, MATCH], prior.matches_per_record, current.records),
        relatives_per_record=_per_record(shares[:, RELATIVE], prior.relatives_per_record, current.records),
    )


def _per_record(shares: Floats, prior: float, records: int) -> float:
    return float((shares.sum() + prior * 100) / (records + 100))


def _responsibilities(found: Patterns, current: Weights) -> Floats:
    scores = class_scores(found.levels, current)
    scores[found.labels == EXCLUDED, MATCH] = -np.inf
    scores[found.labels == CERTAIN, 1:] = -np.inf
    odds = np.exp2(scores - scores.max(axis=1, keepdims=True))
    result: Floats = odds / odds.sum(axis=1, keepdims=True)
    return result


class Counted(NamedTuple):
    """Patterns of candidate pairs and of all others, each with how many pairs of one class it stands for."""

    found: Levels
    shares: Floats
    others: Levels
    outside: Floats

    def by_level(self, column: int, size: int) -> Floats:
        """Pairs per level of one field."""
        found = np.bincount(self.found[:, column], weights=self.shares, minlength=size)
        others = np.bincount(self.others[:, column], weights=self.outside, minlength=size)
        return np.asarray(found + others, dtype=np.float64)


def _table(place: int, prior: Table, counted: Counted) -> Table:
    """Probabilities of one class's levels: weighted counts plus the prior pairs, each field summing to 1."""
    table: dict[str, tuple[float, ...]] = {}
    for column, name in enumerate(FIELDS):
        before = np.array(prior[name])
        if place == RELATIVE and name in _FIXED_IN_RELATIVE:
            counts = before
        else:
            counts = counted.by_level(column, len(LEVELS[name]))[1:] + _PRIOR_PAIRS[place] * before
        table[name] = tuple(np.maximum(counts / counts.sum(), _FLOOR).tolist())
    return table


def _frequent(rows: Signatures) -> dict[str, dict[str, float]]:
    return {name: _common(rows[name][rows[name] != 0]) for name in ("surname", "given")}


def _common(values: NDArray[np.uint32]) -> dict[str, float]:
    """The commonest values with their shares, and under "" the usual share of a value among the rest."""
    if not len(values):
        return {"": 1.0}
    distinct, counts = np.unique(values, return_counts=True)
    order = np.lexsort((distinct, -counts))
    top, rest = order[:_COMMON_NAMES], counts[order[_COMMON_NAMES:]]
    shares = counts / len(values)
    other = float((rest**2).sum() / rest.sum() / len(values)) if len(rest) else 1 / len(values)
    return {str(distinct[at]): float(shares[at]) for at in top if counts[at] > 1} | {"": other}
