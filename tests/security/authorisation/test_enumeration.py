"""Every route and method, as every role, at every place of the tree, as open, closed and locked accounts."""

import logging
import time
from collections.abc import Iterator

import pytest
from django.test import Client

from mdm.rest.operations import PUBLIC
from security.access.roles import ROLES
from security.models import Role, User
from tests.factories.security import PASSWORD
from tests.security.authorisation.doors import METHODS, Door, doors
from tests.security.authorisation.population import Bank, open_bank, staff_with, system_with
from tests.security.authorisation.probing import Findings, addresses, ask, content, judge
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
CODES = [role.code for role in ROLES]
#: What a probe through a page may use: pages know no other methods, so two of those stand for all.
ON_PAGES = ("GET", "POST", "DELETE")
SECONDS = 90


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A line of log for each probe would take longer than the probe."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def bank(db: None) -> Bank:
    return open_bank()


def pages() -> list[Door]:
    return [door for door in doors() if not door.is_api]


def endpoints() -> list[Door]:
    return [door for door in doors() if door.is_api]


def _methods(door: Door) -> tuple[str, ...]:
    return METHODS if door.is_api else ON_PAGES


def _may(role: str, rule: str | None) -> bool:
    return rule in set(Role.objects.get(code=role).permissions)


def _probe(findings: Findings, bank: Bank, client: Client, found: list[Door], role: str, headers: dict[str, str]) -> None:
    held = set(Role.objects.get(code=role).permissions)
    for door in found:
        if door.name == "logout":
            continue  # would end the session that the other probes use
        for method in _methods(door):
            for place, address in addresses(door, bank):
                named = {**headers, **_conditions(method)}
                answer = ask(client, door, method, address, named)
                asked = f"{method} {address} ({role}, {place or 'anywhere'})"
                judge(findings, bank, door, place, asked, answer, door.rule(method) in held)


def _conditions(method: str) -> dict[str, str]:
    import uuid

    if method == "PATCH":
        return {"If-Match": '"v1"'}
    return {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"v1"'} if method == "POST" else {}


def test_every_role_through_every_page(bank: Bank) -> None:
    findings, began = Findings(), time.monotonic()
    for role in CODES:
        _probe(findings, bank, Screens(staff_with(role)).client, pages(), role, {})
    print(f"pages: {findings.probes} probes in {time.monotonic() - began:.1f} s")

    assert findings.wrong == []
    assert findings.probes >= 10_000


def test_every_role_through_every_endpoint(bank: Bank) -> None:
    findings, began = Findings(), time.monotonic()
    for role in CODES:
        client = Client(raise_request_exception=False)
        headers = {"Authorization": f"Bearer {system_with(role)[1]}"}
        _probe(findings, bank, client, endpoints(), role, headers)
    print(f"endpoints: {findings.probes} probes in {time.monotonic() - began:.1f} s")

    assert findings.wrong == []
    assert findings.probes >= 10_000


def test_nobody_comes_in_with_a_closed_or_locked_account_or_none(bank: Bank) -> None:
    findings = Findings()
    for client, headers in _shut_out():
        for door in doors():
            for method in _methods(door):
                for _place, address in list(addresses(door, bank))[:1]:
                    answer = ask(client, door, method, address, {**headers, **_conditions(method)})
                    _judge_stranger(findings, bank, door, f"{method} {address}", answer)

    assert findings.wrong == []
    assert findings.probes >= 5_000


def _shut_out() -> Iterator[tuple[Client, dict[str, str]]]:
    """Sessions and tokens of accounts that were closed afterwards, a locked account, and nobody at all."""
    for role in ("teller", "compliance", "administrator"):
        screens = Screens(staff_with(role, "-closed"))
        User.objects.filter(username=f"probe-{role}-closed").update(is_active=False)
        yield screens.client, {}
    client, token = system_with("teller", "-closed")
    User.objects.filter(pk=client.user_id).update(is_active=False)
    yield Client(raise_request_exception=False), {"Authorization": f"Bearer {token}"}
    client, token = system_with("auditor", "-off")
    type(client).objects.filter(pk=client.pk).update(active=False)
    yield Client(raise_request_exception=False), {"Authorization": f"Bearer {token}"}
    yield _locked(), {}
    yield Client(raise_request_exception=False), {}


def _locked() -> Client:
    """A browser whose user guessed too often and then typed the right password."""
    staff_with("branch_manager", "-locked")
    client = Client(raise_request_exception=False)
    for _attempt in range(12):
        client.post("/login/", {"username": "probe-branch_manager-locked", "password": "wrong"})
    client.post("/login/", {"username": "probe-branch_manager-locked", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    return client


def _judge_stranger(findings: Findings, bank: Bank, door: Door, asked: str, answer: object) -> None:
    status, body = answer.status_code, content(answer)  # type: ignore[attr-defined]
    findings.probes += 1
    if bank.canaries.search(body):
        findings.note(f"{asked}: shows a clear value")
    if status >= 500 and status != 503:
        findings.note(f"{asked}: {status}")
    if door.rule(asked.split(" ")[0]) == PUBLIC:
        return
    if 200 <= status < 300 or (status == 302 and not _to_login(answer)):
        findings.note(f"{asked}: {status} for nobody")


def _to_login(answer: object) -> bool:
    return "/login/" in answer.headers["Location"]  # type: ignore[attr-defined]
