"""`/review-cases`."""

import pytest

from consolidation.models import ReviewCase
from customers.rules.number import customer_no
from tests.factories import customers as made
from tests.factories.security import NOW, branch, client_system
from tests.support.api import Api
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> tuple[int, int]:
    """Two records of branch 1100 that may be the same person."""
    made.bank()
    one, other = made.store([made.person("P-1"), made.person("P-2")]).customer_ids
    return one, other


@pytest.fixture
def case(pair: tuple[int, int]) -> ReviewCase:
    """Their open case."""
    one, other = pair
    with database_role("engine"):
        return ReviewCase.objects.create(
            customer_id=one, other_id=other, rule="R05", policy="1", score=0.87654, outcome="B", opened_at=NOW
        )


def steward(org: str) -> Api:
    return Api(client_system(f"steward-{org}", roles=("steward",), org=branch(org))[1])


def test_a_case_shows_both_customers_masked(pair: tuple[int, int], case: ReviewCase) -> None:
    (told,) = steward("1100").get("review-cases").body["items"]
    assert (told["id"], told["outcome"], told["rule"], told["score"]) == (case.pk, "B", "R05", 0.8765)
    numbers = [told["customer"]["customer_no"], told["other"]["customer_no"]]
    assert numbers == [customer_no(pk) for pk in pair]
    assert "欧阳知远" not in str(told)


def test_cases_are_narrowed_by_class(case: ReviewCase) -> None:
    api = steward("1100")
    assert len(api.get("review-cases?outcome=B").body["items"]) == 1
    assert api.get("review-cases?outcome=A2").body["items"] == []
    assert api.get("review-cases?rule=R05").code == "request.parameter"


def test_a_case_of_another_branch_is_not_there(case: ReviewCase) -> None:
    assert steward("1200").get("review-cases").body["items"] == []


def test_cases_need_their_right(case: ReviewCase) -> None:
    told = Api(client_system(org=branch("1100"))[1]).get("review-cases")
    assert (told.status, told.code) == (403, "access.denied")
