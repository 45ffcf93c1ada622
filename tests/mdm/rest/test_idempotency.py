"""An unsafe request happens once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from mdm.errors import Invalid
from mdm.rest import idempotency
from mdm.rest.models import IdempotencyRecord
from mdm.rest.operations import Answer, Call
from mdm.rest.parsers import LimitedJSONParser
from mdm.rest.refusals import Refusal
from security.approvals.models import ChangeRequest
from tests.factories.security import NOW, branch, client_system, everything
from tests.support.api import Api, proved
from tests.support.database_roles import database_role

KEY = "110101199003078515-1"
NEW = {"client_id": "new-bank", "name": "New", "org": "1000", "scopes": ["customer.view"]}


@pytest.fixture
def manager(db: None) -> Api:
    """A client system that may make others."""
    return proved(client_system("manager", roles=("administrator",))[0])


def asked() -> list[str]:
    """The systems that somebody asked for."""
    with database_role("engine"):
        return [str(one.facts["client"]) for one in ChangeRequest.objects.order_by("pk")]


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(manager: Api) -> None:
    first = manager.post("api-clients", NEW, key=KEY)
    again = manager.post("api-clients", dict(reversed(NEW.items())), key=KEY)
    assert (first.status, again.status) == (202, 202)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body
    assert asked() == ["new-bank"]


def test_the_key_with_another_body_is_refused(manager: Api) -> None:
    manager.post("api-clients", NEW, key=KEY)
    told = manager.post("api-clients", {**NEW, "name": "Other"}, key=KEY)
    assert (told.status, told.code) == (422, "idempotency.reused")


def test_the_key_at_another_address_is_refused(manager: Api) -> None:
    manager.post("api-clients", NEW, key=KEY)
    told = manager.post("api-clients/new-bank:switch-off", key=KEY)
    assert (told.status, told.code) == (422, "idempotency.reused")


def test_the_same_key_of_another_client_is_another_key(manager: Api) -> None:
    manager.post("api-clients", NEW, key=KEY)
    other = proved(client_system("second", roles=("administrator",))[0])
    told = other.post("api-clients", {**NEW, "client_id": "newer-bank"}, key=KEY)
    assert told.status == 202


def test_without_a_key_nothing_is_made(manager: Api) -> None:
    told = manager.post("api-clients", NEW, key=None)
    assert (told.status, told.code) == (400, "idempotency.key_missing")
    assert asked() == []


@pytest.mark.parametrize("key", ["short", "a" * 121, "with space", "ünïcode-key", 'quoted"key', "a;b;c;d;e"])
def test_an_odd_key_is_refused(manager: Api, key: str) -> None:
    told = manager.post("api-clients", NEW, key=key)
    assert (told.status, told.code) == (400, "idempotency.key_invalid")


def test_a_refused_request_leaves_no_record_and_may_be_repeated(manager: Api) -> None:
    wrong = manager.post("api-clients", {**NEW, "org": "nowhere"}, key=KEY)
    assert (wrong.status, wrong.code) == (422, "client.org")
    assert not IdempotencyRecord.objects.exists()
    assert manager.post("api-clients", NEW, key=KEY).status == 202


def test_neither_key_nor_body_lies_in_clear(manager: Api) -> None:
    manager.post("api-clients", NEW, key=KEY)
    record = IdempotencyRecord.objects.get()
    assert KEY not in record.key
    assert len(record.fingerprint) == 64
    assert b"new-bank" not in bytes(record.body or b"")


def test_an_answer_whose_time_is_over_is_forgotten(manager: Api) -> None:
    manager.post("api-clients", NEW, key=KEY)
    IdempotencyRecord.objects.update(created_at=NOW - idempotency.RETENTION * 1000)
    told = manager.post("api-clients", {**NEW, "client_id": "later-bank"}, key=KEY)
    assert told.status == 202
    assert "Idempotency-Replayed" not in told.headers


def test_forgetting_takes_what_is_old_and_nothing_else(db: None) -> None:
    for number, age in enumerate(
        (timedelta(0), idempotency.RETENTION, idempotency.RETENTION + timedelta(seconds=1))
    ):
        IdempotencyRecord.objects.create(client="c", key=str(number), fingerprint="f", created_at=NOW - age)
    assert idempotency.forget_expired(NOW) == 1
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"0", "1"}


def call(body: Any = None) -> Call:
    """A request that never went through a door."""
    raw = APIRequestFactory().post("/x", body or {}, format="json", headers={"Idempotency-Key": KEY})
    request = Request(raw, parsers=[LimitedJSONParser()])
    return Call(request=request, actor=everything(), at=NOW, data={}, query={})


def render(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.data)


@pytest.mark.django_db(transaction=True)
def test_while_a_request_is_under_way_its_twin_waits() -> None:
    """The first request stands in the middle of its effect while the second one comes."""
    inside, leave = threading.Event(), threading.Event()

    def slow() -> Answer:
        inside.set()
        assert leave.wait(300)
        return Answer("first")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_in_thread, slow)
        assert inside.wait(300)
        with pytest.raises(Refusal) as refused:
            idempotency.once(call(), lambda: Answer("second"), render)
        leave.set()
        assert first.result(300) == b"first"
    assert (refused.value.code, refused.value.status) == ("idempotency.in_progress", 409)
    assert refused.value.headers["Retry-After"] == "1"
    replayed = idempotency.once(call(), lambda: Answer("third"), render)
    assert (replayed.content, replayed.headers["Idempotency-Replayed"]) == (b"first", "true")


def _in_thread(effect: Any) -> bytes:
    try:
        return idempotency.once(call(), effect, render).content
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_effect() -> None:
    """Whoever finds the request under way asks again; in the end all have the same answer."""
    effects: list[int] = []

    def effect() -> Answer:
        effects.append(1)
        branch("9000")
        return Answer("made")

    def caller(_number: int) -> bytes:
        while True:
            try:
                return _in_thread(effect)
            except Refusal as refusal:
                if refusal.code != "idempotency.in_progress":
                    raise

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(caller, range(64)))
    assert answers == [b"made"] * 64
    assert len(effects) == 1


@pytest.mark.django_db(transaction=True)
def test_the_record_stands_and_falls_with_the_effect() -> None:
    def fails() -> Answer:
        branch("9000")
        raise Invalid("record.refused", "no")

    with pytest.raises(Invalid):
        idempotency.once(call(), fails, render)
    assert not IdempotencyRecord.objects.exists()
    with transaction.atomic():
        idempotency.once(call(), lambda: Answer("made"), render)
        transaction.set_rollback(True)
    assert not IdempotencyRecord.objects.exists()
