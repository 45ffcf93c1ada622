"""Sessions and locks of others, ended by an administrator with a reason."""

import pytest
from django.utils import timezone

from security.models import GuessCounter, OperationLog, Session, User
from tests.factories.security import PASSWORD, branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> User:
    return member_of_staff("wang", "teller", org=branch("1100", branch("1000")))


@pytest.fixture
def administrator(wang: User) -> Screens:
    return Screens(member_of_staff("admin", "administrator", org=branch("1000")))


def logged(action: str) -> tuple[str, str]:
    row = OperationLog.objects.get(action=action)
    return row.actor, row.reason


def test_a_session_of_somebody_is_ended(administrator: Screens, wang: User) -> None:
    theirs = Screens(wang)
    assert theirs.get("/my-security/").status == 200
    row = Session.objects.get(user=wang)
    page = f"/security/session/{row.pk}/change/"
    assert administrator.post(page, reason="").status == 422
    assert administrator.post(page, reason="left the desk").status == 302
    assert "/login/" in theirs.get("/my-security/").location
    assert logged("session.end") == ("admin", "left the desk")


def test_a_lock_is_released(administrator: Screens, wang: User) -> None:
    guessing = Screens()
    for _guess in range(12):
        guessing.client.post("/login/", {"username": "wang", "password": "wrong"})
    locked = GuessCounter.objects.get(user=wang)
    assert locked.locked_until
    assert locked.locked_until > timezone.now()
    assert administrator.post(f"/security/guesscounter/{locked.pk}/change/", reason="asked").status == 302
    assert logged("lock.release") == ("admin", "asked")
    signed_in = Screens()
    assert signed_in.post("/login/", username="wang", password=PASSWORD).status == 302
