"""The engine: signatures in, merges and reviews out. Full run, delta, one record against its candidates.

All three use the same comparison, rules and vetoes, so that a record created at noon and the same record
loaded at night get the same answer. Nothing here reads or writes anything; callers bring the arrays and
apply the outcome.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .assessment import Assessment, NeverMatch, assess
from .blocking import Blocks, blocks
from .generic import generic_values, without_generic
from .grouping import grouped, matches, strongest
from .learning import learn
from .outcome import Link, Match, Merge, Outcome
from .policy import Policy
from .records import ORGANISATION, PERSON
from .rules import AUTO, NONE
from .signature import Signatures

__all__ = ["Link", "Match", "Merge", "Outcome", "match_one", "run", "run_delta"]

Ids = NDArray[np.int64]
_NO_PAIRS = np.zeros((0, 2), dtype=np.int64)


def run(
    rows: Signatures,
    policy: Policy,
    never_match: NDArray[np.int64] = _NO_PAIRS,
    groups: Sequence[Sequence[int]] = (),
    never_evidence: NDArray[np.int64] | None = None,
) -> Outcome:
    """Full run over all records: find generic values, learn weights if there is enough, decide.

    `rows` are signatures with distinct ids in any order; `never_match` has shape (n, 2) and holds ids;
    `groups` are the ids of records that are one customer already. With `never_evidence` (see
    ``Match.evidence``) a NEVER_MATCH whose evidence changed comes back as a review; without it, or
    unchanged, the pair stays silent.
    """
    policy = replace(policy, generic=generic_values(rows, policy.generic_limit))
    return _run(rows, None, policy, (never_match, never_evidence), groups)


def run_delta(
    rows: Signatures,
    new_ids: Ids,
    policy: Policy,
    never_match: NDArray[np.int64] = _NO_PAIRS,
    groups: Sequence[Sequence[int]] = (),
    never_evidence: NDArray[np.int64] | None = None,
) -> Outcome:
    """Only the pairs that include one of `new_ids`, with the policy's weights and generic values."""
    return _run(rows, new_ids, replace(policy, learn=False), (never_match, never_evidence), groups)


def match_one(
    signature: Signatures,
    candidates: Signatures,
    policy: Policy,
    never_match: NDArray[np.int64] = _NO_PAIRS,
) -> list[Match]:
    """What one record (an array of one signature) matches among its candidates, strongest first.

    Class A1 means that the pair alone may be merged; whether the group of the candidate allows it is for
    the caller to ask with `run_delta` over the candidate's members.
    """
    rows = without_generic(
        np.concatenate((signature, candidates[candidates["id"] != signature["id"][0]])), policy.generic
    )
    right = np.arange(1, len(rows))
    found = assess(rows, np.zeros_like(right), right, NeverMatch.among(rows, never_match), policy)
    found.decide(rows, policy)
    return matches(rows, found, strongest(found, np.flatnonzero(found.classes > NONE)), {})


def _run(
    rows: Signatures,
    new_ids: Ids | None,
    policy: Policy,
    apart: tuple[Ids, Ids | None],
    groups: Sequence[Sequence[int]],
) -> Outcome:
    clock = _Clock()
    if (np.diff(rows["id"]) <= 0).any():
        rows = rows[np.argsort(rows["id"], kind="stable")]
    never = NeverMatch.among(rows, *apart)
    used = without_generic(rows, policy.generic)
    clock.lap("generic")
    candidates = blocks(used, None if new_ids is None else np.isin(rows["id"], new_ids), policy.max_run)
    clock.lap("blocking")
    found = assess(used, candidates.left, candidates.right, never, policy)
    clock.lap("comparison")
    if policy.learn:
        policy = _learned(used, candidates, found, policy)
        clock.lap("learning")
    found.decide(used, policy)
    clock.lap("rules")
    merges, reviews = grouped(used, found, policy, never, groups)
    clock.lap("clustering")
    counts = {
        "records": len(rows),
        "pairs": len(candidates.left),
        "auto_pairs": int((found.classes == AUTO).sum()),
        "merged": sum(len(merge.links) for merge in merges),
        "review": len(reviews),
        "vetoed": sum(1 for review in reviews if review.veto),
    }
    return Outcome(merges, reviews, policy, counts, clock.laps, candidates)


def _learned(rows: Signatures, candidates: Blocks, found: Assessment, policy: Policy) -> Policy:
    """Persons and organisations learn apart from each other."""
    weights = {}
    for name, party in (("persons", PERSON), ("organisations", ORGANISATION)):
        own = np.flatnonzero(rows["party"] == party)
        pairs = rows["party"][candidates.left] == party
        renumbered = (
            np.searchsorted(own, candidates.left[pairs]),
            np.searchsorted(own, candidates.right[pairs]),
        )
        weights[name] = learn(rows[own], *renumbered, found.compared(pairs), getattr(policy, name))
    return replace(policy, persons=weights["persons"], organisations=weights["organisations"])


class _Clock:
    """CPU seconds since the last lap, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.laps[name], self._last = now - self._last, now
