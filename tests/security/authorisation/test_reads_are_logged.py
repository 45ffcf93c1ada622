"""Whatever page or answer names a customer has left a row of the operation log that names that customer; while the log
takes no row, nothing of the kind is shown. Every door that is read by GET, by somebody who holds every role."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from customers.models import Customer
from mdm.rest.operations import SIGNED_IN
from security.access.roles import PERMISSIONS, ROLES
from security.audit.log import DONE
from security.models import OperationLog, Organisation
from tests.factories.security import grant
from tests.security.authorisation.doors import Door, doors
from tests.security.authorisation.population import (
    PLACES,
    Bank,
    belongings,
    fresh_token,
    staff_with,
    system_with,
)
from tests.security.authorisation.probing import QUERIES, content, within
from tests.support.log_rows import newest
from tests.support.refusing_log import refusing_log
from tests.support.screens import Screens

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
#: Doors that name customers whom they did not read: name, or route -> why no row says so.
NO_READ = {
    "security_operationlog_changelist": "rows of the log, which say whom they are about; `audit.read` says who looked",
}
#: How many doors name somebody at the least: pages, endpoints.
LEAST = (90, 60)
#: Whom an answer names, and who of them is not in the log.
Looked = tuple[set[int], set[int]]


@dataclass(frozen=True)
class Asking:
    """One door at one address."""

    door: Door
    address: str

    @property
    def name(self) -> str:
        return self.door.name or self.door.route

    def ask(self, client: Client, headers: dict[str, str]) -> Any:
        return client.get(self.address + QUERIES.get(self.door.route, ""), headers=headers)

    def __str__(self) -> str:
        return f"{self.address} ({self.name})"


def somebody(*, api: bool) -> tuple[Client, dict[str, str], Any]:
    """Who holds every role at the own branch: a member of staff, or a client system."""
    if not api:
        user: Any = _everyone(staff_with(ROLES[0].code))
        return Screens(user).client, {}, user
    system, token = system_with(ROLES[0].code)
    user = _everyone(system.user)
    headers = {"Authorization": f"Bearer {fresh_token(system, token)}"}
    return Client(raise_request_exception=False), headers, user


def _everyone(user: Any) -> Any:
    home = Organisation.objects.get(code=PLACES["own"])
    for role in ROLES[1:]:
        grant(user, role.code, home)
    return user


def readable(bank: Bank, user: Any, *, api: bool) -> Iterator[Asking]:
    """Every door that a right opens, with one address of the own branch or of what is one's own."""
    own = belongings(bank, user)
    for door in doors():
        if door.is_api == api and (rule := door.rule("GET")) and (rule in PERMISSIONS or rule == SIGNED_IN):
            yield Asking(door, within(door, bank, own))


def named(asking: Asking, answer: Any, numbers: Mapping[bytes, int]) -> set[int]:
    """The ids of the customers that an answer names, or that it is about by its address."""
    said = content(answer) + asking.address.encode() if answer.status_code == 200 else b""
    return {pk for number, pk in numbers.items() if number in said}


def unlogged(asking: Asking, client: Client, headers: dict[str, str], numbers: Mapping[bytes, int]) -> Looked:
    """Whom an answer names, and who of them no row of the log names since; taken back."""
    mark = newest()
    with transaction.atomic():
        seen = named(asking, asking.ask(client, headers), numbers)
        rows = OperationLog.objects.filter(pk__gt=mark, result=DONE).values_list("customer_id", flat=True)
        found = seen - set(rows)
        transaction.set_rollback(True)
    return seen, found


def answered(asking: Asking, client: Client, headers: dict[str, str]) -> int:
    """The status of an answer; taken back."""
    with transaction.atomic():
        status: int = asking.ask(client, headers).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("api", [False, True], ids=["pages", "endpoints"])
def test_who_is_named_is_in_the_log_and_without_the_log_nobody_is_named(bank: Bank, api: bool) -> None:
    ids = [*bank.customers.values(), *bank.twins.values()]
    numbers = {Customer(pk=pk).customer_no.encode(): pk for pk in ids}
    client, headers, user = somebody(api=api)
    naming, wrong = [], []
    for asking in readable(bank, user, api=api):
        seen, missing = unlogged(asking, client, headers, numbers)
        if seen:
            naming.append(asking)
        if missing and asking.name not in NO_READ:
            wrong.append(f"{asking}: {len(missing)} of {len(seen)} are not in the log")
    with refusing_log():
        for asking in naming:
            if (status := answered(asking, client, headers)) < 500:
                wrong.append(f"{asking}: {status} although nothing could be logged")
    assert wrong == [], "\n".join(wrong)
    assert len(naming) >= LEAST[api], "hardly anything was looked at"
    assert api or set(NO_READ) <= {asking.name for asking in naming}
