"""Every route and method, as every role, at every place of the tree, as open, closed and locked accounts."""

import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.template import Context
from django.template.base import Template
from django.test import Client

from mdm.rest.operations import PUBLIC
from security.access.roles import ROLES
from security.models import Role, User
from tests.factories.security import PASSWORD
from tests.security.authorisation.doors import METHODS, Door, doors
from tests.security.authorisation.population import (
    PLACES,
    Bank,
    fresh_token,
    open_bank,
    staff_with,
    system_with,
)
from tests.security.authorisation.probing import Findings, addresses, ask, content, judge
from tests.support.screens import Screens

#: Each probe of a role is undone; the bank that all share lies in the transaction around them.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("horizon")]
CODES = [role.code for role in ROLES]
#: What a probe through a page may use: pages know no other methods, so one of those stands for all.
ON_PAGES = ("GET", "POST")


def asked_at(role: str, place: str, may: bool) -> bool:
    """Whether a role is sent to a place. One without the right is refused before anybody looks where a thing
    lies, so one place stands for all, another one for each role: together they are sent to all of them. One with
    the right goes to its own, the child, the sibling and the parent; every fifth role goes far away as well."""
    turn = tuple(PLACES)[CODES.index(role) % len(PLACES)]
    return place in ("", turn) or (may and place != "far")


@pytest.fixture(scope="module")
def bank(django_db_setup: None, django_db_blocker: Any) -> Iterator[Bank]:
    """One bank for all the roles, gone with the transaction that holds it; without a line of log a probe, and
    without the copy of every template's context that Django's tests keep."""
    logging.disable(logging.CRITICAL)
    watched, Template._render = Template._render, nodes_rendered  # type: ignore[attr-defined,method-assign]
    with django_db_blocker.unblock(), transaction.atomic():
        yield open_bank()
        transaction.set_rollback(True)
    Template._render = watched  # type: ignore[attr-defined]
    logging.disable(logging.NOTSET)


def nodes_rendered(template: Template, context: Context) -> str:
    """What `Template._render` does where nobody watches."""
    rendered: str = template.nodelist.render(context)
    return rendered


def pages() -> list[Door]:
    """All but signing out, which would end the session that the other probes use."""
    return [door for door in doors() if not door.is_api and door.name != "logout"]


def endpoints() -> list[Door]:
    return [door for door in doors() if door.is_api]


def _methods(door: Door) -> tuple[str, ...]:
    return METHODS if door.is_api else ON_PAGES


def _probe(bank: Bank, client: Client, found: list[Door], role: str, headers: dict[str, str]) -> Findings:
    findings, held = Findings(), set(Role.objects.get(code=role).permissions)
    for door in found:
        for method in _methods(door):
            may = door.rule(method) in held
            for place, address in addresses(door, bank):
                if asked_at(role, place, may):
                    answer = ask(client, door, method, address, {**headers, **_conditions(method)})
                    asked = f"{method} {address} ({role}, {place or 'anywhere'})"
                    judge(findings, bank, door, place, asked, answer, may)
    return findings


def _least(found: list[Door]) -> int:
    """Every door by every method, wherever it leads."""
    return sum(len(_methods(door)) for door in found)


def _conditions(method: str) -> dict[str, str]:
    if method == "PATCH":
        return {"If-Match": '"v1"'}
    return {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"v1"'} if method == "POST" else {}


@pytest.mark.parametrize("role", CODES)
def test_a_role_through_every_page(bank: Bank, role: str) -> None:
    findings = _probe(bank, Screens(staff_with(role)).client, pages(), role, {})

    assert findings.wrong == [], "\n".join(findings.wrong)
    assert findings.probes >= _least(pages())


@pytest.mark.parametrize("role", CODES)
def test_a_role_through_every_endpoint(bank: Bank, role: str) -> None:
    headers = {"Authorization": f"Bearer {fresh_token(*system_with(role))}"}
    findings = _probe(bank, Client(raise_request_exception=False), endpoints(), role, headers)

    assert findings.wrong == [], "\n".join(findings.wrong)
    assert findings.probes >= _least(endpoints())


def test_there_are_more_than_twenty_thousand_probes(bank: Bank) -> None:
    """Counted as they are asked: a door that is added makes more of them."""
    held = {role.code: set(role.permissions) for role in ROLES}
    counted = sum(
        sum(
            asked_at(role, place, door.rule(method) in held[role])
            for place, _address in addresses(door, bank)
        )
        for role in CODES
        for door in doors()
        for method in _methods(door)
    )

    assert counted > 20_000


def test_nobody_comes_in_with_a_closed_or_locked_account_or_none(bank: Bank) -> None:
    findings = Findings()
    for client, headers in _shut_out():
        for door in doors():
            for method in _methods(door):
                for _place, address in list(addresses(door, bank))[:1]:
                    answer = ask(client, door, method, address, {**headers, **_conditions(method)})
                    _judge_stranger(findings, bank, door, f"{method} {address}", answer)

    assert findings.wrong == [], "\n".join(findings.wrong)
    assert findings.probes >= _least(list(doors())) * 7


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
    if door.rule(asked.split(" ", maxsplit=1)[0]) == PUBLIC:
        return
    if 200 <= status < 300 or (status == 302 and not _to_login(answer)):
        findings.note(f"{asked}: {status} for nobody")


def _to_login(answer: object) -> bool:
    return "/login/" in answer.headers["Location"]  # type: ignore[attr-defined]
