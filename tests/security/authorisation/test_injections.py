"""Five hundred pieces of SQL under every parameter of every list, page and body that narrows: nothing runs, nothing
fails, and nobody finds more than without."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.contrib import admin

from mdm.runs import JobRun
from security.access.roles import ROLES
from tests.security.authorisation.attacks import INJECTIONS
from tests.security.authorisation.doors import Door, doors
from tests.security.authorisation.population import Bank
from tests.security.authorisation.probing import TRACES, body_of, content, within
from tests.security.authorisation.test_enumeration import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
#: What every list of a kind takes from the address, and what none of them may know.
OF_PAGES = ("after", "size", "q", "ordering", "o", "view")
OF_API = ("cursor", "page_size", "ordering", "q", "name__startswith")
#: Who looks, in this order: the first who has the right.
LOOKERS = (
    "compliance",
    "auditor",
    "administrator",
    "steward_supervisor",
    "branch_manager",
    "operator",
    "key_officer",
)
#: Filters that do narrow: what they are set to, on a page and through the API, and the role that sees something.
BENIGN = (
    ("/customers/customer/", {"party_type": "PERSON"}),
    ("/customers/phone/", {"kind": "MOBILE"}),
    ("/security/operationlog/", {"actor": "colleague-own"}),
    ("/api/v1/customers", {"party_type": "PERSON"}),
    ("/api/v1/operations", {"actor": "colleague-own"}),
)


@dataclass
class Lookers:
    """Callers by role, made when somebody needs them."""

    bank: Bank
    made: dict[tuple[str, bool], Caller]

    def of(self, door: Door, method: str = "GET") -> Caller | None:
        held = {role.code: role.permissions for role in ROLES}
        role = next((one for one in LOOKERS if door.rule(method) in held[one]), None)
        if role is None:
            return None
        if (role, door.is_api) not in self.made:
            make = Caller.on_api if door.is_api else Caller.on_pages
            self.made[role, door.is_api] = make(self.bank, role)
        return self.made[role, door.is_api]


@pytest.fixture
def lookers(bank: Bank) -> Lookers:
    return Lookers(bank, {})


def parameters_of(door: Door, html: bytes) -> list[str]:
    """What a list takes from the address: declared by the endpoint, or by the admin and the forms of the page."""
    if door.is_api:
        declared = door.operation("GET")
        assert declared is not None
        return sorted({*(declared.query().fields if declared.query else ()), *OF_API})
    forms = re.findall(rb'<form[^>]*method="get".*?</form>', html, re.DOTALL)
    names = {name.decode() for form in forms for name in re.findall(rb'name="([^"]+)"', form)}
    own = [one for model, one in admin.site._registry.items() if door.name == _changelist(model)]
    return sorted({*names, *(known.name for one in own for known in one.filters), *OF_PAGES})


def _changelist(model: Any) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_changelist"


def size_of(door: Door, answer: Any) -> int:
    """How many rows an answer shows."""
    if not door.is_api:
        return content(answer).count(b"<tr")
    told = answer.json()
    lists = (
        [value for value in told.values() if isinstance(value, list)] if isinstance(told, dict) else [told]
    )
    return max(map(len, lists), default=0)


def is_list(door: Door, answer: Any) -> bool:
    """Whether a door shows rows or takes parameters, and what it answers is no file."""
    kind = answer.headers.get("Content-Type", "")
    if door.is_api:
        declared = door.operation("GET")
        return "json" in kind and declared is not None and (declared.paged or declared.query is not None)
    return "html" in kind and (b"<table" in content(answer) or b'method="get"' in content(answer))


def lists(bank: Bank, lookers: Lookers) -> Iterator[tuple[Door, Caller, str, Any]]:
    """Every list that somebody sees: door, who looks, address, and the answer without parameters."""
    for door in doors():
        caller = lookers.of(door)
        if caller is not None:
            address = within(door, bank, caller.own)
            answer = caller.client.get(address, headers=caller.headers)
            if answer.status_code == 200 and is_list(door, answer):
                yield door, caller, address, answer


def wrong_with(bank: Bank, door: Door, answer: Any, most: int) -> str:
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if bank.canaries.search(content(answer)) or (
        door.name not in TRACES and bank.outside().search(content(answer))
    ):
        return "tells of somebody"
    if answer.status_code == 200 and size_of(door, answer) > most:
        return f"{size_of(door, answer)} rows for {most}"
    return ""


def test_every_parameter_of_every_list(bank: Bank, lookers: Lookers) -> None:
    at, wrong, seen, found = count(), [], {True: 0, False: 0}, set()
    for door, caller, address, plain in lists(bank, lookers):
        most = size_of(door, plain)
        seen[door.is_api] += 1
        for name in parameters_of(door, content(plain)):
            found.add(name)
            text = INJECTIONS[next(at) * 7 % len(INJECTIONS)]
            answer = caller.client.get(address, {name: text}, headers=caller.headers)
            told = wrong_with(bank, door, answer, most)
            wrong += [f"{address} {name}={text!r}: {told}"] if told else []
    assert wrong == [], "\n".join(wrong)
    assert next(at) >= len(INJECTIONS) == 500
    assert seen[True] >= 40
    assert seen[False] >= 40
    assert {"party_type", "actor", "status", "after", "cursor", "ordering"} <= found


@pytest.mark.parametrize(
    ("address", "filters"), BENIGN, ids=lambda told: told if isinstance(told, str) else ""
)
def test_a_filter_narrows(bank: Bank, lookers: Lookers, address: str, filters: dict[str, str]) -> None:
    """Else lists that ignore every parameter would pass."""
    door = next(door for door in doors() if "/" + door.route == address)
    caller = lookers.of(door)
    assert caller is not None
    every, some = (
        size_of(door, caller.client.get(address, told, headers=caller.headers)) for told in ({}, filters)
    )
    assert 0 < some < every


def narrowing(bank: Bank) -> Iterator[tuple[Door, str, dict[str, Any]]]:
    """Every endpoint whose body holds a text to look for, or filters: with the name of its operation and a body."""
    for door in doors():
        declared = door.operation("POST")
        fields = declared.body().fields if declared and declared.body else {}
        if declared and {"text", "filters"} & set(fields):
            yield door, declared.name, body_of(door, "POST", bank)


def test_bodies_that_search_and_filter(bank: Bank, lookers: Lookers) -> None:
    """Typed search, and the filters of exports and of saved views: as a value, and as the name of a filter."""
    wrong, targets = [], list(narrowing(bank))
    assert {"customers_search", "log_exports_create", "saved_views_create"} <= {
        name for _d, name, _t in targets
    }
    for at, text in enumerate(INJECTIONS):
        door, name, told = targets[at % len(targets)]
        caller = lookers.of(door, "POST")
        assert caller is not None, name
        headers = {**caller.headers, "Idempotency-Key": uuid.uuid4().hex}
        asked = {"text": text} if name == "customers_search" else {"filters": {"actor": text, text[:60]: "x"}}
        address = within(door, bank, caller.own)
        answer = caller.client.post(
            address, {**told, **asked}, content_type="application/json", headers=headers
        )
        hits = answer.json().get("hits", [])
        if (
            answer.status_code == 202
            or answer.status_code >= 500
            or bank.canaries.search(answer.content)
            or hits
        ):
            wrong.append(f"{name} {asked}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)
    assert not JobRun.objects.filter(params__has_key="filters").exclude(params__filters={}).exists()


def test_typed_search(bank: Bank) -> None:
    screens = Caller.on_pages(bank, "teller")
    for text in INJECTIONS[::5]:
        seen = screens.client.post("/search/", {"term": text}, follow=True)
        assert seen.status_code in (200, 422), text
        assert not bank.canaries.search(seen.content), text
        assert b"/customer/C" not in seen.content, text
    hit = screens.client.post("/search/", {"term": bank.number("own")}, follow=True)
    assert f"/customer/{bank.number('own')}/".encode() in hit.content
