"""Every route and method, as every role, at every place of the tree, as open, closed and locked accounts."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from mdm.rest.operations import PUBLIC, SIGNED_IN
from security.access.roles import ROLES
from security.models import User
from tests.factories.security import PASSWORD
from tests.security.authorisation.doors import METHODS, NOBODY, Door, doors
from tests.security.authorisation.population import (
    PLACES,
    Bank,
    belongings,
    fresh_token,
    staff_with,
    system_with,
)
from tests.security.authorisation.probing import (
    WITHIN,
    Findings,
    Own,
    addresses,
    ask,
    content,
    judge,
    let_in,
)
from tests.support.screens import Screens

#: Each probe of a role is undone; the bank that all share lies in the transaction around them.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
CODES = [role.code for role in ROLES]
#: What a probe through a page may use: pages know no other methods, so one of those stands for all.
ON_PAGES = ("GET", "POST")
_ROW = "api/v1/change-requests/<row:request_id>"
_PACKAGE = "needs a package that a worker has made: tests/customers/services/test_exporting.py"
_ANSWERS = "nobody answers for the systems of the probes: tests/mdm/rest/test_every_operation.py has somebody"
_ASKED = "who asked, and nobody else: tests/mdm/rest/test_every_operation.py"
_SOURCE = "a system loads in the name of sources that its scopes tell: tests/batch/api/test_runs.py"
_LEADS = "leads to the customer that its address names, where documents are added"
_NAMED = "names in its form a request that is there: tests/security/admin/test_emergency.py"
_SECRET = "there is one once a second person has agreed: tests/mdm/rest/test_every_operation.py"
_RECORDED = "rows are made by checks and not by hand"
_DELIVERED = "a batch of payments comes as a file: tests/special_info/admin"
#: Doors that let nobody in here, though somebody has the right, and why.
SHUT: dict[tuple[str, str], str] = {
    ("(?P<url>.*)$", "GET"): "answers 404 as a page",
    ("api/", "GET"): "answers 404 as a problem",
    ("api/v1/oauth/token", "GET"): "takes a form of its own: tests/security/api/test_tokens.py",
    ("credentials/credentialverification/<str:object_id>/change/", "POST"): _RECORDED,
    ("credentials/credentialverification/<str:object_id>/end/", "POST"): _RECORDED,
    ("credentials/credentialverification/add/", "GET"): _RECORDED,
    ("credentials/credentialverification/add/", "POST"): _RECORDED,
    ("customers/document/add/", "GET"): _LEADS,
    ("customers/document/add/", "POST"): _LEADS,
    ("emergency/decide/", "POST"): _NAMED,
    ("exports/<int:run_id>/", "POST"): _PACKAGE,
    ("list-exports/<int:run_id>/", "POST"): _PACKAGE,
    ("login/<slug:provider_id>/", "GET"): "no other place to sign in at is set up",
    ("login/<slug:provider_id>/callback/", "GET"): "no other place to sign in at is set up",
    ("special_info/agencybatch/<str:object_id>/change/", "POST"): _DELIVERED,
    ("special_info/agencybatch/<str:object_id>/end/", "POST"): _DELIVERED,
    ("special_info/agencybatch/add/", "GET"): _DELIVERED,
    ("special_info/agencybatch/add/", "POST"): _DELIVERED,
    ("unseal/", "GET"): "there only while the keys are sealed",
    ("api/v1/api-clients/<slug:client_id>:collect-secret", "POST"): _SECRET,
    (f"{_ROW}:approve", "POST"): _ANSWERS,
    (f"{_ROW}:reject", "POST"): _ANSWERS,
    (f"{_ROW}:return", "POST"): _ANSWERS,
    (f"{_ROW}:resubmit", "POST"): _ASKED,
    (f"{_ROW}:withdraw", "POST"): _ASKED,
    ("api/v1/customer-exports/<row:run_id>/content", "GET"): _PACKAGE,
    ("api/v1/load-runs", "POST"): _SOURCE,
    ("api/v1/log-exports/<row:run_id>/content", "GET"): _PACKAGE,
}


def asked_at(role: str, place: str, method: str, may: bool) -> bool:
    """Whether a role is sent to a place. One without the right is refused before anybody looks where a thing lies: it
    goes to its own. One with the right goes to the child, the sibling and the parent as well, and to what is somebody
    else's; every fifth role goes far away, and every fifth one changes things of the child."""
    turn = tuple(PLACES)[CODES.index(role) % len(PLACES)]
    if place in ("", "own", "mine"):
        return True
    if not may or method == "HEAD":
        return False
    return place == turn or not (place == "far" or (place == "child" and method != "GET"))


def pages() -> list[Door]:
    """All but signing out, which would end the session that the other probes use."""
    return [door for door in doors() if not door.is_api and door.name != "logout"]


def endpoints() -> list[Door]:
    return [door for door in doors() if door.is_api]


def _methods(door: Door) -> tuple[str, ...]:
    return METHODS if door.is_api else ON_PAGES


@dataclass(frozen=True)
class Caller:
    """Somebody of a role: a browser that is signed in, or a system with its token, and what is their own."""

    role: str
    client: Client
    headers: dict[str, str]
    own: Own

    @classmethod
    def on_pages(cls, bank: Bank, role: str) -> "Caller":
        user = staff_with(role)
        return cls(role, Screens(user).client, {}, belongings(bank, user))

    @classmethod
    def on_api(cls, bank: Bank, role: str) -> "Caller":
        client, token = system_with(role)
        headers = {"Authorization": f"Bearer {fresh_token(client, token)}"}
        return cls(role, Client(raise_request_exception=False), headers, belongings(bank, client.user))

    def ask(self, bank: Bank, door: Door, method: str, address: str) -> Any:
        return ask(self.client, bank, door, method, address, {**self.headers, **_conditions(method)})


@dataclass(frozen=True)
class Probe:
    """One request that is made: through which door, by which method, where to, and whether the role has the right."""

    door: Door
    method: str
    place: str
    address: str
    may: bool


def planned(bank: Bank, own: Own, role: str, found: list[Door]) -> Iterator[Probe]:
    """Every probe of a role; what is counted and what is asked are the same list."""
    held = next(set(one.permissions) for one in ROLES if one.code == role)
    for door in found:
        places = list(addresses(door, bank, own))
        for method in _methods(door):
            may = door.rule(method) in held
            for place, address in places:
                if asked_at(role, place, method, may):
                    yield Probe(door, method, place, address, may)


def _probe(bank: Bank, caller: Caller, found: list[Door]) -> Findings:
    findings = Findings()
    for one in planned(bank, caller.own, caller.role, found):
        answer = caller.ask(bank, one.door, one.method, one.address)
        asked = f"{one.method} {one.address} ({caller.role}, {one.place or 'anywhere'})"
        judge(findings, bank, one.door, one.place, asked, answer, one.may)
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
    findings = _probe(bank, Caller.on_pages(bank, role), pages())

    assert findings.wrong == [], "\n".join(findings.wrong)
    assert findings.probes >= _least(pages())


@pytest.mark.parametrize("role", CODES)
def test_a_role_through_every_endpoint(bank: Bank, role: str) -> None:
    findings = _probe(bank, Caller.on_api(bank, role), endpoints())

    assert findings.wrong == [], "\n".join(findings.wrong)
    assert findings.probes >= _least(endpoints())


@pytest.mark.parametrize("what", ["pages", "endpoints"])
def test_every_door_lets_somebody_in(bank: Bank, what: str) -> None:
    """Else a door that refuses everybody would pass. What the probes above have seen to open is not asked again."""
    held = {role.code: {*role.permissions, SIGNED_IN, PUBLIC} for role in ROLES}
    make = Caller.on_pages if what == "pages" else Caller.on_api
    callers: dict[str, Caller] = {}
    refused: dict[tuple[str, str], str] = {}
    for door, methods in entrances(what):
        for role in (role for role in CODES if door.rule(methods[0]) in held[role]):
            if (door.route, methods[0]) in bank.entered:
                break
            callers[role] = callers.get(role) or make(bank, role)
            refused[door.route, methods[0]] = f"{role}: {_enter(bank, callers[role], door, methods)}"
    closed = {key for key in refused if key not in bank.entered}
    wrong = sorted(
        closed ^ {shut for shut in SHUT if shut[0] in {door.route for door, _m in entrances(what)}}
    )
    assert wrong == [], "\n".join(f"{key} {refused.get(key, 'lets in')}" for key in wrong)


def entrances(what: str) -> Iterator[tuple[Door, tuple[str, ...]]]:
    """Every door with each method that it has a rule for; what is open to all by any method it knows."""
    for door in pages() if what == "pages" else endpoints():
        if door.rule("GET") in (PUBLIC, SIGNED_IN) and door.rule("POST") in (PUBLIC, SIGNED_IN, NOBODY):
            yield door, ("GET", "POST")
            continue
        for method in _methods(door):
            if method != "HEAD" and door.rule(method) != NOBODY:
                yield door, (method,)


def _enter(bank: Bank, caller: Caller, door: Door, methods: tuple[str, ...]) -> list[int]:
    """Ask at every place within reach; a page that knows no such method needs to let nobody in by it."""
    told = []
    for method in methods:
        for place, address in addresses(door, bank, caller.own):
            if place in WITHIN:
                answer = caller.ask(bank, door, method, address)
                told.append(answer.status_code)
                if let_in(answer) or (answer.status_code == 405 and len(methods) == 1 and not door.is_api):
                    bank.entered.add((door.route, methods[0]))
                    return told
    return told


def test_there_are_more_than_twenty_thousand_probes(bank: Bank) -> None:
    """Counted off the lists that the tests above walk to their ends: a door that is added makes more of them."""
    mine = belongings(bank, staff_with("teller"))
    every = [*pages(), *endpoints()]
    assert sum(1 for role in CODES for _probe in planned(bank, mine, role, every)) > 20_000


def test_nobody_comes_in_with_a_closed_or_locked_account_or_none(bank: Bank) -> None:
    findings, asked_least = Findings(), 0
    nobodys = belongings(bank, User.objects.get(username="colleague-own"))
    for client, headers in _shut_out():
        for door in doors():
            for method in _methods(door) if door.is_api == bool(headers) else ("GET",):
                address = next(iter(addresses(door, bank, nobodys)))[1]
                answer = ask(client, bank, door, method, address, {**headers, **_conditions(method)})
                _judge_stranger(findings, bank, door, f"{method} {address}", answer)
        asked_least += len(doors())

    assert findings.wrong == [], "\n".join(findings.wrong)
    assert findings.probes >= asked_least


def _shut_out() -> Iterator[tuple[Client, dict[str, str]]]:
    """A session and tokens of accounts that were closed afterwards, a locked account, and nobody at all."""
    screens = Screens(staff_with("compliance", "-closed"))
    User.objects.filter(username="probe-compliance-closed").update(is_active=False)
    yield screens.client, {}
    for suffix in ("-closed", "-spent"):
        client, lasting = system_with("teller", suffix)
        told = lasting if suffix == "-closed" else fresh_token(client, lasting)
        User.objects.filter(pk=client.user_id).update(is_active=False)
        yield Client(raise_request_exception=False), {"Authorization": f"Bearer {told}"}
    client, token = system_with("auditor", "-off")
    type(client).objects.filter(pk=client.pk).update(active=False)
    yield Client(raise_request_exception=False), {"Authorization": f"Bearer {token}"}
    yield _locked(), {}
    yield Client(raise_request_exception=False), {}
    yield Client(raise_request_exception=False), {"Authorization": "Bearer of-nobody"}


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
