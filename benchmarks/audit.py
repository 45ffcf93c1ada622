"""Writing the operation log: several processes, one row a transaction, sealed while they write.

- ours: the log itself, with a sealer in a process of its own that seals every half second;
- floor: a plain insert of the same rows into a table like it, that nobody seals and nothing orders;
- peer: one global hash chain: each row takes the head of the chain `FOR UPDATE`, as chained logs do.

Rates are transactions a second of all writers together. The three take turns, in changing order, and the median
of the rounds counts. `seal_us` and `verify_us` are what one row costs the sealer and the verifier. `kept_up` says of
the moment at which the writers of the last round were done: rows written so far, rows sealed by then, and the seconds
that the oldest of the others has waited (`lag_s`); `most_lag_s` is the worst of all rounds.
"""

import multiprocessing
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from threading import Event
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Sum

from benchmarks.measured import Measured
from mdm.conf import conf
from security.audit.following import EVERY, PATIENCE, follow
from security.audit.sealing import Sealer
from security.audit.verification import Verifier
from security.audit.waiting import waiting
from security.crypto.algorithms import sm3
from security.models import AuditSeal, OperationLog

#: Rows that each of ours and the floor writes, in all rounds together.
ROWS = 27_000
WRITERS = 8
ROUNDS = 9
#: The peer is slower: it gets this share of the rows.
PEER_SHARE = 4

COLUMNS = (
    "at, actor, actor_id, roles, org_code, channel, address, request_id, action, subject, object_id,"
    " customer_id, fields, reason, result"
)
_PLACES = ", ".join(["%s"] * 15)
PLAIN, CHAIN = "benchmark_plain", "benchmark_chain"
SCHEMA = f"""
CREATE TABLE {PLAIN} (LIKE security_operationlog INCLUDING DEFAULTS INCLUDING IDENTITY);
ALTER TABLE {PLAIN} DROP COLUMN tx, ADD PRIMARY KEY (id);
CREATE INDEX ON {PLAIN} (customer_id, at DESC);
CREATE INDEX ON {PLAIN} (actor, at DESC);
CREATE INDEX ON {PLAIN} (at DESC, id DESC);
CREATE TABLE {CHAIN} (LIKE {PLAIN} INCLUDING ALL);
ALTER TABLE {CHAIN} ADD COLUMN link bytea NOT NULL;
CREATE TABLE {CHAIN}_head (link bytea NOT NULL);
INSERT INTO {CHAIN}_head VALUES ('\\x00');
GRANT SELECT, INSERT, UPDATE ON {PLAIN}, {CHAIN}, {CHAIN}_head TO "{conf.role_name("engine")}";
"""  # noqa: S608 (tables of our own)

Database = psycopg.Connection[tuple[Any, ...]]
Writing = Callable[[Database, tuple[Any, ...]], None]


def run(rows: int) -> Measured:
    """The arms take turns, a slice of the rows each; then what sealing and verifying cost."""
    _as_owner(SCHEMA)
    connection.close()
    rates: dict[str, list[float]] = {"ours": [], "floor": [], "peer": []}
    ends: list[dict[str, float]] = []
    with _sealing() as sealer:
        for turn in range(ROUNDS):
            for arm in (("floor", "ours", "peer"), ("ours", "floor", "peer"))[turn % 2]:
                rates[arm].append(_slice(arm, rows // ROUNDS, sealer, ends))
    median = {arm: statistics.median(found) for arm, found in rates.items()}
    spread = {f"{arm}_rates": [round(rate) for rate in found] for arm, found in rates.items()}
    kept_up = ends[-1] | {"most_lag_s": max(end["lag_s"] for end in ends)}
    more = _costs(rows) | {"kept_up": kept_up, "writers": WRITERS, "rounds": ROUNDS} | spread
    return Measured(rows, median["ours"], median["peer"], median["floor"], more)


def _slice(arm: str, rows: int, sealer: BaseProcess, ends: list[dict[str, float]]) -> float:
    """Transactions a second of one arm in one round; the sealer stands still unless it is ours, and how far it is
    then comes to `ends`."""
    if arm != "ours":
        return _rate(arm, rows // PEER_SHARE if arm == "peer" else rows)
    os.kill(sealer.pid or 0, signal.SIGCONT)
    try:
        rate = _rate(arm, rows)
        ends.append(_end())
        return rate
    finally:
        os.kill(sealer.pid or 0, signal.SIGSTOP)


def _end() -> dict[str, float]:
    """How far the sealer is at this moment."""
    late = waiting(datetime.now(UTC))
    sealed = AuditSeal.objects.aggregate(rows=Sum("count"))["rows"] or 0
    written = OperationLog.objects.count()
    connection.close()  # writers are forked
    return {"written": written, "sealed": sealed, "lag_s": round(late.seconds, 2)}


@contextmanager
def _sealing() -> Iterator[BaseProcess]:
    """The sealer in a process of its own, with its keys and its checkpoint store at hand; it stands still."""
    with _connected() as database:
        _insert("security_operationlog")(database, _row(0, 0))
    sealer = multiprocessing.get_context("fork").Process(target=_seal)
    sealer.start()
    while waiting(datetime.now(UTC)).since is not None:
        time.sleep(EVERY)
    connection.close()
    os.kill(sealer.pid or 0, signal.SIGSTOP)
    try:
        yield sealer
    finally:
        os.kill(sealer.pid or 0, signal.SIGCONT)
        sealer.terminate()
        sealer.join()


def _seal() -> None:
    """The sealer's process, as `audit_seal --follow` runs it."""
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    os.nice(PATIENCE)
    follow(stopped, every=EVERY)


def _rate(arm: str, rows: int) -> float:
    """All writers begin together; the clock stops when the last is done."""
    context = multiprocessing.get_context("fork")
    begin, each = context.Barrier(WRITERS + 1), rows // WRITERS
    writers = [context.Process(target=_write, args=(arm, each, number, begin)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    begin.wait()
    began = time.perf_counter()
    for writer in writers:
        writer.join()
    if any(writer.exitcode for writer in writers):
        raise RuntimeError(f"a writer of {arm} failed")
    return each * WRITERS / (time.perf_counter() - began)


def _write(arm: str, rows: int, number: int, begin: Any) -> None:
    """One writer: one row a transaction."""
    write = {"ours": _insert("security_operationlog"), "floor": _insert(PLAIN), "peer": _link}[arm]
    with _connected() as database:
        write(database, _row(number, 0))
        begin.wait()
        for one in range(rows):
            write(database, _row(number, one))


def _insert(table: str) -> Writing:
    statement = f"INSERT INTO {table} ({COLUMNS}) VALUES ({_PLACES})"  # noqa: S608 (a table of our own)

    def insert(database: Database, row: tuple[Any, ...]) -> None:
        with database.transaction():
            database.execute(statement, row, prepare=True)

    return insert


_HEAD = f"SELECT link FROM {CHAIN}_head FOR UPDATE"  # noqa: S608 (tables of our own)
_NEXT = f"INSERT INTO {CHAIN} ({COLUMNS}, link) VALUES ({_PLACES}, %s)"  # noqa: S608
_MOVE = f"UPDATE {CHAIN}_head SET link = %s"  # noqa: S608


def _link(database: Database, row: tuple[Any, ...]) -> None:
    """The next link of one global chain."""
    with database.transaction():
        head = database.execute(_HEAD, prepare=True).fetchone()
        link = sm3((head or (b"",))[0] + repr(row).encode())
        database.execute(_NEXT, (*row, link), prepare=True)
        database.execute(_MOVE, (link,), prepare=True)


def _row(writer: int, number: int) -> tuple[Any, ...]:
    """What a teller's look at a customer leaves."""
    who = (datetime.now(UTC), f"teller{writer}", 1000 + writer, "teller", "1100", "COUNTER", "10.20.30.40")
    what = (f"{writer:08x}{number:024x}", "customer.panorama", "customer", None, 1_000_000 + number)
    return (*who, *what, '{"shown": 1}', "", "ok")


def _connected(role: str = "engine") -> Database:
    told = conf.database
    return psycopg.connect(
        host=told["host"],
        port=told["port"],
        dbname=told["name"],
        user=conf.role_name("owner" if role == "owner" else "engine"),
        password=conf.get(f"DB_PASSWORD_{role.upper()}"),
        autocommit=True,
    )


def _as_owner(script: str) -> None:
    with _connected("owner") as database:
        database.execute(script)


def _costs(rows: int) -> dict[str, Any]:
    """Microseconds a row of sealing what waits and of verifying all, by one process each."""
    sealer = Sealer()
    _drained(sealer)
    with _connected() as database:
        _many(database, [_row(0, number) for number in range(rows)])
    began = time.perf_counter()
    sealed = _drained(sealer)
    seal_us = (time.perf_counter() - began) / sealed * 1e6
    found = Verifier().verify()
    if found.broken:
        raise RuntimeError(f"the log does not verify: {found.findings[:3]}")
    return {
        "seal_us": round(seal_us, 1),
        "verify_us": round(found.seconds / found.checked * 1e6, 1),
        "sealed": found.checked,
        "seals": found.seals,
    }


def _many(database: Database, rows: Sequence[tuple[Any, ...]]) -> None:
    with database.cursor().copy(f"COPY security_operationlog ({COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _drained(sealer: Sealer) -> int:
    """Seal until nothing waits; how many rows."""
    sealed = 0
    while waiting(datetime.now(UTC)).since is not None:
        sealed += sealer.round(datetime.now(UTC))
    return sealed
