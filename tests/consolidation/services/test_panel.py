"""A customer's panorama names possible duplicates only to those who may see both."""

import pytest
from django.utils import timezone

from consolidation.models import ReviewCase
from consolidation.selectors.cases import panel
from customers.rules.number import customer_no
from security.access.actor import Actor, Right
from tests.consolidation.services.acting import told
from tests.factories.customers import store
from tests.factories.security import branch, staff
from tests.support.database_roles import database_role


@pytest.fixture
def ids() -> list[int]:
    """A customer of branch 1100, one of 1200, and a case about them."""
    away = told("A-2")
    away.facets["customer"][0]["org"] = "1200"
    made = store([told("A-1"), away]).customer_ids
    ReviewCase.objects.create(
        customer_id=made[0],
        other_id=made[1],
        rule="M11",
        policy="1",
        score=0.95,
        outcome="B",
        opened_at=timezone.now(),
    )
    return made


def seen(actor: Actor, customer_id: int) -> list[str]:
    with database_role("app"):
        return [case["other"] for case in panel(actor, [customer_id])]


def test_who_may_see_both_is_told_the_other(ids: list[int]) -> None:
    steward = staff("zhou", "steward", org=branch("1000"))
    assert seen(steward, ids[0]) == [customer_no(ids[1])]
    assert seen(steward, ids[1]) == [customer_no(ids[0])]


def test_who_may_see_only_one_is_told_nothing(ids: list[int]) -> None:
    assert seen(staff("liu", "branch_manager", org=branch("1100")), ids[0]) == []


def test_the_right_counts_at_the_branches_where_it_is_held(ids: list[int]) -> None:
    """Cases at one branch, customers at both: the other's number is not for this eye on a case."""
    cases = Right(frozenset({"case.view"}), branch("1200").pk)
    customers = Right(frozenset({"customer.view"}), branch("1000").pk)
    actor = Actor("wang", "staff", (cases, customers))
    assert seen(actor, ids[0]) == seen(actor, ids[1]) == []
