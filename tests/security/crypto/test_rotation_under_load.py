"""A data key is changed over 200,000 values while 20 clients read and write; its process is killed twice."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

import pytest
from django.db import connection

from customers.models import Phone
from customers.selectors.customer import VIEW
from customers.services import facets
from mdm.bulk.rows import insert_with_history
from mdm.bulk.writing import allocate_ids
from mdm.conf import BASE_DIR
from mdm.subjects import Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.crypto import keyring
from security.crypto.coverage import key_id_bytes
from security.models.keys import DataKey
from tests.factories.customers import bank, person, stamp, stored
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

Process = subprocess.Popen[bytes]
#: Seconds after which something that should have happened never will.
PATIENCE = 600.0
PURPOSE = "customers_phone.number"
TABLES = ("customers_phone", "customers_historicalphone")
CLIENTS, CUSTOMERS, PHONES = 20, 10_000, 10
#: Live rows, and as many rows of history.
VALUES = 2 * CUSTOMERS * PHONES
#: Seconds that a client looks at what it sees.
THINKS = 0.15
#: Of ten things a client does, so many are writes.
WRITES = 3


@dataclass
class Client:
    """A member of staff at work: some customers' telephones are its own, and it knows what each should be."""

    actor: Actor
    #: row -> every number it has had, oldest first
    told: dict[int, list[str]]
    chance: random.Random
    reads: int = 0
    writes: int = 0
    failures: list[BaseException] = field(default_factory=list)

    def work(self, at_work: threading.Barrier, stop: threading.Event) -> None:
        """Read and write until told to stop; the first failure ends it."""
        rows = list(self.told)
        try:
            connection.ensure_connection()
            at_work.wait(PATIENCE)
            while not stop.wait(THINKS):
                row = self.chance.choice(rows)
                self.write(row) if self.chance.randrange(10) < WRITES else self.read(row)
        except BaseException as failure:  # noqa: BLE001 (a thread's own would be lost)
            self.failures.append(failure)
        finally:
            connection.close()

    def read(self, row: int) -> None:
        """The number as it stands, and all that it ever was, as a page shows them."""
        with in_scope(self.actor, VIEW):
            now = Phone.objects.get(pk=row).number.open()
            past = [one.number.open() for one in Phone.history.filter(id=row).order_by("history_id")]
        assert [now, past] == [self.told[row][-1], self.told[row]]
        self.reads += 1

    def write(self, row: int) -> None:
        """Another number, by the service that every door calls."""
        number = f"+86139{self.chance.randrange(10**8):08d}"
        version = len(self.told[row])
        if number != self.told[row][-1]:
            facets.change(
                self.actor, "phone", row, version, {"number": number}, reason="told at the counter", at=NOW
            )
            self.told[row].append(number)
            self.writes += 1


def bank_of_telephones() -> dict[int, dict[int, list[str]]]:
    """Customers with ten telephones each, in seconds: by customer, what each row holds."""
    bank()
    model = stored(person(phone=[]))
    with database_role("engine"):
        customers = allocate_ids("customers_customer", CUSTOMERS)
        _copies(model, customers)
        names = ({"kind": "LEGAL", "full_name": "欧阳知远"} for _ in customers)
        _insert(
            "customer_name", [{**row, **_of(c, "LEGAL")} for c, row in zip(customers, names, strict=True)]
        )
        serial = count()
        rows = [
            {**_of(c, str(n)), "kind": "MOBILE", "number": f"+86138{next(serial):08d}"}
            for c in customers
            for n in range(PHONES)
        ]
        _insert("phone", rows)
    told: dict[int, dict[int, list[str]]] = {}
    for row in rows:
        told.setdefault(row["customer_id"], {})[row["id"]] = [row["number"]]
    return told


def _of(customer: int, slot: str) -> Row:
    return {"customer_id": customer, "slot": slot, "source_system": "core", "source_key": f"K{customer}"}


def _insert(name: str, rows: list[Row]) -> None:
    facet = registry.facet(name)
    ids = allocate_ids(facet.model._meta.db_table, len(rows))
    for row, row_id in zip(rows, ids, strict=True):
        row["id"] = row_id
    insert_with_history(facet, rows, stamp())


def _copies(model: int, ids: Sequence[int]) -> None:
    """Customers like one that is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_customer LIMIT 0")
        rest = ", ".join(column.name for column in cursor.description if column.name != "id")
        cursor.execute(
            f"INSERT INTO customers_customer (id, {rest}) SELECT n, {rest} "
            "FROM customers_customer, unnest(%s::bigint[]) n WHERE id = %s",
            [list(ids), model],
        )


def rotation_process() -> Process:
    """`manage.py keys rotate` as an operator starts it, on this test's database."""
    told = {"PANORAMA_DB_NAME": str(connection.settings_dict["NAME"])}
    environment = {name: value for name, value in os.environ.items() if name != "PANORAMA_DB_ROLE"} | told
    command = [sys.executable, "manage.py", "keys", "rotate", "--purpose", PURPOSE, "--json"]
    return subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE)


def wait_until(reached: Callable[[], bool], process: Process) -> None:
    """Look again and again until something is so; AssertionError where the process ends before."""
    until = monotonic() + PATIENCE
    while not reached():
        with suppress(subprocess.TimeoutExpired):
            assert process.wait(0.2) is None, f"ended with {process.returncode}"
        assert monotonic() < until, "nothing happens"


def under(key_id: int, *, others: bool = False) -> int:
    """Values under a key (or under any but it), in live rows and history."""
    told = "<>" if others else "="
    counts = (
        f"SELECT count(*) n FROM {table} WHERE substring(number FROM 3 FOR 4) {told} %s" for table in TABLES
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sum(n) FROM ({' UNION ALL '.join(counts)}) c", [key_id_bytes(key_id)] * 2)
        return int(cursor.fetchone()[0])


def kill_once_moved(process: Process, new: int, least: int) -> None:
    """SIGKILL when at least so many values are under the new version and as surely many are not."""
    wait_until(lambda: under(new) >= least, process)
    process.kill()
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert under(new) >= least
    assert under(new, others=True) > 0


def new_version(process: Process, old: int) -> int:
    """The id of the key that the rotation puts into use."""
    found = DataKey.objects.filter(purpose=PURPOSE, state="active").exclude(pk=old)
    wait_until(found.exists, process)
    return int(found.get().pk)


def hired(told: dict[int, dict[int, list[str]]]) -> list[Client]:
    """Twenty clients, each with customers of its own."""
    shares = list(told.values())
    return [
        Client(
            everything(f"client-{n}"),
            {row: numbers for phones in shares[n::CLIENTS] for row, numbers in phones.items()},
            random.Random(n),
        )
        for n in range(CLIENTS)
    ]


@contextmanager
def at_work(clients: Sequence[Client]) -> Iterator[None]:
    """All of them read and write, each in a thread and a connection of its own."""
    begun, stop = threading.Barrier(CLIENTS + 1), threading.Event()
    threads = [threading.Thread(target=client.work, args=[begun, stop]) for client in clients]
    for thread in threads:
        thread.start()
    try:
        begun.wait(PATIENCE)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)


def all_told(clients: Sequence[Client]) -> dict[int, list[str]]:
    return {row: told for client in clients for row, told in client.told.items()}


def all_stored() -> dict[int, list[str]]:
    """Every telephone's numbers of the past, opened as a column; the newest is what the live row holds."""
    number = Phone._meta.get_field("number")
    live = list(Phone.objects.order_by("pk").values_list("pk", "number"))
    past = list(Phone.history.order_by("history_id").values_list("id", "number"))
    found: dict[int, list[str]] = {}
    opened = number.open_column([pk for pk, _ in past], [bytes(value) for _, value in past])
    for (pk, _), value in zip(past, opened, strict=True):
        found.setdefault(pk, []).append(value)
    now = number.open_column([pk for pk, _ in live], [bytes(value) for _, value in live])
    assert {pk: told[-1] for pk, told in found.items()} == {
        pk: value for (pk, _), value in zip(live, now, strict=True)
    }
    return found


@pytest.mark.django_db(transaction=True)
def test_200_000_values_move_while_20_clients_work_and_the_rotation_dies_twice() -> None:
    clients = hired(bank_of_telephones())
    old = keyring.current(PURPOSE).key_id
    with at_work(clients), database_role("engine"):
        assert under(old) >= VALUES
        process = rotation_process()
        new = new_version(process, old)
        kill_once_moved(process, new, VALUES // 10)
        kill_once_moved(rotation_process(), new, VALUES // 2)
        before = [client.writes for client in clients]
        last = rotation_process()
        assert last.wait(PATIENCE) == 0
        assert (under(old), under(new, others=True)) == (0, 0)
        assert DataKey.objects.get(pk=old).state == "decrypt_only"
    assert [client.failures for client in clients] == [[]] * CLIENTS
    assert all(client.reads and client.writes > past for client, past in zip(clients, before, strict=True))
    with database_role("engine"):
        assert all_stored() == all_told(clients)
        assert under(new, others=True) == 0
