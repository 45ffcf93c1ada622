"""Pairs compared in chunks that fit the processor's cache, then decided by rules: the middle of every run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .comparison import FIELDS, Comparison, compare
from .grading import Levels, Mask
from .patterns import evidence_of
from .policy import Policy
from .records import PERSON
from .rules import NONE, rule
from .signature import Signatures
from .vetoes import vetoes
from .weights import Sides, log_odds, probability

_CHUNK = 1 << 14
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NeverMatch:
    """Pairs that a steward declared different, by their place in an array of records.

    `codes` holds left * records + right of each pair, ascending; `evidence` what the pair looked like then.
    """

    records: int
    codes: Ids
    evidence: Ids | None

    @classmethod
    def among(cls, rows: Signatures, pairs: Ids, evidence: Ids | None = None) -> NeverMatch:
        """From ids, shape (n, 2); pairs of records that are not in `rows` are left out."""
        order = np.argsort(rows["id"], kind="stable")
        ordered = rows["id"][order]
        at = np.minimum(np.searchsorted(ordered, pairs), max(len(rows) - 1, 0))
        here = (ordered[at] == pairs).all(axis=1) if len(rows) else np.zeros(len(pairs), dtype=np.bool_)
        places = np.sort(order[at[here]], axis=1)
        codes = places[:, 0] * len(rows) + places[:, 1]
        sorting = np.argsort(codes, kind="stable")
        return cls(len(rows), codes[sorting], None if evidence is None else evidence[here][sorting])

    def marks(self, left: Ids, right: Ids) -> Mask:
        """Which of the pairs of positions are declared different."""
        return self._found(left, right)[0]

    def settled(self, left: Ids, right: Ids, evidence: Ids) -> Mask:
        """Which of the pairs are declared different on the evidence of today."""
        marked, at = self._found(left, right)
        if self.evidence is not None and len(self.evidence):
            marked &= self.evidence[at] == evidence
        return marked

    def _found(self, left: Ids, right: Ids) -> tuple[Mask, Ids]:
        if not len(self.codes):
            return np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.int64)
        wanted = np.minimum(left, right) * self.records + np.maximum(left, right)
        at = np.minimum(np.searchsorted(self.codes, wanted), len(self.codes) - 1)
        return self.codes[at] == wanted, at


@dataclass(slots=True)
class Assessment:
    """Candidate pairs as positions with everything known of them; `decide` adds odds, rules and classes."""

    left: Ids
    right: Ids
    levels: Levels
    facts: NDArray[np.uint16]
    vetoes: NDArray[np.uint8]
    odds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    chances: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    rules: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    classes: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))

    def compared(self, where: Mask | slice) -> Comparison:
        """Levels and facts of some of the pairs."""
        return Comparison(self.levels[where], self.facts[where])

    def evidence(self, where: Ids) -> Ids:
        """A number for the pattern of agreement of each of those pairs."""
        return evidence_of(self.levels[where], self.facts[where])

    def decide(self, rows: Signatures, policy: Policy) -> None:
        """Score every pair with the policy's weights, apply the rules."""
        parties = rows["party"][self.left], rows["party"][self.right]
        persons = (parties[0] == PERSON) & (parties[1] == PERSON)
        self.odds = np.zeros(len(self.left))
        for where, weights in ((persons, policy.persons), (~persons, policy.organisations)):
            at = np.flatnonzero(where)
            sides = Sides(rows, self.left[at], self.right[at])
            self.odds[at] = log_odds(self.levels[at], sides, weights)
        self.chances = probability(self.odds)
        ruling = rule(self.compared(slice(None)), self.chances, persons, policy)
        self.rules, self.classes = ruling.rules, ruling.classes
        self.classes[parties[0] != parties[1]] = NONE  # never one customer


def assess(rows: Signatures, left: Ids, right: Ids, never: NeverMatch, policy: Policy) -> Assessment:
    """Compare pairs of positions in `rows`."""
    levels = np.zeros((len(left), len(FIELDS)), dtype=np.uint8)
    facts, barred = np.zeros(len(left), dtype=np.uint16), np.zeros(len(left), dtype=np.uint8)
    for start in range(0, len(left), _CHUNK):
        part = slice(start, start + _CHUNK)
        a, b = rows[left[part]], rows[right[part]]
        compared = compare(a, b)
        levels[part], facts[part] = compared.levels, compared.facts
        marks = never.marks(left[part], right[part])
        barred[part] = vetoes(a, b, compared, marks, policy.birth_veto)
    return Assessment(left, right, levels, facts, barred)
