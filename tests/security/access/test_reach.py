"""How far a grant reaches: the same decision in Python, as a query and in the database's own policy."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from security.access.actor import Actor, Right, staff_actor
from security.access.exceptions import Exceptions
from security.access.scope import in_scope, scoped
from security.models import Grant, GrantScope, Organisation
from tests.factories.security import NOW, everything, grant, member_of_staff
from tests.support.database_roles import database_role

if TYPE_CHECKING:
    from tests.security.access.conftest import Population

pytestmark = pytest.mark.django_db
VIEW = "customer.view"
TREE = ("1000", "1100", "1110", "1111", "1200", "1210")


def org(code: str) -> int:
    return int(Organisation.objects.get(code=code).pk)


def reached(actor: Actor) -> set[int]:
    """Whom an actor sees: by policy alone, held against the query and against Python's own answer."""
    with in_scope(actor, VIEW):
        by_policy = set(Customer.objects.values_list("pk", flat=True))
        by_query = set(scoped(Customer.objects.all(), actor, VIEW).values_list("pk", flat=True))
    with database_role("engine"):
        rows = list(Customer.objects.all())
        unaided = set(scoped(Customer.objects.all(), actor, VIEW).values_list("pk", flat=True))
    by_python = {row.pk for row in rows if actor.may_on(VIEW, row)}
    assert by_policy == by_query == unaided == by_python
    return by_policy


def protect(pk: int, *kinds: str) -> None:
    with database_role("engine"):
        Customer.objects.filter(pk=pk).update(guarded=list(kinds))


def given_role(code: str, **told: Any) -> Actor:
    user = member_of_staff("someone", org=Organisation.objects.get(code="1000"))
    made = grant(user, "teller", Organisation.objects.get(code=code))
    Grant.objects.filter(pk=made.pk).update(**told)
    return staff_actor(user, NOW)


@pytest.mark.parametrize(
    ("scope", "at", "seen"),
    [
        (GrantScope.SUBTREE, "1110", {"1110", "1111"}),
        (GrantScope.SELF, "1110", {"1110"}),
        (GrantScope.PARENT_CHAIN, "1110", {"1000", "1100", "1110"}),
        (GrantScope.ALL, "1110", set(TREE)),
    ],
)
def test_a_scope_reaches_its_part_of_the_tree(
    population: "Population", scope: str, at: str, seen: set[str]
) -> None:
    assert population.codes(reached(given_role(at, scope=scope))) == seen


def test_a_list_reaches_each_named_branch_and_all_below(population: "Population") -> None:
    actor = given_role("1111", scope=GrantScope.LIST, nodes=[org("1200")])

    assert population.codes(reached(actor)) == {"1111", "1200", "1210"}


def test_filters_narrow_and_all_must_hold(population: "Population") -> None:
    with database_role("engine"):
        tags = ["org:1", "party_type:PERSON", "segment:GOLD"]
        Customer.objects.filter(pk=population.ids["1110"]).update(scope_tags=tags)

    assert population.codes(reached(given_role("1000", filters={"segment": ["GOLD", "X"]}))) == {"1110"}


def test_filters_that_contradict_reach_nobody(population: "Population") -> None:
    told = {"party_type": ["CORPORATE"], "segment": [""]}

    assert reached(given_role("1000", filters=told)) == set()


def test_a_filtered_grant_gives_rights_on_customers_only(population: "Population") -> None:
    user = member_of_staff("narrow")
    made = grant(user, "auditor", Organisation.objects.get(code="1000"))
    Grant.objects.filter(pk=made.pk).update(filters={"party_type": ["PERSON"]})

    actor = staff_actor(user, NOW)

    assert actor.may("customer.view")
    assert actor.may("customer.history")
    assert not actor.may("load.view")
    assert not actor.may("audit.view")


def test_a_protected_customer_is_seen_with_the_filter_only(population: "Population") -> None:
    protect(population.ids["1110"], "VIP")
    protect(population.ids["1111"], "VIP", "PEP")

    assert population.codes(reached(given_role("1110"))) == set()


def test_each_kind_of_protection_is_needed(population: "Population") -> None:
    protect(population.ids["1110"], "VIP")
    protect(population.ids["1111"], "VIP", "PEP")

    assert population.codes(reached(given_role("1110", filters={"protected": ["VIP"]}))) == {"1110"}


def test_a_system_of_the_product_sees_protected_customers(population: "Population") -> None:
    protect(population.ids["1110"], "VIP")

    assert population.codes(reached(everything())) == set(TREE)


def test_opening_widens_and_closing_wins(population: "Population") -> None:
    ids = population.ids
    right = Right(frozenset({VIEW}), org("1110"))
    opened = frozenset({ids["1200"], ids["1111"]})
    told = Exceptions(reading=opened, closed=frozenset({ids["1111"], ids["1210"]}))

    assert population.codes(reached(Actor("a", "staff", (right,), exceptions=told))) == {"1110", "1200"}


def test_opening_gives_no_right_that_is_held_nowhere(population: "Population") -> None:
    told = Exceptions(reading=frozenset({population.ids["1200"]}))
    nobody = Actor("a", "staff", (Right(frozenset({"user.manage"}), None),), exceptions=told)

    with database_role("engine"):
        row = Customer.objects.get(pk=population.ids["1200"])
    assert not nobody.may_on(VIEW, row)


_KINDS = st.lists(st.sampled_from(["VIP", "PEP", "STAFF"]), unique=True, max_size=2)
_GROUPS = st.lists(
    st.frozensets(st.sampled_from(["segment:A", "segment:B", "party_type:PERSON", "org:7"]), min_size=1),
    max_size=2,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_three_ways_of_deciding_agree(population: "Population", data: st.DataObject) -> None:
    """Python, the query and the policy are one rule: whatever grants, filters, protection and exceptions."""
    nodes = {code: org(code) for code in TREE}
    for pk in population.ids.values():
        tags = data.draw(st.lists(st.sampled_from(["segment:A", "segment:B", "org:7"]), unique=True))
        with database_role("engine"):
            Customer.objects.filter(pk=pk).update(
                guarded=data.draw(_KINDS), scope_tags=["party_type:PERSON", *tags]
            )
    rights = data.draw(
        st.lists(
            st.builds(
                Right,
                permissions=st.just(frozenset({VIEW})),
                org_id=st.one_of(st.none(), st.sampled_from(sorted(nodes.values()))),
                also_at=st.frozensets(st.sampled_from(sorted(nodes.values())), max_size=1),
                tags=_GROUPS.map(tuple),
                guarded=_KINDS.map(frozenset),
            ),
            min_size=1,
            max_size=3,
        )
    )
    some = st.frozensets(st.sampled_from(sorted(population.ids.values())), max_size=2)
    exceptions = Exceptions(reading=data.draw(some), closed=data.draw(some))

    reached(Actor("a", "staff", tuple(rights), exceptions=exceptions))
