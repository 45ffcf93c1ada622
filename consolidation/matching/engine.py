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
from .clustering import Edge, cluster
from .comparison import compare
from .generic import generic_values, without_generic
from .learning import learn
from .outcome import Link, Match, Merge, Outcome
from .policy import Policy
from .records import ORGANISATION, PERSON
from .rules import AUTO, CLASSES, NONE, RULES, STRONG
from .signature import Signatures
from .vetoes import code_of, vetoes
from .weights import probability

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
    return [_match(rows, found, at) for at in _strongest(found, np.flatnonzero(found.classes > NONE))]


def _run(
    rows: Signatures,
    new_ids: Ids | None,
    policy: Policy,
    apart: tuple[Ids, Ids | None],
    groups: Sequence[Sequence[int]],
) -> Outcome:
    clock = _Clock()
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
    outcome = _clustered(used, found, policy, never, groups)
    clock.lap("clustering")
    outcome.counts |= {"records": len(rows), "pairs": len(candidates.left)}
    outcome.seconds, outcome.blocking = clock.laps, candidates
    return outcome


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


def _clustered(
    rows: Signatures, found: Assessment, policy: Policy, never: NeverMatch, groups: Sequence[Sequence[int]]
) -> Outcome:
    given = _places(rows, groups)
    auto = np.flatnonzero(found.classes == AUTO)

    def veto_of(left: Ids, right: Ids) -> NDArray[np.uint8]:
        a, b = rows[left], rows[right]
        return vetoes(a, b, compare(a, b), never.marks(left, right), policy.birth_veto)

    edges = {_edge(found, at): at for at in auto.tolist()}
    clusters = cluster(edges, given, veto_of, policy.max_group, policy.margin)
    merges = [
        Merge(
            tuple(rows["id"][members].tolist()),
            tuple(_link(rows, found, edges[edge]) for edge in sorted(made)),
        )
        for members, made in zip(clusters.groups, clusters.made_by, strict=True)
    ]
    refused = {edges[edge]: code for edge, code in clusters.refused}
    reviews = _reviews(rows, found, refused, [*given, *clusters.groups], never)
    merged = sum(len(merge.links) for merge in merges)
    counts = {"auto_pairs": len(auto), "merged": merged, "review": len(reviews)}
    counts["vetoed"] = sum(1 for review in reviews if review.veto)
    return Outcome(merges, reviews, policy, counts)


def _places(rows: Signatures, groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """The positions of the members of each group; members and groups that are not in `rows` are left out."""
    members = np.array([member for group in groups for member in group], dtype=np.int64)
    at = np.minimum(np.searchsorted(rows["id"], members), max(len(rows) - 1, 0))
    here = rows["id"][at] == members if len(rows) else np.zeros(len(members), dtype=np.bool_)
    ends = np.cumsum([len(group) for group in groups])
    parts = zip(np.split(at, ends[:-1]), np.split(here, ends[:-1]), strict=True) if len(ends) else ()
    return [own[known].tolist() for own, known in parts if known.any()]


def _edge(found: Assessment, at: int) -> Edge:
    scored = int(found.rules[at] == RULES.index("M14"))
    return Edge((scored, -float(found.odds[at])), int(found.left[at]), int(found.right[at]))


def _reviews(
    rows: Signatures,
    found: Assessment,
    refused: dict[int, str],
    groups: Sequence[Sequence[int]],
    never: NeverMatch,
) -> list[Match]:
    """The strongest pair between any two groups, unless a steward has decided on just this evidence."""
    group = np.arange(len(rows))
    for members in groups:
        group[members] = min(members)
    open_ = np.flatnonzero(found.classes > NONE)
    apart = group[found.left[open_]] != group[found.right[open_]]
    open_ = open_[apart & ~never.settled(found.left[open_], found.right[open_], found.evidence(open_))]
    best: dict[tuple[int, int], Match] = {}
    for at in _strongest(found, open_):
        left, right = sorted((int(group[found.left[at]]), int(group[found.right[at]])))
        best.setdefault((left, right), _match(rows, found, at, refused.get(at, "")))
    return list(best.values())


def _strongest(found: Assessment, positions: Ids) -> list[int]:
    order = np.lexsort(
        (
            found.right[positions],
            found.left[positions],
            -found.odds[positions],
            -found.classes[positions].astype(np.int8),
        )
    )
    return [int(at) for at in positions[order]]


def _link(rows: Signatures, found: Assessment, at: int) -> Link:
    left, right, odds = (
        int(rows["id"][found.left[at]]),
        int(rows["id"][found.right[at]]),
        float(found.odds[at]),
    )
    return Link(
        min(left, right), max(left, right), RULES[found.rules[at]], float(probability(found.odds[at])), odds
    )


def _match(rows: Signatures, found: Assessment, at: int, refused: str = "") -> Match:
    link = _link(rows, found, at)
    veto = code_of(int(found.vetoes[at])) or refused
    class_ = CLASSES[min(STRONG, found.classes[at]) if veto else found.classes[at]]
    evidence = int(found.evidence(np.array([at]))[0])
    return Match(link.left, link.right, class_, link.rule, link.score, link.odds, veto, evidence)


class _Clock:
    """CPU seconds since the last lap, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.laps[name], self._last = now - self._last, now
