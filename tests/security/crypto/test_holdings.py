"""What is sealed outside of sealed fields is counted under its keys and moves with them."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction
from django.http import HttpResponse

from customers.selectors import search_terms
from mdm.errors import Unavailable
from mdm.rest import idempotency
from mdm.rest.models import BODY_KEY, IdempotencyRecord
from mdm.runs import JobRun
from security import probes
from security.assurance import Verdict
from security.authentication import sessions, signing
from security.authentication.factors import FactorAdapter, secrets_of
from security.authentication.keys import CLIENT_KEY, FACTOR_KEY, SESSION_KEY
from security.crypto import keyring
from security.crypto.coverage import stored_columns
from security.crypto.holdings import held_coverage, holding_of, unreadable
from security.crypto.purposes import STORE, Purpose, purpose_named, registered_purposes
from security.models import ClientKey, Session, User
from security.services.key_work import rotated, rotation_of
from tests.factories.security import NOW, client_system, member_of_staff
from tests.security.crypto.rings import fresh_keys
from tests.support.database_roles import database_role

TERM, SECRET, SEED, SHARED = "王小明 1990", "JBSWY3DPEHPK3PXP", "a5" * 20, b"k" * 32
#: How many values `fill` seals of each purpose.
VALUES = {SESSION_KEY: 1, CLIENT_KEY: 1, FACTOR_KEY: 2, BODY_KEY: 1, search_terms._PURPOSE.name: 1}


@pytest.fixture(autouse=True)
def as_engine_with_fresh_keys(transactional_db: None) -> Iterator[None]:
    with database_role("engine"), fresh_keys():
        keyring.make_missing("system:test", NOW)
        yield


@pytest.fixture
def user() -> User:
    """Whose secrets they are; one value of each purpose is stored, and rows that hold none."""
    user = member_of_staff("wang", "teller")
    with secrets_of(user):
        for kind, place, text in (("totp", "secret", SECRET), ("recovery_codes", "seed", SEED)):
            Authenticator.objects.create(user=user, type=kind, data={place: FactorAdapter().encrypt(text)})
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "key", "credential": {}})
    session = sessions.SessionStore()
    session["step"] = 3
    session.create()
    Session.objects.create(digest="f" * 64, begun_at=NOW, last_seen_at=NOW, ended_at=NOW, data=b"")
    client, _token = client_system()
    key = ClientKey.objects.create(client=client, key_id="k1", algorithm="HMAC-SM3", valid_from=NOW)
    ClientKey.objects.filter(pk=key.pk).update(sealed_key=signing.sealed(key.pk, SHARED))
    answer = IdempotencyRecord.objects.create(client="core", key="1", fingerprint="x", created_at=NOW)
    idempotency._keep(answer, HttpResponse(b'{"a": 1}'))
    IdempotencyRecord.objects.create(client="core", key="2", fingerprint="x", created_at=NOW)
    for params in ({"term": search_terms.written(7, TERM), "user": 7}, {"term": "", "user": 7}, {}):
        JobRun.objects.create(job="customers.export", params=params, started_by="wang", created_at=NOW)
    return user


def read_back(user: User) -> list[object]:
    """Every value as the product reads it."""
    with secrets_of(user):
        rows = Authenticator.objects.exclude(type="webauthn").order_by("pk")
        totp, codes = (row.data for row in rows)
        told = [FactorAdapter().decrypt(totp["secret"]), FactorAdapter().decrypt(codes["seed"])]
    answer = IdempotencyRecord.objects.get(key="1")
    answer.fingerprint = idempotency._digests(b"sent")[0]
    run = JobRun.objects.exclude(params__term="").get(params__has_key="term")
    return [
        *told,
        signing.opened(ClientKey.objects.get()),
        sessions._opened(Session.objects.exclude(data=b"").get()),
        idempotency._replay(answer, b"sent").content,
        search_terms.read_back(7, run.params["term"]),
    ]


def named(name: str) -> Purpose:
    found = purpose_named(name)
    assert found is not None
    return found


def counts(name: str) -> dict[int, int]:
    """Values by key."""
    return {one.key_id: one.values for one in held_coverage(name)}


def verdict() -> Verdict:
    """What the self-check of the web says of values kept as text."""
    with database_role("app"):
        return probes._keys_readable(NOW).verdict


@pytest.mark.parametrize("name", VALUES)
def test_each_is_counted_and_moves_with_its_key(name: str, user: User) -> None:
    old, told = keyring.current(name).key_id, read_back(user)
    assert counts(name) == {old: VALUES[name]}
    done = rotated(named(name), "wang", NOW, settle=0)
    new = keyring.current(name).key_id
    assert (done.version, done.values, done.reencrypted) == (2, VALUES[name], VALUES[name])
    assert new != old
    assert counts(name) == {new: VALUES[name]}
    assert read_back(user) == told == [SECRET, SEED, SHARED, {"step": 3}, b'{"a": 1}', TERM]


def test_what_somebody_wrote_meanwhile_is_left_to_them(user: User) -> None:
    """The app's code that was used up, the session that was saved: neither is written over."""
    for name in VALUES:
        holding = holding_of(name)
        assert holding is not None
        for held in list(holding.others(b"none")):
            moved = holding._anew(held)
            with transaction.atomic():
                assert holding.swap(held, moved) == 1
                assert holding.swap(held, held.value) == 0
    assert read_back(user)[0] == SECRET


@pytest.mark.parametrize("text", ["A", "AAAA", "no base64!", "", 7])
def test_what_is_no_sealed_value_is_named_and_rotation_goes_on(user: User, text: object) -> None:
    data = {"secret": text, "seed": "=A"}
    broken = Authenticator.objects.create(user=member_of_staff("li", "teller"), type="totp", data=data)
    assert unreadable() == {"mfa_authenticator.data": 2 if text else 1}
    assert verdict() is Verdict.BAD
    old = keyring.current(FACTOR_KEY).key_id
    assert counts(FACTOR_KEY) == {old: 2}
    done = rotated(named(FACTOR_KEY), "wang", NOW, settle=0)
    assert (done.version, done.values, done.reencrypted) == (2, 2, 2)
    assert rotation_of(named(FACTOR_KEY)).remaining() == 0
    broken.refresh_from_db()
    assert broken.data == data
    with secrets_of(user), pytest.raises(Unavailable, match=r"crypto\.tampered"):
        FactorAdapter().decrypt("A")


def test_where_all_is_right_nothing_is_named(user: User) -> None:
    assert unreadable() == {}
    assert verdict() is Verdict.OK


def test_a_rotation_that_was_broken_off_is_finished_first(user: User) -> None:
    rotation_of(named(FACTOR_KEY))._new_version("wang", NOW)
    assert rotation_of(named(FACTOR_KEY)).remaining() == 2
    assert rotated(named(FACTOR_KEY), "wang", NOW, settle=0).version == 2
    assert rotation_of(named(FACTOR_KEY)).remaining() == 0


def test_whatever_seals_is_counted_and_can_be_moved() -> None:
    """Only the old way of objects, whose keys lay in them, is neither: nothing is written in it any more."""
    ours = {one.name for one in registered_purposes() if one.algorithm == "SM4-GCM"}
    held = {column.purpose for column in stored_columns(apps)} | {name for name in ours if holding_of(name)}
    assert {name for name in ours - held if not name.startswith(("test.", "crypto_"))} == {STORE}
