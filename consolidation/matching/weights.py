"""What an agreement proves: Fellegi-Sunter weights with three explanations of a pair instead of two.

Two records may be one customer (match), relatives in one household or affiliated companies (relative), or
have nothing to do with each other (stranger). Relatives agree on surname, address, phone, even birth date
when they are twins, and the classical two-class model merges them; with a class of their own only what
tells relatives apart (given name, birth date, number) decides between match and relative. Levels are taken
as independent within a class (Fellegi and Sunter 1969); names held by many prove less (frequency
adjustment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .comparison import FIELDS, GIVEN, LEVELS, SURNAME
from .grading import Levels
from .signature import Signatures

MATCH, RELATIVE, STRANGER = range(3)
CLASSES = ("match", "relative", "stranger")
SAME_NAME = len(LEVELS["surname"]) - 1
_SMALLEST_POPULATION = 1000  # a bank is never smaller; keeps scores of tiny test files meaningful

Table = Mapping[str, Sequence[float]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """Probabilities of the levels 1.. of each field in each class, and how often the classes occur.

    `frequent` gives, for surname and given, the share of records that hold a common value (digest to share,
    and "" to the typical share of all others). JSON-able by `to_json` and `from_json`.
    """

    version: str
    match: Table
    relative: Table
    stranger: Table
    matches_per_record: float
    relatives_per_record: float
    records: int = 100_000
    frequent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @cached_property
    def logs(self) -> Floats:
        """log2 of the probabilities, shape (3 classes, 9 fields, 6 levels); a missing value weighs 0."""
        logs = np.zeros((3, len(FIELDS), max(map(len, LEVELS.values()))))
        for place, table in enumerate((self.match, self.relative, self.stranger)):
            for column, name in enumerate(FIELDS):
                logs[place, column, 1 : len(table[name]) + 1] = np.log2(table[name])
        return logs

    @cached_property
    def priors(self) -> Floats:
        """log2 of the share of the three classes among all pairs of the population."""
        pairs_per_record = (max(self.records, _SMALLEST_POPULATION) - 1) / 2
        shares = np.array([self.matches_per_record, self.relatives_per_record]) / pairs_per_record
        result: Floats = np.log2(np.append(shares, 1 - shares.sum()))
        return result

    @cached_property
    def shares(self) -> dict[str, tuple[NDArray[np.uint64], Floats, float]]:
        """Per name field: the common digests in order, their shares, and the share of any other value."""
        result = {}
        for name, table in self.frequent.items():
            values = sorted((int(digest), share) for digest, share in table.items() if digest)
            digests = np.array([digest for digest, _ in values], dtype=np.uint64)
            result[name] = digests, np.array([share for _, share in values]), table[""]
        return result

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Weights:
        """The weights that `to_json` wrote."""
        return cls(**data)


class Sides(NamedTuple):
    """The two records of each pair, as positions in `rows`."""

    rows: Signatures
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def class_scores(levels: Levels, weights: Weights) -> Floats:
    """log2 of prior times likelihood per pair and class, shape (pairs, 3), without name frequency."""
    scores = np.tile(weights.priors[:, None], (1, len(levels)))
    for column in range(len(FIELDS)):
        scores += weights.logs[:, column, :].take(levels[:, column], axis=1)
    return scores.T


def log_odds(levels: Levels, sides: Sides, weights: Weights) -> Floats:
    """log2 odds that each pair is one customer, given its levels and how common its shared names are."""
    return odds_of(class_scores(levels, weights) + name_frequency(levels, sides, weights))


def odds_of(scores: Floats) -> Floats:
    """log2 odds of the match class against the two others."""
    result: Floats = scores[:, MATCH] - np.logaddexp2(scores[:, RELATIVE], scores[:, STRANGER])
    return result


def probability(odds: Floats) -> Floats:
    """Probability from log2 odds."""
    result: Floats = 1 / (1 + np.exp2(-np.clip(odds, -60, 60)))
    return result


def name_frequency(levels: Levels, sides: Sides, weights: Weights) -> Floats:
    """What to add to the class scores because a shared name is commoner or rarer than names are on average.

    A stranger bears this very surname with the value's own share, and so does a relative the given name; a
    relative's surname is shared for another reason and is left alone.
    """
    change = np.zeros((len(levels), 3))
    for column, name in ((SURNAME, "surname"), (GIVEN, "given")):
        if name in weights.shares:
            at = np.flatnonzero(levels[:, column] == SAME_NAME)
            values, others = sides.rows[name][sides.left[at]], sides.rows[name][sides.right[at]]
            at, values = at[values == others], values[values == others]
            bits = np.log2(_share(values, *weights.shares[name]) / weights.stranger[name][-1])
            change[at, STRANGER] += bits
            if column == GIVEN:
                change[at, RELATIVE] += bits
    return change


def _share(digests: NDArray[np.uint32], known: NDArray[np.uint64], shares: Floats, other: float) -> Floats:
    if not len(known):
        return np.full(len(digests), other)
    at = np.minimum(np.searchsorted(known, digests.astype(np.uint64)), len(known) - 1)
    result: Floats = np.where(known[at] == digests, shares[at], other)
    return result


PERSON_WEIGHTS = Weights(
    version="persons-1",
    match={
        "surname": (0.04, 0.03, 0.05, 0.01, 0.87),
        "given": (0.03, 0.04, 0.06, 0.01, 0.86),
        "birth": (0.02, 0.015, 0.035, 0.93),
        "number": (0.02, 0.005, 0.045, 0.93),
        "phone": (0.28, 0.01, 0.71),
        "email": (0.28, 0.04, 0.68),
        "address": (0.27, 0.08, 0.13, 0.17, 0.35),
        "place": (0.10, 0.08, 0.17, 0.65),
        "sex": (0.01, 0.99),
    },
    relative={
        "surname": (0.45, 0.01, 0.02, 0.001, 0.519),
        "given": (0.83, 0.12, 0.025, 0.0005, 0.0245),
        "birth": (0.93, 0.02, 0.01, 0.04),
        "number": (0.959, 0.04, 0.0005, 0.0005),
        "phone": (0.55, 0.01, 0.44),
        "email": (0.93, 0.02, 0.05),
        "address": (0.30, 0.05, 0.10, 0.15, 0.40),
        "place": (0.15, 0.10, 0.15, 0.60),
        "sex": (0.5, 0.5),
    },
    stranger={
        "surname": (0.9545, 0.008, 0.012, 0.0005, 0.025),
        "given": (0.9395, 0.04, 0.012, 0.0005, 0.008),
        "birth": (0.99445, 0.004, 0.0015, 0.00005),
        "number": (0.9999788, 0.000001, 0.00002, 0.0000002),
        "phone": (0.999986, 0.00001, 0.000004),
        "email": (0.999898, 0.0001, 0.000002),
        "address": (0.93, 0.0594, 0.01, 0.0005, 0.0001),
        "place": (0.70, 0.20, 0.07, 0.03),
        "sex": (0.5, 0.5),
    },
    matches_per_record=0.05,
    relatives_per_record=0.5,
)

ORGANISATION_WEIGHTS = Weights(
    version="organisations-1",
    match={
        "surname": (0.03, 0.05, 0.12, 0.10, 0.70),
        "given": (0.05, 0.05, 0.05, 0.05, 0.80),
        "birth": (0.05, 0.05, 0.05, 0.85),
        "number": (0.01, 0.005, 0.045, 0.94),
        "phone": (0.40, 0.02, 0.58),
        "email": (0.40, 0.05, 0.55),
        "address": (0.20, 0.10, 0.15, 0.20, 0.35),
        "place": (0.08, 0.07, 0.15, 0.70),
        "sex": (0.5, 0.5),
    },
    relative={
        "surname": (0.40, 0.40, 0.12, 0.06, 0.02),
        "given": (0.80, 0.05, 0.05, 0.05, 0.05),
        "birth": (0.90, 0.03, 0.03, 0.04),
        "number": (0.998, 0.0005, 0.001, 0.0005),
        "phone": (0.50, 0.05, 0.45),
        "email": (0.60, 0.10, 0.30),
        "address": (0.25, 0.10, 0.15, 0.15, 0.35),
        "place": (0.10, 0.10, 0.15, 0.65),
        "sex": (0.5, 0.5),
    },
    stranger={
        "surname": (0.9829, 0.016, 0.001, 0.00009, 0.00001),
        "given": (0.93, 0.04, 0.012, 0.01, 0.008),
        "birth": (0.98, 0.01, 0.005, 0.005),
        "number": (0.9999788, 0.000001, 0.00002, 0.0000002),
        "phone": (0.99998, 0.00001, 0.00001),
        "email": (0.99989, 0.0001, 0.00001),
        "address": (0.93, 0.0594, 0.01, 0.0005, 0.0001),
        "place": (0.70, 0.20, 0.07, 0.03),
        "sex": (0.5, 0.5),
    },
    matches_per_record=0.05,
    relatives_per_record=0.3,
)

_SHIPPED = {weights.version: weights for weights in (PERSON_WEIGHTS, ORGANISATION_WEIGHTS)}
_LEARNED = "+learned"


def origin(weights: Weights) -> Weights:
    """The weights that learned ones were learned from, so that learning again starts where it first did."""
    return _SHIPPED.get(weights.version.removesuffix(_LEARNED), weights)


def as_learned(weights: Weights, **found: Any) -> Weights:
    """Weights with what was learned, and a version that says so."""
    return replace(weights, version=origin(weights).version + _LEARNED, **found)
