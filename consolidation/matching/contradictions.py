"""Vetoes inside customers that are one already: a record whose members came to contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .assessment import Assessment, NeverMatch, assess
from .generic import without_generic
from .outcome import Match
from .policy import Policy
from .signature import Signatures
from .vetoes import VETOES, code_of
from .weights import probability

#: The rule that such a pair is told under: it was merged, whatever rule did it.
GROUP = "GROUP"
#: What forbids to merge anew but does not speak against what was merged: a state, no contradiction.
_STATES = np.array([VETOES.index(code) + 1 for code in ("CLOSED", "PROTECTED")])


def contradictions(
    rows: Signatures, groups: Sequence[Sequence[int]], policy: Policy, never_match: NDArray[np.int64]
) -> list[Match]:
    """The gravest contradiction inside each group of ids, as a pair to review; nothing for groups at one.

    `rows` are the signatures of all members, in any order; `never_match` has shape (n, 2) and holds ids.
    """
    rows = without_generic(rows[np.argsort(rows["id"], kind="stable")], policy.generic)
    inside = [(group, pair) for group, own in enumerate(groups) for pair in combinations(sorted(own), 2)]
    pairs = np.array([pair for _, pair in inside], dtype=np.int64).reshape(-1, 2)
    known = np.isin(pairs, rows["id"]).all(axis=1)
    of = np.array([group for group, _ in inside], dtype=np.int64)[known]
    left, right = np.searchsorted(rows["id"], pairs[known]).T
    found = assess(rows, left, right, NeverMatch.among(rows, never_match), policy)
    found.decide(rows, policy)
    against = np.flatnonzero((found.vetoes > 0) & ~np.isin(found.vetoes, _STATES))
    gravest = against[np.lexsort((right[against], left[against], found.vetoes[against], of[against]))]
    _, first = np.unique(of[gravest], return_index=True)
    return [_told(rows, found, int(at)) for at in gravest[first]]


def _told(rows: Signatures, found: Assessment, at: int) -> Match:
    """A strong case: the two are shown as one until somebody has looked."""
    odds = float(found.odds[at])
    return Match(
        left=int(rows["id"][found.left[at]]),
        right=int(rows["id"][found.right[at]]),
        class_="A2",
        rule=GROUP,
        score=float(probability(found.odds[at])),
        odds=odds,
        veto=code_of(int(found.vetoes[at])),
        evidence=int(found.evidence(np.array([at]))[0]),
    )
