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
from .rules import rule
from .signature import Signatures
from .vetoes import vetoes
from .weights import log_odds

_CHUNK = 1 << 14
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NeverMatch:
    """Pairs of ids that a steward declared different, with the evidence of that time where it is known."""

    pairs: Ids  # shape (n, 2)
    evidence: Ids | None

    def marks(self, rows: Signatures, left: Ids, right: Ids) -> Mask:
        """Which of the pairs of positions are declared different."""
        return self._found(rows, left, right)[0]

    def settled(self, rows: Signatures, left: Ids, right: Ids, evidence: Ids) -> Mask:
        """Which of the pairs are declared different on the evidence of today."""
        marked, at = self._found(rows, left, right)
        if self.evidence is not None and len(self.evidence):
            marked &= self.evidence[at] == evidence
        return marked

    def _found(self, rows: Signatures, left: Ids, right: Ids) -> tuple[Mask, Ids]:
        if not len(self.pairs):
            return np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.int64)
        known = {(min(p), max(p)): n for n, p in enumerate(self.pairs.tolist())}
        ids = rows["id"]
        touched = np.isin(ids[left], self.pairs) & np.isin(ids[right], self.pairs)
        at = np.full(len(left), -1, dtype=np.int64)
        for n in np.flatnonzero(touched).tolist():
            x, y = int(ids[left[n]]), int(ids[right[n]])
            at[n] = known.get((min(x, y), max(x, y)), -1)
        return at >= 0, at


@dataclass(slots=True)
class Assessment:
    """Candidate pairs as positions with everything known of them; `decide` adds odds, rules and classes."""

    left: Ids
    right: Ids
    levels: Levels
    facts: NDArray[np.uint16]
    vetoes: NDArray[np.uint8]
    odds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
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
        persons = rows["party"][self.left] == PERSON
        self.odds = np.zeros(len(self.left))
        for where, weights in ((persons, policy.persons), (~persons, policy.organisations)):
            names = {
                name: (rows[name][self.left[where]], rows[name][self.right[where]])
                for name in ("surname", "given")
            }
            self.odds[where] = log_odds(self.levels[where], names, weights)
        ruling = rule(self.compared(slice(None)), self.odds, persons, policy)
        self.rules, self.classes = ruling.rules, ruling.classes


def assess(rows: Signatures, left: Ids, right: Ids, never: NeverMatch, policy: Policy) -> Assessment:
    """Compare pairs of positions in `rows`."""
    levels = np.zeros((len(left), len(FIELDS)), dtype=np.uint8)
    facts, barred = np.zeros(len(left), dtype=np.uint16), np.zeros(len(left), dtype=np.uint8)
    for start in range(0, len(left), _CHUNK):
        part = slice(start, start + _CHUNK)
        a, b = rows[left[part]], rows[right[part]]
        compared = compare(a, b)
        levels[part], facts[part] = compared.levels, compared.facts
        marks = never.marks(rows, left[part], right[part])
        barred[part] = vetoes(a, b, compared, marks, policy.birth_veto)
    return Assessment(left, right, levels, facts, barred)
