"""Whatever page or answer names a customer has left a row of the operation log that names that customer; while the log
takes no row, nothing of the kind is shown. Every door that is read by GET, by somebody who holds every role."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from customers.models import Customer
from security.access.roles import PERMISSIONS, ROLES
from security.models import OperationLog, Organisation
from tests.factories.security import grant
from tests.security.authorisation.doors import Door, doors
from tests.security.authorisation.population import (
    PLACES,
    Bank,
    fresh_token,
    open_bank,
    staff_with,
    system_with,
)
from tests.security.authorisation.probing import addresses, content
from tests.support.log_rows import newest
from tests.support.refusing_log import refusing_log
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
#: Doors that name customers whom they did not read: name -> why no row says so.
NO_READ: dict[str, str] = {}


@pytest.fixture
def bank(db: None) -> Iterator[Bank]:
    logging.disable(logging.CRITICAL)
    yield open_bank()
    logging.disable(logging.NOTSET)


def _everyone(user: Any) -> Any:
    home = Organisation.objects.get(code=PLACES["own"])
    for role in ROLES[1:]:
        grant(user, role.code, home)
    return user


def by_staff(bank: Bank) -> tuple[Client, dict[str, str]]:
    return Screens(_everyone(staff_with(ROLES[0].code))).client, {}


def by_system(bank: Bank) -> tuple[Client, dict[str, str]]:
    client, token = system_with(ROLES[0].code)
    _everyone(client.user)
    headers = {"Authorization": f"Bearer {fresh_token(client, token)}"}
    return Client(raise_request_exception=False), headers


def readable(bank: Bank, *, api: bool) -> Iterator[tuple[Door, str]]:
    """Every door that a right opens, with one address of the own branch."""
    for door in doors():
        if door.is_api == api and door.rule("GET") in PERMISSIONS:
            found = dict(addresses(door, bank))
            yield door, found.get("own") or next(iter(found.values()))


def asked(client: Client, address: str, headers: dict[str, str], numbers: dict[bytes, int]) -> Any:
    """(status, ids of the customers that the answer names, ids of those that the log names since); taken back."""
    mark = newest()
    with transaction.atomic():
        answer = client.get(address, headers=headers)
        named = {pk for number, pk in numbers.items() if number in content(answer)}
        rows = OperationLog.objects.filter(pk__gt=mark).values_list("customer_id", flat=True)
        logged = set(rows)
        transaction.set_rollback(True)
    return answer.status_code, named, logged


@pytest.mark.parametrize("api", [False, True], ids=["pages", "endpoints"])
def test_who_is_named_is_in_the_log_and_without_the_log_nobody_is_named(bank: Bank, api: bool) -> None:
    ids = [*bank.customers.values(), *bank.twins.values()]
    numbers = {Customer(pk=pk).customer_no.encode(): pk for pk in ids}
    client, headers = (by_system if api else by_staff)(bank)
    naming, wrong, shown = [], [], 0
    for door, address in readable(bank, api=api):
        status, named, logged = asked(client, address, headers, numbers)
        if status == 200 and named:
            naming.append((door, address))
            shown += len(named)
            if named - logged and door.name not in NO_READ:
                wrong.append(f"{address} ({door.name}): {len(named - logged)} of {len(named)} not in the log")
    assert len(naming) > 30, "hardly anything was looked at"
    assert wrong == [], "\n".join(wrong)
    with refusing_log():
        for door, address in naming:
            status, named, _logged = asked(client, address, headers, numbers)
            own = re.findall(rb"C[0-9A-Z]{11}", address.encode())
            if status == 200 and named - {numbers[number] for number in own if number in numbers}:
                wrong.append(f"{address} ({door.name}): shown although nothing could be logged")
            elif status < 500 and door.name not in NO_READ:
                wrong.append(f"{address} ({door.name}): {status} although nothing could be logged")
    assert wrong == [], "\n".join(wrong)
