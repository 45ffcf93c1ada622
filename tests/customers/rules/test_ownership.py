"""Beneficial owners through chains: the three criteria, chains that add up, circles."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from customers.rules.ownership import Criterion, Edge, beneficial_owners, cycles


def holds(owner: str, owned: str, share: str | None = None, **more: object) -> Edge:
    return Edge(owner, owned, None if share is None else Decimal(share), **more)  # type: ignore[arg-type]


def test_a_quarter_through_two_companies_is_a_beneficial_owner() -> None:
    edges = [holds("B", "A", "60"), holds("ann", "B", "50"), holds("bob", "B", "40"), holds("cat", "A", "20")]

    found = beneficial_owners("A", edges, frozenset({"ann", "bob", "cat"}))

    assert [(one.person, one.equity, one.criterion) for one in found] == [
        ("ann", Decimal(30), Criterion.EQUITY)
    ]
    assert found[0].chains == (("ann", "B", "A"),)


def test_shares_through_several_chains_add_up() -> None:
    edges = [holds("B", "A", "40"), holds("ann", "B", "40"), holds("ann", "A", "10")]

    found = beneficial_owners("A", edges, frozenset({"ann"}))

    assert [(one.person, one.equity) for one in found] == [("ann", Decimal(26))]


def test_voting_and_income_rights_count_where_equity_does_not() -> None:
    edges = [holds("ann", "A", "10", voting=Decimal(30)), holds("bob", "A", "24.99", income=Decimal(25))]

    found = beneficial_owners("A", edges, frozenset({"ann", "bob"}))

    assert {(one.person, one.criterion) for one in found} == {
        ("ann", Criterion.RIGHTS),
        ("bob", Criterion.RIGHTS),
    }


def test_control_counts_where_no_share_does() -> None:
    found = beneficial_owners("A", [holds("ann", "A", controls=True)], frozenset({"ann"}))

    assert [one.criterion for one in found] == [Criterion.CONTROL]


def test_who_runs_it_is_named_only_where_nobody_else_is() -> None:
    running = holds("ann", "A", in_charge=True)

    alone = beneficial_owners("A", [running], frozenset({"ann", "bob"}))
    beside = beneficial_owners("A", [running, holds("bob", "A", "80")], frozenset({"ann", "bob"}))

    assert [(one.person, one.criterion) for one in alone] == [("ann", Criterion.IN_CHARGE)]
    assert [one.person for one in beside] == ["bob"]


def test_a_circle_is_told_once_and_followed_once() -> None:
    edges = [holds("B", "A", "50"), holds("A", "B", "50"), holds("ann", "B", "60")]

    assert cycles("A", edges) == [("A", "B")]
    assert [one.equity for one in beneficial_owners("A", edges, frozenset({"ann"}))] == [Decimal(30)]


NODES = [f"n{number}" for number in range(6)]


@given(
    st.lists(
        st.tuples(st.sampled_from(NODES), st.sampled_from(NODES[:3]), st.integers(1, 100)),
        max_size=8,
        unique_by=lambda edge: edge[:2],
    )
)
def test_no_owner_has_more_than_the_whole_where_no_company_gives_away_more(
    told: list[tuple[str, str, int]],
) -> None:
    given_away: dict[str, int] = {}
    edges = []
    for owner, owned, share in told:
        left = 100 - given_away.get(owned, 0)
        if owner != owned and left > 0:
            given_away[owned] = given_away.get(owned, 0) + min(share, left)
            edges.append(holds(owner, owned, str(min(share, left))))

    found = beneficial_owners("n0", edges, frozenset(NODES[3:]))
    turned = beneficial_owners("n0", list(reversed(edges)), frozenset(NODES[3:]))

    assert sum(one.equity for one in found) <= 100
    assert all(one.equity >= 25 for one in found)
    assert [(one.person, one.equity) for one in found] == [(one.person, one.equity) for one in turned]


def indirectly(owner: str, owned: str, share: str, **more: object) -> Edge:
    return holds(owner, owned, share, indirect=True, **more)


def shares(root: str, edges: list[Edge], *persons: str) -> dict[str, Decimal]:
    return {one.person: one.equity for one in beneficial_owners(root, edges, frozenset(persons))}


def test_a_share_told_of_the_whole_way_counts_once_where_a_chain_shows_it() -> None:
    chain = [holds("B", "A", "50"), holds("ann", "B", "30")]

    assert shares("A", [*chain, indirectly("ann", "A", "15")], "ann") == {}
    assert shares("A", [indirectly("ann", "A", "15"), *chain], "ann") == {}


def test_of_an_indirect_share_that_chains_show_in_part_the_rest_counts() -> None:
    chain = [holds("B", "A", "50"), holds("ann", "B", "30")]

    assert shares("A", [*chain, indirectly("ann", "A", "40")], "ann") == {"ann": Decimal(40)}
    assert shares("A", [indirectly("ann", "A", "40")], "ann") == {"ann": Decimal(40)}


def test_an_indirect_share_adds_to_a_direct_one() -> None:
    edges = [holds("ann", "A", "10"), indirectly("ann", "A", "16")]

    assert shares("A", edges, "ann") == {"ann": Decimal(26)}


def test_indirect_shares_higher_up_are_cut_first() -> None:
    upper = [holds("C", "B", "100"), holds("ann", "C", "60"), indirectly("ann", "B", "60")]
    edges = [holds("B", "A", "50"), indirectly("ann", "A", "50"), *upper]

    assert shares("A", edges, "ann") == {"ann": Decimal(50)}


def test_a_group_that_heads_itself_is_a_circle_and_gives_no_share() -> None:
    edges = [Edge("B", "A", group=True), Edge("A", "B", group=True), Edge("ann", "B", group=True)]

    assert cycles("A", edges) == [("A", "B")]
    assert beneficial_owners("A", edges, frozenset({"ann"})) == []


def test_a_subsidiary_with_shares_of_its_parent_is_no_circle() -> None:
    assert cycles("A", [Edge("B", "A", group=True), holds("A", "B", "3")]) == []
