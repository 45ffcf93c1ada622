"""Two hundred scripts in every text that somebody writes, on every page and in every answer: they are text."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest

from customers.services.revealing import MOST_FIELDS
from security.access.roles import ROLES
from tests.security.authorisation.attacks import RUNS, SCRIPTS
from tests.security.authorisation.doors import doors
from tests.security.authorisation.population import Bank
from tests.security.authorisation.probing import QUERIES, content, within
from tests.security.authorisation.scripted import texts, write_clear, write_sealed
from tests.security.authorisation.test_enumeration import Caller
from tests.support.database_roles import append_only_lifted, database_role

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("horizon")]
#: Texts that no page and no answer shows, and why.
UNSEEN: dict[str, str] = {}


def looks(bank: Bank) -> Iterator[tuple[str, Any]]:
    """Every page and every answer that somebody sees, at the own branch: by the first role that is let in."""
    callers: dict[tuple[str, bool], Caller] = {}
    for door in doors():
        make = Caller.on_api if door.is_api else Caller.on_pages
        for role in (one.code for one in ROLES if door.rule("GET") in one.permissions):
            key = (role, door.is_api)
            caller = callers[key] = callers.get(key) or make(bank, role)
            address = within(door, bank, caller.own) + QUERIES.get(door.route, "")
            answer = caller.client.get(address, headers=caller.headers)
            yield address, answer
            if answer.status_code == 200:
                break


@pytest.fixture
def clear(bank: Bank) -> dict[str, str]:
    with database_role("owner"), append_only_lifted():
        return write_clear()


def test_there_are_two_hundred_scripts_and_texts_for_most() -> None:
    assert len(SCRIPTS) == 200
    assert len(list(texts())) >= 80


def test_scripts_are_text_wherever_they_stand(bank: Bank, clear: dict[str, str]) -> None:
    """And each of them stands somewhere: on a page as text, or in an answer of the API as a value."""
    ran, seen = [], set()
    for address, answer in looks(bank):
        body, kind = content(answer).decode("utf-8", "replace"), answer.headers.get("Content-Type", "")
        page = kind.startswith("text/html")
        if page:
            ran += [address] if RUNS.search(body) else []
        else:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        written = escape if page else in_json
        seen |= {where for where, text in clear.items() if written(text) in body}
    assert ran == []
    assert set(clear) - seen == set(UNSEEN), sorted((set(clear) - seen) ^ set(UNSEEN))


def in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def test_scripts_that_are_sealed_are_text_where_they_are_shown(bank: Bank) -> None:
    with database_role("owner"):
        told = write_sealed(bank)
    officer, number = Caller.on_pages(bank, "compliance"), bank.number
    unseen: list[str] = []
    for (facet, row), fields in told.items():
        every = list(fields)
        for names in (every[at : at + MOST_FIELDS] for at in range(0, len(every), MOST_FIELDS)):
            address = f"/customer/{number('own', facet)}/reveal/{facet}/{row}/"
            form = {"fields_": list(names), "cause": "AML", "reason": "a probe of texts"}
            body = content(officer.client.post(address, form)).decode()
            assert not RUNS.search(body), address
            unseen += [f"{facet}.{name}" for name in names if escape(fields[name]) not in body]
    assert unseen == []
    assert sum(map(len, told.values())) >= 20
