"""Who signed in, who signed out, and that somebody was refused."""

import pytest
from django.test import Client
from django.utils import timezone

from security.models import Grant, OperationLog, Role, User
from tests.factories.security import branch

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase 7"


@pytest.fixture
def clerk() -> User:
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True, org=branch("1100"))
    role = Role.objects.create(code="seer", name_zh="看", name_en="Seer", permissions=["customer.view"])
    Grant.objects.create(user=user, role=role, org=branch("1100"), valid_from=timezone.now())
    return user


def _log() -> list[tuple[str, str, str]]:
    rows = OperationLog.objects.filter(subject="session").order_by("id")
    return [(row.action, row.actor, row.result) for row in rows]


def test_a_sign_in_and_a_sign_out_are_logged(client: Client, clerk: User) -> None:
    client.post("/login/", {"username": "clerk", "password": PASSWORD})
    client.post("/logout/")
    assert _log() == [("session.begin", "clerk", "ok"), ("session.end", "clerk", "ok")]


def test_a_refused_sign_in_is_logged_without_what_was_typed(client: Client, clerk: User) -> None:
    client.post("/login/", {"username": "clerk", "password": "another long phrase 8"})
    assert _log() == [("session.begin", "system:sign-in", "refused")]
    row = OperationLog.objects.get(subject="session")
    assert "clerk" not in f"{row.fields}{row.reason}"
