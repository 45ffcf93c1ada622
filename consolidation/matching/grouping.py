"""From decided pairs to what is done with them: merges of the sure ones, reviews of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .assessment import Assessment, NeverMatch
from .clustering import Clusters, Edge, cluster
from .comparison import compare
from .grading import Mask
from .outcome import Link, Match, Merge
from .policy import Policy
from .rules import AUTO, CLASSES, NONE, RULES, STRONG
from .signature import Signatures
from .vetoes import code_of, vetoes

Ids = NDArray[np.int64]
_SCORED = RULES.index("M14")


def grouped(
    rows: Signatures, found: Assessment, policy: Policy, never: NeverMatch, groups: Sequence[Sequence[int]]
) -> tuple[list[Merge], list[Match]]:
    """Merges and reviews. `rows` are in order of id, `groups` the ids of records that are one already."""
    given = _places(rows, groups)
    auto = np.flatnonzero(found.classes == AUTO)
    alone = _alone(found, auto, given, len(rows))
    pairs = auto[alone & (found.vetoes[auto] == 0)]
    edges = {_edge(found, at): at for at in auto[~alone].tolist()}
    clusters = _clustered(rows, policy, never, given, edges)
    merges = [Merge((link.left, link.right), (link,)) for link in _links(rows, found, pairs)]
    for members, made in zip(clusters.groups, clusters.made_by, strict=True):
        links = _links(rows, found, np.array([edges[edge] for edge in sorted(made)]))
        merges.append(Merge(tuple(rows["id"][members].tolist()), tuple(links)))
    labels = _labels(found, pairs, [*given, *clusters.groups], len(rows))
    refused = {edges[edge]: code for edge, code in clusters.refused}
    return sorted(merges, key=lambda merge: merge.members), _reviews(rows, found, refused, labels, never)


def _places(rows: Signatures, groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """The positions of the members of each group; members and groups that are not in `rows` are left out."""
    members = np.array([member for group in groups for member in group], dtype=np.int64)
    at = np.minimum(np.searchsorted(rows["id"], members), max(len(rows) - 1, 0))
    here = rows["id"][at] == members if len(rows) else np.zeros(len(members), dtype=np.bool_)
    ends = np.cumsum([len(group) for group in groups])
    parts = zip(np.split(at, ends[:-1]), np.split(here, ends[:-1]), strict=True) if len(ends) else ()
    return [own[known].tolist() for own, known in parts if known.any()]


def _alone(found: Assessment, auto: Ids, given: Sequence[Sequence[int]], records: int) -> Mask:
    """Sure pairs of records that no other sure pair and no group touches: most of them, and soon decided."""
    left, right = found.left[auto], found.right[auto]
    touched = np.bincount(left, minlength=records) + np.bincount(right, minlength=records)
    touched[[member for members in given for member in members]] += 2
    result: Mask = (touched[left] == 1) & (touched[right] == 1)
    return result


def _clustered(
    rows: Signatures,
    policy: Policy,
    never: NeverMatch,
    given: Sequence[Sequence[int]],
    edges: dict[Edge, int],
) -> Clusters:
    def veto_of(left: Ids, right: Ids) -> NDArray[np.uint8]:
        a, b = rows[left], rows[right]
        return vetoes(a, b, compare(a, b), never.marks(left, right), policy.birth_veto)

    return cluster(edges, given, veto_of, policy.max_group, policy.margin)


def _edge(found: Assessment, at: int) -> Edge:
    scored = int(found.rules[at] == _SCORED)
    return Edge((scored, -float(found.odds[at])), int(found.left[at]), int(found.right[at]))


def _labels(found: Assessment, pairs: Ids, groups: Sequence[Sequence[int]], records: int) -> Ids:
    """For each record the position of the first member of its group."""
    labels = np.arange(records)
    labels[found.right[pairs]] = found.left[pairs]
    for members in groups:
        labels[members] = min(members)
    return labels


def _reviews(
    rows: Signatures, found: Assessment, refused: dict[int, str], labels: Ids, never: NeverMatch
) -> list[Match]:
    """The strongest pair between any two groups, unless a steward has decided on just this evidence."""
    open_ = np.flatnonzero(found.classes > NONE)
    apart = labels[found.left[open_]] != labels[found.right[open_]]
    open_ = strongest(found, open_[apart])
    settled = never.settled(found.left[open_], found.right[open_], found.evidence(open_))
    open_ = open_[~settled]
    ends = np.sort(labels[np.column_stack((found.left[open_], found.right[open_]))], axis=1)
    _, first = np.unique(ends[:, 0] * len(rows) + ends[:, 1], return_index=True)
    return matches(rows, found, open_[np.sort(first)], refused)


def strongest(found: Assessment, positions: Ids) -> Ids:
    """The pairs at these positions by class, odds and ids."""
    keys = found.right, found.left, -found.odds, -found.classes.astype(np.int8)
    result: Ids = positions[np.lexsort(tuple(key[positions] for key in keys))]
    return result


def _links(rows: Signatures, found: Assessment, at: Ids) -> list[Link]:
    if not len(at):
        return []
    ends = np.sort(rows["id"][np.column_stack((found.left[at], found.right[at]))], axis=1).tolist()
    told = zip(
        ends, found.rules[at].tolist(), found.chances[at].tolist(), found.odds[at].tolist(), strict=True
    )
    return [Link(left, right, RULES[rule], chance, odds) for (left, right), rule, chance, odds in told]


def matches(rows: Signatures, found: Assessment, at: Ids, refused: dict[int, str]) -> list[Match]:
    """The pairs at positions `at` as callers see them; `refused` adds vetoes that only clustering found."""
    told = zip(_links(rows, found, at), at.tolist(), found.evidence(at).tolist(), strict=True)
    made = []
    for link, place, evidence in told:
        veto = code_of(int(found.vetoes[place])) or refused.get(place, "")
        class_ = CLASSES[min(STRONG, found.classes[place]) if veto else found.classes[place]]
        made.append(Match(link.left, link.right, class_, link.rule, link.score, link.odds, veto, evidence))
    return made
