"""Two hundred scripts in every text that somebody writes, on every page and in every answer: they are text."""

from collections.abc import Iterator
from html import escape
from typing import Any

import pytest

from customers.services.revealing import MOST_FIELDS
from security.access.roles import ROLES
from tests.security.authorisation.attacks import RUNS, SCRIPTS
from tests.security.authorisation.doors import doors
from tests.security.authorisation.population import Bank
from tests.security.authorisation.probing import content, within
from tests.security.authorisation.scripted import texts, write_clear, write_sealed
from tests.security.authorisation.test_enumeration import Caller
from tests.support.database_roles import append_only_lifted, database_role

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
#: Texts that are certainly seen: else nothing would have been looked at.
SEEN = {"customers.Address.province", "customers.Address.city"}


def looks(bank: Bank) -> Iterator[tuple[str, Any]]:
    """Every page and every answer that somebody sees, at the own branch."""
    makers: dict[tuple[str, bool], Caller] = {}
    for door in doors():
        role = next((one.code for one in ROLES if door.rule("GET") in one.permissions), None)
        if role is None or door.name == "logout":
            continue
        make = Caller.on_api if door.is_api else Caller.on_pages
        caller = makers.setdefault((role, door.is_api), makers.get((role, door.is_api)) or make(bank, role))
        address = within(door, bank, caller.own)
        yield address, caller.client.get(address, headers=caller.headers)


@pytest.fixture
def clear(bank: Bank) -> dict[str, str]:
    with database_role("owner"), append_only_lifted():
        return write_clear()


def test_there_are_two_hundred_scripts_and_texts_for_most() -> None:
    assert len(SCRIPTS) == 200
    assert len(list(texts())) >= 80


def test_scripts_are_text_wherever_they_stand(bank: Bank, clear: dict[str, str]) -> None:
    ran, seen = [], set()
    for address, answer in looks(bank):
        body, kind = content(answer).decode("utf-8", "replace"), answer.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            ran += [address] if RUNS.search(body) else []
            seen |= {where for where, text in clear.items() if escape(text) in body}
        else:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
    assert ran == []
    assert seen >= SEEN


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
