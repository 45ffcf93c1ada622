"""Deciding a case and taking a merge back over REST: of what was looked at, once, within reach, by the right hands."""

import pytest

from consolidation.models import Merge, ReviewCase
from consolidation.services.merging import Grounds, merge
from security.models import OperationLog
from tests.consolidation.api.test_cases import case, pair, steward  # noqa: F401 (fixtures)
from tests.factories import customers as made
from tests.factories.security import everything
from tests.support.api import Api
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def standing(api: Api, number: int) -> str:
    return str(api.get(f"review-cases/{number}").body["standing"])


def state(number: int) -> str:
    with database_role("engine"):
        return str(ReviewCase.objects.get(pk=number).state)


@pytest.mark.parametrize("verdict", ["SAME", "NOT_SAME"])
def test_what_one_says_of_two_waits_for_a_second_person(case: ReviewCase, verdict: str) -> None:  # noqa: F811
    api = steward("1100")
    said = {"verdict": verdict, "standing": standing(api, case.pk), "change_reason": "seen"}
    assert api.post(f"review-cases/{case.pk}:decide", {**said, "standing": "other"}).status == 412
    told = api.post(f"review-cases/{case.pk}:decide", said)
    assert (told.status, told.body["state"]) == (202, "PENDING")
    again = api.post(f"review-cases/{case.pk}:decide", said)
    assert (again.status, again.code) == (409, "approval.open")
    assert state(case.pk) == "OPEN"
    assert OperationLog.objects.filter(action__startswith="approval.").exclude(result="refused").count() == 1


def test_a_case_of_another_branch_is_not_there_to_decide(case: ReviewCase) -> None:  # noqa: F811
    said = {"verdict": "SAME", "standing": standing(steward("1100"), case.pk), "change_reason": "x"}
    told = steward("1200").post(f"review-cases/{case.pk}:decide", said)
    assert told.status == 404
    assert state(case.pk) == "OPEN"


def test_a_merge_is_taken_back_by_two_and_by_nobody_elsewhere(pair: tuple[int, int]) -> None:  # noqa: F811
    with database_role("engine"):
        assert merge(everything(), [Grounds(pair, "A1", "1", 1.0)], made.stamp())
        merged = Merge.objects.get().pk
    elsewhere = steward("1200").post(f"merges/{merged}:undo", {"change_reason": "no"})
    assert (elsewhere.status, elsewhere.code) == (404, "merge.unknown")
    told = steward("1100").post(f"merges/{merged}:undo", {"change_reason": "two people"})
    assert (told.status, told.body["state"]) == (202, "PENDING")
    with database_role("engine"):
        assert Merge.objects.get().undone_at is None
