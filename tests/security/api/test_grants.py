"""Roles given and taken back over REST: within reach, in different hands, after a second person agreed."""

import pytest

from security.models import Grant, OperationLog, Role
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.api import Api, proved

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Api:
    """The system in which accounts of 1100 are managed."""
    home = branch("1100", branch("1000"))
    api = proved(client_system("accounts", org=home, roles=("administrator",))[0])
    Role.objects.update(mfa_required=False)
    member_of_staff("wang", "teller", org=home)
    member_of_staff("far", "teller", org=branch("1200", branch("1000")))
    return api


def give(user: str, role: str, org: str = "1100") -> dict[str, str]:
    return {"user": user, "role": role, "org": org, "change_reason": "stands in"}


def test_a_role_waits_for_a_second_person(desk: Api) -> None:
    told = desk.post("grants", give("wang", "branch_manager"))
    assert (told.status, told.body["state"]) == (202, "PENDING")
    assert not Grant.objects.filter(user__username="wang", role__code="branch_manager").exists()


def test_rights_that_lie_in_different_hands_are_not_brought_together(desk: Api) -> None:
    told = desk.post("grants", give("wang", "compliance"))
    assert (told.status, told.code) == (422, "grant.duties")
    assert Grant.objects.filter(user__username="wang").count() == 1
    refused = OperationLog.objects.filter(action="grants_give", result="refused")
    assert not refused.exists() or refused.get().code == "grant.duties"


@pytest.mark.parametrize(
    ("user", "role", "org"),
    [
        ("far", "teller", "1100"),
        ("wang", "nobody", "1100"),
        ("wang", "teller", "9999"),
        ("x", "teller", "1100"),
    ],
)
def test_users_roles_and_branches_out_of_reach_are_not_there(
    desk: Api, user: str, role: str, org: str
) -> None:
    before = Grant.objects.count()
    told = desk.post("grants", give(user, role, org))
    assert (told.status, told.code) == (404, "grant.unknown")
    assert desk.post("grants", give("wang", "teller", "1200")).status in (403, 404)
    assert Grant.objects.count() == before


def test_a_role_is_taken_back_now_and_none_out_of_reach(desk: Api) -> None:
    near, far = (Grant.objects.get(user__username=name) for name in ("wang", "far"))
    assert desk.post(f"grants/{far.pk}:end", {"change_reason": "left"}).code == "grant.unknown"
    told = desk.post(f"grants/{near.pk}:end", {"change_reason": "left"})
    assert (told.status, told.body["user"]) == (200, "wang")
    near.refresh_from_db()
    far.refresh_from_db()
    assert near.valid_to is not None
    assert far.valid_to is None
    assert OperationLog.objects.filter(action="grant.end", reason="left").count() == 1
