"""Clustering: groups of records that are one customer, strongest edge first, never across a veto.

Edges are joined in order of strength; a join is refused when any member of one group is vetoed against any
member of the other, or when the group would grow too large. Refused edges are returned with the reason: a
person reviews them. Records are positions in the caller's arrays; ties are broken by position, so callers
order records by id and the result does not depend on the order in which records or edges arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .vetoes import AMBIGUOUS, GROUP_SIZE, NEVER_MATCH, NUMBERS, code_of

Positions = NDArray[np.int64]
VetoOf = Callable[[Positions, Positions], NDArray[np.uint8]]
_SMALL = 64  # components up to this size have all their vetoes computed in one go
_RIVALS = frozenset({NEVER_MATCH, NUMBERS})


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One pair that may be merged; sorts strongest first."""

    weakness: tuple[int, float]  # 0 for a written rule, 1 for a score; then minus the score
    left: int
    right: int


@dataclass(slots=True)
class Clusters:
    """Members of each group that changed, the edges that made it, the edges refused with the reason."""

    groups: list[list[int]] = field(default_factory=list)
    made_by: list[list[Edge]] = field(default_factory=list)
    refused: list[tuple[Edge, str]] = field(default_factory=list)


class _Forbidden:
    """Which records veto each other: computed at once for small components, when asked for large ones."""

    def __init__(self, components: Iterable[Sequence[int]], veto_of: VetoOf) -> None:
        self._veto_of, self._known = veto_of, set[int]()
        small = [members for members in components if len(members) <= _SMALL]
        self._known.update(member for members in small for member in members)
        pairs = [pair for members in small for pair in combinations(members, 2)]
        array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        found = veto_of(array[:, 0], array[:, 1]) if len(array) else np.zeros(0, dtype=np.uint8)
        self._codes = {pairs[at]: int(found[at]) for at in np.flatnonzero(found).tolist()}

    def between(self, left: Sequence[int], right: Sequence[int]) -> int:
        """The first veto between any two members, 0 for none."""
        if left[0] in self._known:
            codes = (self._codes.get((min(x, y), max(x, y)), 0) for x in left for y in right)
            return min(filter(None, codes), default=0)
        x, y = (grid.ravel() for grid in np.meshgrid(np.array(left), np.array(right)))
        found = self._veto_of(np.minimum(x, y), np.maximum(x, y))
        return int(found[found > 0].min()) if found.any() else 0


class _Groups:
    """Union-find with member lists."""

    def __init__(self, given: Iterable[Sequence[int]]) -> None:
        self._root: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.edges: dict[int, list[Edge]] = {}
        for members in given:
            root = min(members)
            self.members[root] = sorted(members)
            self._root |= dict.fromkeys(members, root)

    def root(self, record: int) -> int:
        """The group a record is in, by its smallest member; a record without one gets its own."""
        found = self._root.setdefault(record, record)
        self.members.setdefault(found, [found])
        return found

    def join(self, left: int, right: int, edge: Edge) -> None:
        """Make two groups one."""
        keep, gone = min(left, right), max(left, right)
        moved = self.members.pop(gone)
        self._root |= dict.fromkeys(moved, keep)
        self.members[keep] = sorted(self.members[keep] + moved)
        self.edges[keep] = [*self.edges.get(keep, []), *self.edges.pop(gone, []), edge]


def cluster(
    edges: Iterable[Edge], given: Iterable[Sequence[int]], veto_of: VetoOf, max_group: int, margin: float
) -> Clusters:
    """Join `edges` strongest first, starting from the `given` groups.

    `veto_of(left, right)` gives the vetoes of pairs of positions. `margin` is the lead in bits that one of
    two rival owners of a record needs, lest a coin toss decide whose it is.
    """
    ordered, result = sorted(edges), Clusters()
    groups = _Groups(given)
    forbidden = _Forbidden(_components(ordered, groups), veto_of)
    doubtful = _ambiguous(ordered, forbidden, margin)
    for edge in ordered:
        code = AMBIGUOUS if edge in doubtful else _try(edge, groups, forbidden, max_group)
        if code:
            result.refused.append((edge, code))
    for root in sorted(groups.edges):
        result.groups.append(groups.members[root])
        result.made_by.append(groups.edges[root])
    return result


def _try(edge: Edge, groups: _Groups, forbidden: _Forbidden, max_group: int) -> str:
    left, right = groups.root(edge.left), groups.root(edge.right)
    if left == right:
        return ""
    veto = forbidden.between(groups.members[left], groups.members[right])
    if veto:
        return code_of(veto)
    if len(groups.members[left]) + len(groups.members[right]) > max_group:
        return GROUP_SIZE
    groups.join(left, right, edge)
    return ""


def _components(edges: Sequence[Edge], groups: _Groups) -> list[list[int]]:
    """Groups that would come out if nothing were refused."""
    everything = _Groups(groups.members.values())
    for edge in edges:
        left, right = everything.root(edge.left), everything.root(edge.right)
        if left != right:
            everything.join(left, right, edge)
    return [everything.members[root] for root in everything.edges]


def _ambiguous(edges: Sequence[Edge], forbidden: _Forbidden, margin: float) -> set[Edge]:
    """Scored edges of a record to two others that veto each other, where neither leads by the margin."""
    at: dict[int, list[Edge]] = {}
    for edge in edges:
        at.setdefault(edge.left, []).append(edge)
        at.setdefault(edge.right, []).append(edge)
    doubtful: set[Edge] = set()
    for record, own in at.items():
        for strong, weak in combinations(own, 2) if len(own) > 1 else ():
            rivals = [_other(strong, record)], [_other(weak, record)]
            close = strong.weakness[0] == 1 and strong.weakness[1] + margin > weak.weakness[1]
            if close and forbidden.between(*rivals) in _RIVALS:
                doubtful |= {strong, weak}
    return doubtful


def _other(edge: Edge, record: int) -> int:
    return edge.right if edge.left == record else edge.left
