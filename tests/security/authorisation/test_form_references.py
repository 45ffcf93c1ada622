"""Forms of the screens that name something else: pointed out of scope, as every role that may open the form.

The forms are read off the pages themselves, so a form that is added is probed without being listed here.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from security.access.roles import ROLES
from security.models import Grant, OperationLog, Organisation
from tests.security.authorisation.doors import Door, doors
from tests.security.authorisation.population import PLACES, REACHED, Bank, belongings, staff_with
from tests.security.authorisation.probing import TRACES, Own, content, within
from tests.security.authorisation.test_injections import is_list, parameters_of
from tests.support.screens import Screens

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
OUTSIDE = tuple(place for place in PLACES if place not in REACHED)
#: The last part of a field's name -> what it names at a place.
POINTS: dict[str, Any] = {
    "org": lambda bank, place: PLACES[place],
    "org_id": lambda bank, place: PLACES[place],
    "parent": lambda bank, place: PLACES[place],
    "branch": lambda bank, place: PLACES[place],
    "nodes": lambda bank, place: PLACES[place],
    "customer": lambda bank, place: bank.number(place),
    "number": lambda bank, place: bank.number(place),
    "numbers": lambda bank, place: bank.number(place),
    "other": lambda bank, place: bank.number(place),
    "other_no": lambda bank, place: bank.number(place),
    "other_customer": lambda bank, place: bank.number(place),
    "user": lambda bank, place: f"colleague-{place}",
    "to": lambda bank, place: f"colleague-{place}",
    "taker": lambda bank, place: f"colleague-{place}",
    "manager": lambda bank, place: f"colleague-{place}",
    "answerable": lambda bank, place: f"colleague-{place}",
}
#: The same of filters, which know actors and customers besides.
FILTERS = {**POINTS, "actor": POINTS["user"], "customer_no": POINTS["customer"], "q": POINTS["customer"]}

#: Who has the forms: between them they may open every form there is.
WRITERS = ("teller", "branch_manager", "compliance", "administrator")


class Forms(HTMLParser):
    """The forms of a page that are posted: where to, and their fields with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(
                (told.get("action", ""), {}) if told.get("method") == "post" else ("", {"-": ""})
            )
        elif self.found and told.get("name"):
            self._select = told["name"] if tag == "select" else ""
            if tag in ("input", "textarea", "select", "button"):
                self.found[-1][1].setdefault(told["name"], told.get("value", ""))
        elif tag == "option" and self._select and self.found and (told.get("value") and "selected" in told):
            self.found[-1][1][self._select] = told["value"]


def named(field: str) -> str:
    """The last part of a field's name: `share-to` is `to`."""
    return re.split(r"[-.]", field)[-1]


def forms(client: Client, bank: Bank, own: Own, door: Door) -> Iterator[tuple[str, dict[str, str], str]]:
    """(address, fields, field that refers) of every form on a page of the own customer."""
    address = within(door, bank, own)
    shown = client.get(address)
    if shown.status_code != 200 or "html" not in shown.headers.get("Content-Type", ""):
        return
    page = Forms()
    page.feed(content(shown).decode())
    for action, fields in page.found:
        for field in fields:
            if named(field) in POINTS and "-" not in fields:
                yield action or address, fields, field


@pytest.mark.parametrize("role", WRITERS)
def test_a_form_that_points_out_of_scope_tells_and_does_nothing(bank: Bank, role: str) -> None:
    user = staff_with(role)
    screens, own = Screens(user), belongings(bank, user)
    held = next(set(one.permissions) for one in ROLES if one.code == role)
    wrong: list[str] = []
    probed: set[tuple[str, str]] = set()
    for door in doors():
        if not door.is_api and door.name != "logout" and door.rule("GET") in held:
            for address, fields, field in list(forms(screens.client, bank, own, door)):
                for place in OUTSIDE if (address, field) not in probed else ():
                    wrong += _probe(screens.client, bank, address, fields, field, place)
                probed.add((address, field))
    assert probed, "no form refers to anything: is the page read rightly?"
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("role", WRITERS[1:3])
def test_a_filter_of_a_page_that_points_out_of_scope_tells_nothing(bank: Bank, role: str) -> None:
    """Every parameter of every list that could name somebody, with what it would name there."""
    user = staff_with(role)
    screens, own = Screens(user), belongings(bank, user)
    held = next(set(one.permissions) for one in ROLES if one.code == role)
    wrong: list[str] = []
    probed = 0
    for door in doors():
        if door.is_api or door.name in ("logout", *TRACES) or door.rule("GET") not in held:
            continue
        address = within(door, bank, own)
        plain = screens.client.get(address)
        if plain.status_code == 200 and is_list(door, plain):
            for name in parameters_of(door, content(plain)):
                for place in OUTSIDE if named(name) in FILTERS else ():
                    probed += 1
                    wrong += _told(screens.client, bank, address, name, FILTERS[named(name)](bank, place))
    assert probed, "no list can be narrowed to anybody: is the page read rightly?"
    assert wrong == [], "\n".join(wrong)


def _told(client: Client, bank: Bank, address: str, name: str, points: str) -> Iterator[str]:
    answer = client.get(address, {name: points})
    body = content(answer).replace(points.encode(), b"")
    if answer.status_code >= 500 or bank.canaries.search(body) or bank.outside().search(body):
        yield f"GET {address} {name}={points}: {answer.status_code}"


def _probe(
    client: Client, bank: Bank, address: str, fields: dict[str, str], field: str, place: str
) -> Iterator[str]:
    points = POINTS[named(field)](bank, place)
    sent = {name: value or "1" for name, value in fields.items() if not name.endswith("csrfmiddlewaretoken")}
    before = Organisation.objects.get(code=PLACES[place]).parent_id
    with transaction.atomic():
        newest, grants = OperationLog.objects.latest("pk").pk, Grant.objects.latest("pk").pk
        answer = client.post(address, {**sent, "reason": "a probe", field: points})
        done = _done(bank, newest, grants)
        moved = Organisation.objects.get(code=PLACES[place]).parent_id != before
        transaction.set_rollback(True)
    asked = f"POST {address} {field}={points}: {answer.status_code}"
    body = content(answer).replace(str(points).encode(), b"")
    if answer.status_code >= 500:
        yield asked
    if bank.canaries.search(body) or bank.outside().search(body):
        yield f"{asked}, tells of somebody out of scope"
    if done or moved:
        yield f"{asked}, did {done or 'move'}"


def _done(bank: Bank, newest: int, grants: int) -> list[str]:
    """What was done to customers out of scope, and roles given there."""
    theirs = [held[place] for held in (bank.customers, bank.twins) for place in OUTSIDE]
    logged = OperationLog.objects.filter(pk__gt=newest, customer_id__in=theirs, result="ok")
    given = Grant.objects.filter(org__code__in=[PLACES[place] for place in OUTSIDE])
    new = given.filter(pk__gt=grants)
    return [*logged.values_list("action", flat=True), *(["grant"] if new.exists() else [])]
