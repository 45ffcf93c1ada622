"""Sessions: a dump opens none, they end in time, from afar and with the account."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core import signing
from django.test import Client
from django.utils import timezone

from mdm.errors import Invalid, NotFound, Unavailable
from security.access.actor import staff_actor
from security.authentication.middleware import GRAIN
from security.authentication.policy import policy
from security.authentication.sessions import SessionStore, alive, digest_of, end, forget_old
from security.models import AccessToken, OperationLog, Session, User
from security.services import accounts, recovery, sign_in
from tests.factories.security import NOW, PASSWORD, branch, client_system, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


def signed_in(name: str) -> tuple[Client, Session]:
    client = Client()
    client.post("/login/", {"username": name, "password": PASSWORD}, headers={"User-Agent": "Firefox"})
    return client, Session.objects.get(user__username=name, ended_at=None)


@pytest.fixture
def wang() -> User:
    return member_of_staff("wang", "teller")


def test_a_row_opens_no_session_and_shows_nothing(wang: User) -> None:
    client, row = signed_in("wang")
    key = client.cookies["sessionid"].value
    stored = f"{row.digest}{bytes(row.data)!r}"
    assert key not in stored
    assert "wang" not in stored
    assert str(wang.pk).encode() not in bytes(row.data)
    thief = Client()
    for told in (row.digest, signing.dumps(row.digest), row.digest[:32]):
        thief.cookies["sessionid"] = told
        assert thief.get("/").headers["Location"].startswith("/login/")
    assert row.agent == "Firefox"
    assert (row.method, row.address) == ("password", "127.0.0.1")


def test_content_moved_to_another_session_does_not_open(wang: User) -> None:
    member_of_staff("boss", "administrator")
    client, own = signed_in("wang")
    _other, boss = signed_in("boss")
    Session.objects.filter(pk=own.pk).update(data=boss.data)
    with pytest.raises(Unavailable) as refused:
        SessionStore(client.cookies["sessionid"].value).load()
    assert refused.value.code == "crypto.tampered"


def test_the_key_changes_at_sign_in(wang: User) -> None:
    client = Client()
    session = client.session
    session["basket"] = "full"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/login/", {"username": "wang", "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert not alive(timezone.now()).filter(digest=digest_of(before)).exists()


def test_an_ended_session_cannot_be_written_again(wang: User) -> None:
    client, row = signed_in("wang")
    session = SessionStore(client.cookies["sessionid"].value)
    session["more"] = 1
    end(Session.objects.filter(pk=row.pk), "remote", timezone.now())
    with pytest.raises(UpdateError):
        session.save()
    row.refresh_from_db()
    assert bytes(row.data) == b""


@pytest.mark.parametrize(("moved", "why"), [("last_seen_at", "idle"), ("begun_at", "age")])
def test_time_ends_a_session(wang: User, moved: str, why: str) -> None:
    client, row = signed_in("wang")
    limit = policy.idle if why == "idle" else policy.absolute
    Session.objects.filter(pk=row.pk).update(**{moved: timezone.now() - limit + timedelta(seconds=30)})
    assert client.get("/my-security/").status_code == 200
    Session.objects.filter(pk=row.pk).update(**{moved: timezone.now() - limit})
    assert client.get("/my-security/").headers["Location"] == f"/login/?next=/my-security/&ended={why}"


def test_use_keeps_a_session_and_a_page_that_refreshes_itself_does_not(wang: User) -> None:
    client, row = signed_in("wang")
    old = timezone.now() - GRAIN * 2
    Session.objects.filter(pk=row.pk).update(last_seen_at=old)
    client.get("/", headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert row.last_seen_at == old
    client.get("/")
    row.refresh_from_db()
    assert row.last_seen_at > old


def test_a_newer_sign_in_ends_the_older_session(wang: User) -> None:
    first, _row = signed_in("wang")
    Client().post("/login/", {"username": "wang", "password": PASSWORD})
    assert first.get("/").headers["Location"] == "/login/?next=/&ended=elsewhere"
    assert OperationLog.objects.filter(action="session.end", fields__how="elsewhere").count() == 1


def test_the_ends_of_sessions_are_in_the_scope_of_who_manages_users(wang: User) -> None:
    boss = member_of_staff("boss", "administrator", org=branch("1100", branch("1000")))
    client, row = signed_in("wang")
    actor = staff_actor(boss, timezone.now())
    with pytest.raises(NotFound):
        sign_in.end_session(actor, row.pk, reason="curious", at=timezone.now())
    top = staff_actor(member_of_staff("top", "administrator"), timezone.now())
    sign_in.end_session(top, row.pk, reason="left", at=timezone.now())
    assert client.get("/").headers["Location"].endswith("ended=remote")
    assert OperationLog.objects.get(action="session.end").reason == "left"


def test_nobody_ends_anothers_session_as_ones_own(wang: User) -> None:
    member_of_staff("li", "teller")
    _client, row = signed_in("wang")
    actor = staff_actor(User.objects.get(username="li"), timezone.now())
    with pytest.raises(NotFound):
        sign_in.end_own_session(actor, row.pk, at=timezone.now())


def test_a_closed_account_is_out_at_once(wang: User) -> None:
    client, row = signed_in("wang")
    top = staff_actor(member_of_staff("top", "administrator"), timezone.now())
    accounts.change_user(top, wang.pk, {"is_active": False}, reason="left", at=timezone.now())
    assert client.get("/").headers["Location"].endswith("ended=closed")
    row.refresh_from_db()
    assert row.ended_by == "closed"
    assert Client().post("/login/", {"username": "wang", "password": PASSWORD}).status_code == 200


def test_a_closed_system_loses_its_tokens(wang: User) -> None:
    found, _token = client_system("core-bank")
    AccessToken.objects.create(digest="0" * 64, client=found, issued_at=NOW, expires_at=NOW)
    top = staff_actor(member_of_staff("top", "administrator"), timezone.now())
    accounts.change_user(top, found.user_id, {"is_active": False}, reason="closed", at=timezone.now())
    assert not AccessToken.objects.exists()


def test_a_new_password_ends_the_other_sessions_only(wang: User) -> None:
    client, _row = signed_in("wang")
    other = Screens(wang)
    form = {
        "old_password": PASSWORD,
        "new_password1": "sentence of my own",
        "new_password2": "sentence of my own",
    }
    assert client.post("/password_change/", form).headers["Location"] == "/password_change/done/"
    assert client.get("/").status_code == 200
    assert other.get("/").location.startswith("/login/")


def test_factors_of_another_are_reset_with_a_reason_and_ones_own_are_not(wang: User) -> None:
    _client, row = signed_in("wang")
    boss = member_of_staff("top", "administrator")
    top = staff_actor(boss, timezone.now())
    recovery.reset_factors(top, wang.pk, reason="lost the phone", at=timezone.now())
    row.refresh_from_db()
    assert row.ended_by == "remote"
    with pytest.raises(Invalid):
        recovery.reset_factors(top, boss.pk, reason="mine", at=timezone.now())


def test_rows_of_long_ended_sessions_are_deleted(wang: User) -> None:
    signed_in("wang")
    now = timezone.now()
    assert forget_old(now) == 0
    assert forget_old(now + policy.absolute * 2 + timedelta(minutes=1)) >= 1


def test_cookies_are_for_this_host_and_not_for_scripts(wang: User, settings: Any) -> None:
    client = Client()
    told = client.post("/login/", {"username": "wang", "password": PASSWORD})
    cookie = told.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert cookie["max-age"] == ""


def test_the_worker_deletes_what_is_over(wang: User, as_engine: Any) -> None:
    from mdm.tasks import forget_proofs
    from security.authentication import attempts
    from security.models import GuessCounter

    _client, row = signed_in("wang")
    long_ago = timezone.now() - policy.absolute * 3
    Session.objects.filter(pk=row.pk).update(begun_at=long_ago)
    attempts.take("nobody", at=long_ago)
    found, _token = client_system("core-bank")
    AccessToken.objects.create(digest="0" * 64, client=found, issued_at=long_ago, expires_at=long_ago)
    with as_engine():
        forget_proofs()
    assert not Session.objects.filter(pk=row.pk).exists()
    assert not GuessCounter.objects.exists()
    assert not AccessToken.objects.exists()
