"""Passwords: the policy, their age, and how they are stored."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from mdm.errors import Invalid
from security.access.actor import staff_actor
from security.authentication.hashers import PepperedHasher, ScryptHasher, Sm3Hasher
from security.authentication.keys import PEPPER
from security.authentication.passwords import must_change, note_set
from security.authentication.policy import policy
from security.crypto import keyring
from security.models import FormerPassword, Session, User
from security.services.sign_in import change_password
from tests.factories.security import NOW, PASSWORD, member_of_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    found = member_of_staff("zhangwei", "teller")
    found.display_name = "Zhang Wei"
    found.save()
    note_set(found, at=NOW, must_change=False)
    return found


@pytest.mark.parametrize(
    "weak",
    [
        "elevenchars",
        "x" * 257,
        "passwordpassword",
        "my name is ZHANGWEI ok",
        "ｚｈａｎｇ ｗｅｉ counts",
        "z h a n g w e i too",
        PASSWORD,
    ],
)
def test_weak_passwords_are_refused(user: User, weak: str) -> None:
    if weak == "passwordpassword":
        weak = "qwertyuiop123"[:13]
        assert len(weak) >= policy.password_length
    with pytest.raises(ValidationError):
        validate_password(weak, user)


def test_the_last_five_are_not_taken_again_the_sixth_is(user: User) -> None:
    actor, at, held = staff_actor(user, NOW), NOW, PASSWORD
    news = [f"sentence number {n} of mine" for n in range(1, 7)]
    for new in news:
        at += timedelta(days=1)
        change_password(actor, user, held, new, at=at)
        held = new
    for old in news[1:]:
        with pytest.raises(Invalid) as refused:
            change_password(actor, user, held, old, at=at)
        assert refused.value.code == "user.password"
    change_password(actor, user, held, news[0], at=at)
    assert FormerPassword.objects.filter(user=user).count() == policy.password_history


def test_a_wrong_old_password_counts_as_a_guess(user: User) -> None:
    from security.authentication.attempts import Locked

    actor = staff_actor(user, NOW)
    for _n in range(policy.attempts):
        with pytest.raises(Invalid) as refused:
            change_password(actor, user, "wrong", "sentence of my own", at=NOW)
        assert refused.value.code == "password.old"
    with pytest.raises(Locked):
        change_password(actor, user, PASSWORD, "sentence of my own", at=NOW)


def test_a_password_ages_and_a_given_one_is_changed_first(user: User) -> None:
    assert must_change(user, at=NOW + policy.password_lifetime - timedelta(seconds=1)) == ""
    assert must_change(user, at=NOW + policy.password_lifetime) == "expired"
    note_set(user, at=NOW, must_change=True)
    assert must_change(user, at=NOW) == "given"


def test_a_given_password_signs_in_for_three_days_and_then_no_more(user: User, client: Client) -> None:
    """What an administrator chose lies on paper somewhere: its owner takes another soon, or never."""
    now = timezone.now()
    told = {"username": user.username, "password": PASSWORD}
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    note_set(user, at=now - policy.password_given + timedelta(minutes=5), must_change=True)
    assert client.post("/login/", told).status_code == 302
    client.logout()

    note_set(user, at=now - policy.password_given, must_change=True)
    for _n in range(policy.attempts + 1):  # a right password is no guess: the account is not locked
        refused = client.post("/login/", told)
        assert (refused.status_code, "given to you too long ago" in refused.text) == (200, True)
    assert "given to you" not in client.post("/login/", {**told, "password": "another one of mine"}).text
    assert Session.objects.filter(user=user, ended_at=None).count() == 0

    note_set(user, at=now - policy.password_given, must_change=False)  # one's own lives on
    assert client.post("/login/", told).status_code == 302


def test_an_account_without_a_password_has_none_to_change() -> None:
    system = User.objects.create_user("system", password=None)
    assert must_change(system, at=NOW + policy.password_lifetime * 9) == ""


def test_a_stored_password_is_peppered_and_moves_to_a_new_key(user: User, as_engine: object) -> None:
    assert user.password.startswith("scrypt-sm3$")
    hasher = identify_hasher(user.password)
    assert not hasher.must_update(user.password)
    parts = hasher.decode(user.password)
    same_without_pepper = ScryptHasher().stretch(PASSWORD.encode(), parts["salt"].encode(), parts["cost"])
    assert parts["hash"] not in str(same_without_pepper)
    other = user.password.replace(f"${parts['key_id']}$", "$999999$", 1)
    with pytest.raises(Exception, match="key.unknown"):
        hasher.verify(PASSWORD, other)
    assert hasher.must_update(user.password.replace(f"${parts['cost']}$", "$3$", 1))


@pytest.mark.parametrize("hasher", [ScryptHasher(), Sm3Hasher()])
def test_every_hasher_knows_its_own(hasher: PepperedHasher) -> None:
    encoded = hasher.encode(PASSWORD, "a salt of our own")
    assert hasher.verify(PASSWORD, encoded)
    assert not hasher.verify(PASSWORD + " ", encoded)
    assert check_password(PASSWORD, encoded)
    assert PASSWORD not in encoded
    assert keyring.by_id(hasher.decode(encoded)["key_id"]).purpose == "pepper.password"


def test_pbkdf2_is_that_of_the_standard() -> None:
    """PBKDF2 with HMAC-SM3 as hashlib computes it, where the system's OpenSSL has SM3."""
    import hashlib

    ours = Sm3Hasher().stretch(b"password", b"saltsaltsaltsalt", 1000)
    assert ours == hashlib.pbkdf2_hmac("sm3", b"password", b"saltsaltsaltsalt", 1000)


def test_an_older_hash_is_understood_and_replaced_at_sign_in() -> None:
    user = member_of_staff("before", "teller")
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD, hasher="scrypt"))
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    user.refresh_from_db()
    assert user.password.startswith("scrypt-sm3$")


def test_the_database_holds_no_password(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encoded FROM security_formerpassword UNION ALL SELECT password FROM security_user"
        )
        assert PASSWORD not in str(cursor.fetchall())


def test_few_passwords_are_hashed_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 32 MiB, and anybody may make the door hash."""
    running, most, lock = [0], [0], threading.Lock()

    class Slow(ScryptHasher):
        def stretch(self, peppered: bytes, salt: bytes, cost: int) -> bytes:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            told = super().stretch(peppered, salt, 12)
            with lock:
                running[0] -= 1
            return told

    key = keyring.current(PEPPER)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: Slow()._encoded(f"{n}", "salt", key, 12), range(24)))
    assert len(set(told)) == 24
    assert most[0] <= 2
