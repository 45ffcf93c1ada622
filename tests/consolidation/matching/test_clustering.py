"""Clustering: strongest edge first, vetoes between all members, no dependence on order."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from consolidation.matching.clustering import Clusters, Edge, cluster
from consolidation.matching.vetoes import NEVER_MATCH, NUMBERS, VETOES

BIRTH = VETOES.index("BIRTH") + 1
VetoOf = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.uint8]]


def veto_of(*pairs: tuple[int, int], code: int = BIRTH) -> VetoOf:
    """A veto between just these pairs."""

    def vetoes(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.uint8]:
        asked = zip(left.tolist(), right.tolist(), strict=True)
        return np.array([code if (x, y) in pairs else 0 for x, y in asked], dtype=np.uint8)

    return vetoes


def edge(left: int, right: int, odds: float = 20.0, *, ruled: bool = False) -> Edge:
    return Edge((0 if ruled else 1, -odds), left, right)


def joined(edges: list[Edge], veto: VetoOf | None = None, **options: object) -> Clusters:
    settings = {"given": [], "max_group": 10, "margin": 10.0} | options
    return cluster(edges, veto_of=veto or veto_of(), **settings)  # type: ignore[arg-type]


def test_edges_make_groups() -> None:
    result = joined([edge(1, 2), edge(2, 3), edge(7, 8)])
    assert result.groups == [[1, 2, 3], [7, 8]]
    assert result.made_by == [[edge(1, 2), edge(2, 3)], [edge(7, 8)]]
    assert result.refused == []


def test_an_edge_inside_a_group_is_neither_made_nor_refused() -> None:
    result = joined([edge(1, 2, 30), edge(2, 3, 29), edge(1, 3, 28)])
    assert result.made_by == [[edge(1, 2, 30), edge(2, 3, 29)]]
    assert result.refused == []


def test_the_strongest_edge_wins_a_contested_record() -> None:
    result = joined([edge(1, 2, 20), edge(2, 3, 50)], veto_of((1, 3)))
    assert result.groups == [[2, 3]]
    assert result.refused == [(edge(1, 2, 20), "BIRTH")]


def test_a_written_rule_comes_before_any_score() -> None:
    result = joined([edge(1, 2, 5, ruled=True), edge(2, 3, 50)], veto_of((1, 3)))
    assert result.groups == [[1, 2]]


def test_a_veto_between_any_two_members_holds_groups_apart() -> None:
    """1-2 and 3-4 are sure; 2-3 would bring 1 and 4 together."""
    result = joined([edge(1, 2, 40), edge(3, 4, 40), edge(2, 3, 30)], veto_of((1, 4)))
    assert result.groups == [[1, 2], [3, 4]]
    assert result.refused == [(edge(2, 3, 30), "BIRTH")]


def test_a_vetoed_pair_is_not_joined_through_a_third() -> None:
    """OpenCR #2: the steward parted 1 and 2; 3, which matches both equally well, joins neither by itself."""
    result = joined([edge(1, 3, 31), edge(2, 3, 30)], veto_of((1, 2), code=NEVER_MATCH))
    assert result.groups == []
    assert {code for _, code in result.refused} == {"AMBIGUOUS"}


def test_a_clear_lead_is_not_ambiguous() -> None:
    result = joined([edge(1, 3, 45), edge(2, 3, 30)], veto_of((1, 2), code=NUMBERS))
    assert result.groups == [[1, 3]]
    assert result.refused == [(edge(2, 3, 30), "NUMBERS")]


def test_a_rule_is_not_ambiguous() -> None:
    result = joined([edge(1, 3, 31, ruled=True), edge(2, 3, 30)], veto_of((1, 2), code=NUMBERS))
    assert result.groups == [[1, 3]]


def test_groups_do_not_grow_beyond_the_cap() -> None:
    chain = [edge(at, at + 1, 100 - at) for at in range(1, 6)]
    result = joined(chain, max_group=4)
    assert result.groups == [[1, 2, 3, 4], [5, 6]]
    assert result.refused == [(edge(4, 5, 96), "GROUP_SIZE")]


def test_given_groups_are_kept_and_only_changes_are_told() -> None:
    result = joined([edge(2, 5)], given=[[1, 2], [3, 4]])
    assert result.groups == [[1, 2, 5]]
    assert result.made_by == [[edge(2, 5)]]


def test_the_members_of_given_groups_veto_too() -> None:
    result = joined([edge(2, 5)], veto_of((1, 5)), given=[[1, 2]])
    assert result.groups == []
    assert result.refused == [(edge(2, 5), "BIRTH")]


@pytest.mark.parametrize("size", [10, 200])
def test_large_components_obey_the_same_vetoes(size: int) -> None:
    """Above a size vetoes are computed join by join; every third record is at odds with every second."""
    against = {(x, y) for x in range(size) for y in range(x + 1, size) if x % 3 != y % 3}
    ring = [edge(at, at + 1, 100 + at % 7) for at in range(size - 1)]
    ring += [edge(at, at + 3, 90) for at in range(size - 3)]
    result = joined(ring, veto_of(*against), max_group=size)
    assert sorted(map(len, result.groups)) == sorted(len(range(rest, size, 3)) for rest in range(3))
    for group in result.groups:
        assert len({member % 3 for member in group}) == 1


_RECORDS = st.integers(0, 11)
_PAIRS = st.tuples(_RECORDS, _RECORDS).filter(lambda pair: pair[0] < pair[1])


@given(
    edges=st.dictionaries(_PAIRS, st.sampled_from([10.0, 20.0, 20.5, 40.0]), max_size=25),
    barred=st.sets(_PAIRS, max_size=6),
    code=st.sampled_from([BIRTH, NEVER_MATCH]),
    seed=st.integers(0, 1000),
)
def test_any_order_gives_the_same_and_no_group_holds_a_veto(
    edges: dict[tuple[int, int], float], barred: set[tuple[int, int]], code: int, seed: int
) -> None:
    made = [edge(left, right, odds) for (left, right), odds in edges.items()]
    shuffled = made.copy()
    Random(seed).shuffle(shuffled)
    one, other = (joined(given, veto_of(*barred, code=code), max_group=5) for given in (made, shuffled))
    assert (one.groups, one.made_by, one.refused) == (other.groups, other.made_by, other.refused)
    for group in one.groups:
        assert len(group) <= 5
        assert not any(x in group and y in group for x, y in barred)
    told = {e for own in one.made_by for e in own} | {e for e, _ in one.refused}
    inside = {e for e in made for group in one.groups if e.left in group and e.right in group}
    assert told | inside == set(made)
