"""Helping somebody back into their account: an alarm always, two persons where it may do much, never both by one."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.utils import timezone

from mdm.errors import Invalid, NotAllowed
from security.access.actor import Actor, staff_actor
from security.access.roles import ROLES
from security.approvals import deciding, reading
from security.authentication.passwords import must_change
from security.models import Alert, DutyPair, OperationLog, User
from security.selectors.sign_in import TOLD_FOR, helped_back
from security.services import recovery
from tests.factories.security import NOW, PASSWORD, branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
NEW = "a long enough phrase"


def hired(name: str, *roles: str, staff_no: str | None = None) -> Actor:
    return staff_actor(member_of_staff(name, *roles, org=branch(), staff_no=staff_no), NOW)


@pytest.fixture
def admin() -> Actor:
    return hired("admin", "administrator", staff_no="A1")


def user(name: str) -> User:
    return User.objects.get(username=name)


#: The shipped roles of the counter: an administrator helps alone, is seen, and opens nothing by it.
COUNTER_ROLES = {"teller", "relationship_manager", "tax_clerk"}


@pytest.mark.parametrize("role", [one.code for one in ROLES])
def test_no_account_of_any_role_is_taken_over_silently(admin: Actor, role: str) -> None:
    target = member_of_staff("target", role, org=branch())
    Authenticator.objects.create(user=target, type="totp", data={})
    theirs = Screens(target)
    password = recovery.set_password(admin, target.pk, NEW, reason="forgotten", at=NOW)
    if role in COUNTER_ROLES:
        assert password.request is None
        assert must_change(user("target"), at=NOW) == "given"
        assert theirs.get("/my-security/").location.startswith("/login/")
        assert Alert.objects.get(rule="account.recovered").user_id == target.pk
        return
    assert password.request is not None
    assert recovery.reset_factors(admin, target.pk, reason="lost", at=NOW).request is not None
    assert user("target").check_password(PASSWORD)
    assert Authenticator.objects.filter(user=target).exists()
    with database_role("engine"):
        assert not OperationLog.objects.filter(action__in=recovery.ACTIONS.values()).exists()


def test_a_pair_of_the_bank_makes_an_account_weighty_too(admin: Actor) -> None:
    target = member_of_staff("target", "teller", org=branch())
    DutyPair.objects.create(one="document.view", other="user.manage", why_zh="x", why_en="x")
    assert recovery.set_password(admin, target.pk, NEW, reason="forgotten", at=NOW).request is not None


def test_the_owner_reads_who_helped_the_account_back(admin: Actor) -> None:
    target = member_of_staff("target", "teller", org=branch())
    assert "Somebody set a new password" not in Screens(target).get("/my-security/").text
    recovery.reset_factors(admin, target.pk, reason="lost", at=timezone.now())
    seen = Screens(target).get("/my-security/").text
    assert "Somebody removed your second factors" in seen
    assert "By admin" in seen
    later = staff_actor(target, timezone.now())
    assert not helped_back(later, at=timezone.now() + TOLD_FOR).exists()


def test_an_officer_agrees_and_an_alarm_is_raised(admin: Actor) -> None:
    target = member_of_staff("target", "compliance", org=branch())
    request = recovery.set_password(admin, target.pk, NEW, reason="forgotten", at=NOW).request
    assert request is not None
    twin = hired("twin", "key_officer", staff_no="a1")
    with pytest.raises(NotAllowed, match=r"approval\.self"):
        deciding.approve(twin, request.pk, request.version, reason="", at=NOW)
    officer = hired("officer", "key_officer")
    shown = recovery.show(reading.get(officer, request.pk, at=NOW).request, officer, NOW)
    assert [line.after for line in shown.lines][:2] == ["target", str(recovery.LABELS["password"])]
    assert str(request.arguments.open()["encoded"]) not in str(shown)
    deciding.approve(officer, request.pk, request.version, reason="called back", at=NOW)
    assert user("target").check_password(NEW)
    found = Alert.objects.get(rule="account.recovered")
    assert (found.actor, found.user_id, found.details["request"]) == ("target", target.pk, request.number)


def test_what_waits_is_not_in_the_database_in_clear(admin: Actor) -> None:
    target = member_of_staff("target", "compliance", org=branch())
    request = recovery.set_password(admin, target.pk, NEW, reason="forgotten", at=NOW).request
    assert request is not None
    assert NEW not in str(request.arguments.open())
    encoded = request.arguments.open()["encoded"]
    with database_role("engine"), connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM approvals_changerequest r WHERE id = %s", [request.pk])
        assert str(encoded) not in str(cursor.fetchone())
    with pytest.raises(Invalid, match=r"user\.password"):
        recovery.set_password(admin, target.pk, "short", reason="forgotten", at=NOW)


def test_a_role_to_come_weighs_and_one_that_is_over_does_not(admin: Actor) -> None:
    target = member_of_staff("target", "compliance", org=branch())
    given = target.grants.get()
    given.valid_from = NOW + timedelta(days=3)
    given.save()
    assert recovery.set_password(admin, target.pk, NEW, reason="forgotten", at=NOW).request is not None
    given.valid_from, given.valid_to = None, NOW
    given.save()
    assert recovery.reset_factors(admin, target.pk, reason="lost", at=NOW).request is None


@pytest.mark.parametrize("order", [("password", "factors"), ("factors", "password")])
def test_nobody_does_both_within_a_week_by_whatever_account(admin: Actor, order: tuple[str, str]) -> None:
    target = member_of_staff("target", "teller", org=branch())

    def act(actor: Actor, what: str, days: int = 0) -> None:
        at = NOW + timedelta(days=days)
        if what == "password":
            recovery.set_password(actor, target.pk, f"{NEW} {actor.name} {days}", reason="x", at=at)
        else:
            recovery.reset_factors(actor, target.pk, reason="x", at=at)

    act(admin, order[0])
    assert Alert.objects.filter(user_id=target.pk).count() == 1, "by one person, and never silently"
    for actor in (admin, hired("admin.2", "administrator", staff_no="A1")):
        with pytest.raises(NotAllowed, match=r"user\.both"):
            act(actor, order[1])
    act(hired("colleague", "administrator"), order[1])
    act(admin, order[1], days=8)
    with database_role("engine"):
        assert OperationLog.objects.filter(action=recovery.ACTIONS[order[1]]).count() == 2


def test_ones_own_factors_are_not_removed_here(admin: Actor) -> None:
    twin = member_of_staff("twin", org=branch(), staff_no="A1")
    for account in (twin, user("admin")):
        with pytest.raises(Invalid, match=r"user\.self"):
            recovery.reset_factors(admin, account.pk, reason="x", at=NOW)
