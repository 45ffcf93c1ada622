"""A role that was asked for is given on what it was asked on, and on nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from mdm.errors import Stale
from security.access.actor import Actor, staff_actor
from security.approvals import deciding, requests
from security.approvals.models import ChangeRequest
from security.models import Grant, Role, User
from security.services import accounts, granting
from tests.factories.approvals import officer
from tests.factories.security import branch, everything, grant, member_of_staff

pytestmark = pytest.mark.django_db
SAY = {"reason": "new work"}


@pytest.fixture
def user(db: None) -> User:
    """Somebody who has been a teller since yesterday."""
    user = member_of_staff("li", org=branch())
    given = grant(user, "teller", branch())
    Grant.objects.filter(pk=given.pk).update(valid_from=timezone.now() - timedelta(days=1))
    return user


@pytest.fixture
def admin(user: User) -> Actor:
    return staff_actor(member_of_staff("admin", "administrator", org=branch()), timezone.now())


def asked(admin: Actor, user: User, role: str = "teller", **told: Any) -> ChangeRequest:
    wanted = {"valid_from": None, "valid_to": None, **told}
    done = granting.give(
        admin, user, Role.objects.get(code=role), branch(), at=timezone.now(), **SAY, **wanted
    )
    assert done.request is not None
    return done.request


def approve(request: ChangeRequest) -> ChangeRequest:
    at = timezone.now()
    return deciding.approve(officer(at), request.pk, request.version, reason="seen", at=at)


def test_what_stands_as_it_stood_is_given(admin: Actor, user: User) -> None:
    approve(asked(admin, user))
    assert Grant.objects.get(user=user, role__code="teller").valid_from is None
    approve(asked(admin, user, "branch_manager"))
    assert Grant.objects.filter(user=user).count() == 2


def test_a_grant_that_was_ended_meanwhile_is_not_revived(admin: Actor, user: User) -> None:
    request = asked(admin, user)
    given = Grant.objects.get(user=user, role__code="teller")
    accounts.end_grant(everything(), given.pk, at=timezone.now(), **SAY)

    with pytest.raises(Stale, match=r"approval\.stale"):
        approve(request)

    given.refresh_from_db()
    assert given.valid_to is not None
    again = requests.resubmit(admin, request.pk, request.version, at=timezone.now(), **SAY)
    approve(again)
    given.refresh_from_db()
    assert given.valid_to is None


def test_a_role_that_holds_something_else_by_now_is_asked_for_anew(admin: Actor, user: User) -> None:
    request = asked(admin, user, "branch_manager")
    role = Role.objects.get(code="branch_manager")
    role.permissions = [*role.permissions, "customer.protect"]
    role.save()

    with pytest.raises(Stale, match=r"approval\.stale"):
        approve(request)

    assert not Grant.objects.filter(user=user, role=role).exists()
