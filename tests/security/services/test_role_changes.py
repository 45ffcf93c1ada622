"""Roles are changed by two people, and never to what must lie in different hands."""

from typing import Any

import pytest
from django.utils import timezone

from mdm.errors import Invalid, NotAllowed, ServiceError, Stale
from security.access.actor import Actor, staff_actor
from security.approvals import deciding
from security.models import OperationLog, Organisation, Role, User
from security.services import role_changes
from tests.factories.security import branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


def someone(name: str, role: str, org: str = "1000") -> Actor:
    user = member_of_staff(name, role, org=branch(org, None if org == "1000" else branch("1000")))
    return staff_actor(User.objects.select_related("org").get(pk=user.pk), timezone.now())


@pytest.fixture
def admin() -> Actor:
    return someone("admin", "administrator")


def told(code: str = "auditor", **changes: Any) -> dict[str, Any]:
    return {**role_changes.state_of(Role.objects.get(code=code)), **changes}


def ask(actor: Actor, code: str = "auditor", **changes: Any) -> Any:
    wanted = told(code, **changes)
    return role_changes.change(actor, code, wanted, reason="new rules", at=timezone.now()).request


def test_it_waits_for_a_security_officer_and_then_holds(admin: Actor) -> None:
    before = Role.objects.get(code="auditor").permissions
    request = ask(admin, permissions=[*before, "alert.close"], mask_profile="standard")
    assert Role.objects.get(code="auditor").permissions == before
    assert request.levels == ["approval.access"]
    assert (request.facts["given"], request.facts["fields"]) == (
        ["alert.close"],
        ["permissions", "mask_profile"],
    )
    with pytest.raises(NotAllowed):
        deciding.approve(admin, request.pk, request.version, reason="", at=timezone.now())

    officer = someone("officer", "key_officer")
    deciding.approve(officer, request.pk, request.version, reason="seen", at=timezone.now())

    role = Role.objects.get(code="auditor")
    assert ("alert.close" in role.permissions, role.mask_profile) == (True, "standard")
    entry = OperationLog.objects.get(action="role.change")
    assert entry.fields is not None
    assert (entry.fields["role"], entry.fields["fields"]) == ("auditor", ["permissions", "mask_profile"])
    assert entry.fields["approval"]["by"] == ["officer"]


def test_a_pair_that_lies_in_different_hands_is_refused(admin: Actor) -> None:
    with pytest.raises(Invalid, match=r"grant\.duties"):
        ask(admin, "administrator", permissions=["user.manage", "customer.view"])
    member_of_staff("both", "teller", "auditor", org=branch("1000"))
    with pytest.raises(Invalid, match=r"grant\.duties"):  # through what a holder has besides
        ask(admin, permissions=["clear.read"])
    with pytest.raises(Invalid, match=r"grant\.duties"):  # in a role that nobody holds yet
        wanted = told(permissions=["key.manage", "clear.read"])
        role_changes.change(admin, "brand_new", wanted, reason="x", at=timezone.now())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"permissions": ["everything"]}, "role.permission"),
        ({"mask_profile": "none"}, "role.mask"),
        ({"hidden_fields": ["phone"]}, "role.pattern"),
        ({"locked_fields": ["*.*"]}, "role.pattern"),
    ],
)
def test_what_there_is_not_is_refused(admin: Actor, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        ask(admin, **changes)
    assert refusal.value.code == code


def test_who_manages_one_branch_only_changes_no_role() -> None:
    with pytest.raises(NotAllowed, match=r"access\.branch"):
        ask(someone("local", "administrator", "1100"))


def test_an_approval_on_another_base_is_stale(admin: Actor) -> None:
    request = ask(admin, mask_profile="standard")
    Role.objects.filter(code="auditor").update(name_en="Inspector")
    with pytest.raises(Stale, match=r"approval\.stale"):
        deciding.approve(
            someone("officer", "key_officer"), request.pk, request.version, reason="", at=timezone.now()
        )


def test_at_the_screens_a_role_is_changed_and_one_is_made(admin: Actor) -> None:
    screens = Screens(User.objects.get(username="admin"))
    role = Role.objects.get(code="auditor")
    address = f"/security/role/{role.pk}/change/"
    assert address in screens.get("/security/role/").html
    form = {**told(), "hidden": "phone.*, email.*", "locked": "", "reason": "less to see"}
    form.pop("mfa_required")
    led = screens.post(address, **form)
    assert led.location.startswith("/approvals/")
    seen = Screens(User.objects.get(pk=member_of_staff("officer", "key_officer", org=branch("1000")).pk))
    assert "email.*, phone.*" in seen.get(led.location).text
    made = screens.post("/security/role/add/", **{**form, "code": "inspector", "permissions": ["audit.view"]})
    assert made.location.startswith("/approvals/")
    assert screens.post("/security/role/add/", **{**form, "code": "No!"}).status == 422
    assert Organisation.objects.filter(parent=None).count() == 1
