"""Duplicate cases on the screens: both customers masked, only for who sees both."""

import pytest
from django.utils import timezone

from consolidation.models import ReviewCase
from customers.rules.number import customer_no
from tests.factories.customers import bank, person, store
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> ReviewCase:
    """A strong case of two customers of branches 1100 and 1200."""
    bank()
    away = [{"party_type": "PERSON", "org": "1200", "lifecycle_status": "ACTIVE"}]
    one, other = store([person("P-1"), person("P-2", customer=away)]).customer_ids
    with database_role("engine"):
        return ReviewCase.objects.create(
            customer_id=one,
            other_id=other,
            rule="R3",
            policy="test",
            score=0.913,
            outcome="A2",
            opened_at=timezone.now(),
        )


def screens(name: str, role: str, org: str) -> Screens:
    return Screens(member_of_staff(name, role, org=branch(org)))


def test_a_steward_of_head_office_sees_both_masked(case: ReviewCase) -> None:
    steward = screens("zhou", "steward", "1000")
    seen = steward.get("/consolidation/reviewcase/")
    for shown in (
        f"#{case.pk}",
        customer_no(case.customer_id),
        customer_no(case.other_id),
        "0.913",
        "strong",
        "**远",
    ):
        assert shown in seen.text
    assert "欧阳知远" not in seen.html
    assert "1 open duplicate cases" in steward.get("/").text
    assert "All clear" not in seen.text
    assert "No entry matches" in steward.get("/consolidation/reviewcase/", outcome="B").text


def test_who_sees_only_one_of_them_sees_no_case(case: ReviewCase) -> None:
    manager = screens("liu", "branch_manager", "1100")
    assert "All clear" in manager.get("/consolidation/reviewcase/").text
    assert "0 open duplicate cases" in manager.get("/").text


def test_cases_are_for_those_who_may_see_them(case: ReviewCase) -> None:
    teller = screens("teller", "teller", "1100")
    assert teller.get("/consolidation/reviewcase/").status == 403
    assert "duplicate cases" not in teller.get("/").text.split("Keys")[0]


def test_a_customer_with_a_case_says_so(case: ReviewCase) -> None:
    seen = screens("zhou", "steward", "1000").get(f"/customer/{customer_no(case.customer_id)}/")
    assert "Possible duplicates" in seen.text
    assert customer_no(case.other_id) in seen.text
