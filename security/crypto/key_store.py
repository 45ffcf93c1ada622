"""The key tables, read and written on a connection of their own.

Why its own: a key made inside a business transaction would vanish when that rolls back, while the
process's cache and other processes might go on using it; and a key seen inside an uncommitted
transaction might never come to be. Here every key row is committed before anybody can hold it,
whatever the caller's transaction does, and reading works when the caller's transaction is aborted.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composed, Identifier

from security.crypto.purposes import Algorithm
from security.models.keys import DataKey, DomainKey, KeyState, RootKey

#: One writer of keys at a time (any number that nothing else locks).
_WRITER_LOCK = 0x6B657973
#: Who waits longer than this for a lock on the key tables is told so instead of hanging.
_LOCK_TIMEOUT = "10s"


_ADD_USES = (
    "INSERT INTO security_keyuse AS u (key_id, used) VALUES (%s, %s) "
    "ON CONFLICT (key_id) DO UPDATE SET used = u.used + EXCLUDED.used RETURNING used"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord(ABC):
    """What a row of either level holds; field names are column names."""

    table: ClassVar[str]

    id: int
    version: int
    state: str
    wrapped: bytes | None
    check_value: str
    created_at: datetime
    created_by: str
    revision: int
    state_since: datetime | None = None
    mac: bytes = b""

    def authenticated(self) -> bytes:
        """The bytes that the row's MAC covers: everything but the MAC itself.

        A row of before `state_since` was kept is covered without it, as it was written.
        """
        left_out = {"mac"} if self.state_since else {"mac", "state_since"}
        row = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in left_out}
        return json.dumps([self.table, row], sort_keys=True, default=_plain).encode()

    @abstractmethod
    def bound(self) -> bytes:
        """What the wrapped key is authenticated with."""

    @abstractmethod
    def label(self) -> str:
        """How refusals and pages name the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRecord(KeyRecord):
    """A version of the root key: what may be told of it."""

    table: ClassVar[str] = RootKey._meta.db_table

    provider: str

    def bound(self) -> bytes:
        return f"L1|{self.version}".encode()

    def label(self) -> str:
        return f"root v{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRecord(KeyRecord):
    """A level 2 key."""

    table: ClassVar[str] = DomainKey._meta.db_table

    domain: str
    root_version: int
    root_check: str

    def bound(self) -> bytes:
        return f"L2|{self.domain}|{self.version}|{self.created_at.astimezone(UTC).isoformat()}".encode()

    def label(self) -> str:
        return f"{self.domain} v{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRecord(KeyRecord):
    """A level 3 key."""

    table: ClassVar[str] = DataKey._meta.db_table

    purpose: str
    algorithm: Algorithm
    domain_key_id: int

    def bound(self) -> bytes:
        return f"L3|{self.id}|{self.purpose}|{self.algorithm}".encode()

    def label(self) -> str:
        return f"{self.purpose} v{self.version} (id {self.id})"


Record = TypeVar("Record", RootRecord, DomainRecord, DataRecord)
AnyRecord = RootRecord | DomainRecord | DataRecord
Generation = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyTables:
    """All key rows as one transaction saw them."""

    roots: list[RootRecord]
    domains: list[DomainRecord]
    data: list[DataRecord]

    @property
    def rows(self) -> list[AnyRecord]:
        """Every row of every level."""
        return [*self.roots, *self.domains, *self.data]

    @property
    def root_version(self) -> int | None:
        """The version of the root key under which all rows are: one at a time; None without any row."""
        active = [record.version for record in in_use(self.roots)]
        return max([*active, *(record.root_version for record in self.domains)], default=None)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)


@contextmanager
def session(*, writing: bool = False) -> Iterator[CursorWrapper]:
    """A transaction on a connection of its own, committed at the end and closed; writers go one by one.

    A reader sees all tables as they were at one moment: a change that commits meanwhile whole or not at all.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            if writing:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITER_LOCK])
            else:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield cursor
        connection.commit()
    finally:
        connection.close()  # what was not committed is rolled back


def add_uses(key_id: int, count: int) -> int:
    """Count `count` uses of a key, whatever becomes of the caller's transaction; says how many there are then."""
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ADD_USES, [key_id, count])
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def generation(cursor: CursorWrapper) -> Generation:
    """Changes whenever any key row was added, changed or removed."""
    summary = SQL("SELECT coalesce(max(revision), 0), coalesce(max(id), 0), count(*) FROM {}")
    each = [summary.format(_table(kind)) for kind in (RootRecord, DomainRecord, DataRecord)]
    cursor.execute(SQL("SELECT * FROM ({}) r, ({}) d, ({}) k").format(*each))
    return tuple(cursor.fetchone())


def load(cursor: CursorWrapper) -> KeyTables:
    """All keys."""
    return KeyTables(_all(cursor, RootRecord), _all(cursor, DomainRecord), _all(cursor, DataRecord))


def next_id(cursor: CursorWrapper, kind: type[KeyRecord]) -> int:
    """A new key id, never given twice; taken before wrapping, because the wrapped key is bound to it."""
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [kind.table])
    return int(cursor.fetchone()[0])


def insert(cursor: CursorWrapper, record: KeyRecord) -> None:
    """Adds a row."""
    places = SQL(", ").join([SQL("%s")] * len(_columns(type(record))))
    statement = SQL("INSERT INTO {} ({}) VALUES ({})")
    cursor.execute(statement.format(_table(record), _named(type(record)), places), _values(record))


def update(cursor: CursorWrapper, record: KeyRecord) -> None:
    """Replaces a row."""
    changes = SQL(", ").join(SQL("{} = %s").format(Identifier(name)) for name in _columns(type(record)))
    statement = SQL("UPDATE {} SET {} WHERE id = %s")
    cursor.execute(statement.format(_table(record), changes), [*_values(record), record.id])


def in_use(records: Sequence[Record]) -> list[Record]:
    """Those in use."""
    return [record for record in records if record.state == KeyState.ACTIVE]


def _all(cursor: CursorWrapper, kind: type[Record]) -> list[Record]:
    cursor.execute(SQL("SELECT {} FROM {} ORDER BY id").format(_named(kind), _table(kind)))
    return [kind(**_row(_columns(kind), row)) for row in cursor.fetchall()]


def _row(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(names, row, strict=True))
    binary = {name: bytes(values[name]) for name in ("wrapped", "mac") if values[name] is not None}
    return values | binary


def _columns(kind: type[KeyRecord]) -> list[str]:
    return [item.name for item in fields(kind)]


def _values(record: KeyRecord) -> list[Any]:
    return [getattr(record, item.name) for item in fields(record)]


def _table(kind: type[KeyRecord] | KeyRecord) -> Identifier:
    return Identifier(kind.table)


def _named(kind: type[KeyRecord]) -> Composed:
    return SQL(", ").join(map(Identifier, _columns(kind)))
