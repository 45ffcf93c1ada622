"""Rotation: new versions of keys, and every stored value re-encrypted under the new one while work goes on.

A data key's new version comes into use first; then all its values, live and history, are re-encrypted in
chunks by compare-and-swap (security design 3.6): a value that somebody changed meanwhile is left to its
writer, who used one of the two keys, and found by the next pass. Nothing is remembered between chunks but
the values themselves, so a rotation may be killed anywhere; rotating again finishes it first.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Composed, Identifier

from mdm.errors import Invalid
from security.crypto import key_store
from security.crypto.coverage import StoredColumn, key_id_bytes, key_id_of
from security.crypto.handles import DataKeyHandle
from security.crypto.holdings import Holding
from security.crypto.keyring import RECHECK, keyring
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.purposes import Purpose

#: Values re-encrypted in one transaction.
CHUNK = 5_000
#: Seconds after which no process encrypts with the old version any more.
SETTLE = RECHECK + 1

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: the level and version now in use, keys or values under it, values re-encrypted."""

    level: str
    version: int
    values: int
    reencrypted: int


def make_root_version(actor: str, now: datetime) -> int:
    """Level 1: the provider makes the next version, not yet in use; says which.

    A version that was made before and never put into use is taken again. Unavailable `key.root_fixed`.
    """
    with key_store.session(writing=True) as cursor:
        root, in_use = keyring.root, key_store.load(cursor).root_version
        newest = root.info().version
        version = newest if in_use is not None and newest > in_use else root.generate().version
        KeyWriter(cursor, Maker(root, actor, now)).new_root_version(version)
    keyring.forget()
    return version


def activate_root(version: int, actor: str, now: datetime) -> Rotated:
    """Level 1: every domain key is wrapped anew under the version, in one transaction; nothing else changes.

    Every machine must hold the version already (a sealed file is copied to all of them first).
    """
    with key_store.session(writing=True) as cursor:
        moved = KeyWriter(cursor, Maker(keyring.root, actor, now)).rotate_root(version)
    keyring.forget()
    return Rotated("L1", version, moved, 0)


def rotate_domain(domain: str, actor: str, now: datetime) -> Rotated:
    """Level 2: a new key-encryption key; the data keys below it are wrapped anew in one transaction."""
    with key_store.session(writing=True) as cursor:
        new, moved = KeyWriter(cursor, Maker(keyring.root, actor, now)).rotate_domain(domain)
    keyring.forget()
    return Rotated("L2", new.version, moved, 0)


def rotate_purposes(
    rotations: Sequence["Rotation"], actor: str, now: datetime, settle: float = SETTLE, *, begun: bool = False
) -> list[Rotated]:
    """Level 3: begins or resumes every rotation, moves all values, waits for other writers, moves the rest.

    `settle` is seconds; 0 says that there are no other writers. `begun`: the new versions are in use already.
    Raises Invalid `key.rotation_unsupported` for digest keys: see `index_rotation`.
    """
    for rotation in () if begun else rotations:
        rotation.begin(actor, now)
    began = time.monotonic()
    moved = [rotation.move() for rotation in rotations]
    if settle and any(rotation.is_able for rotation in rotations):
        _wait_until(began + settle)
    return [
        rotation.result(first + rotation.move()) for rotation, first in zip(rotations, moved, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Rotation:
    """One purpose, the columns that hold its values, and what holds them elsewhere."""

    purpose: Purpose
    columns: Sequence[StoredColumn]
    progress: Progress = lambda done: None
    holding: Holding | None = None

    @property
    def is_able(self) -> bool:
        """Whether anything is known to hold values of the purpose."""
        return bool(self.columns or self.holding)

    def begin(self, actor: str, now: datetime) -> None:
        """Puts a new version into use, unless an earlier rotation still has values to move."""
        if self.purpose.algorithm != "SM4-GCM":
            message = _(
                "%(name)s is a digest key: its values are not encrypted, so there is nothing to move."
            )
            raise Invalid("key.rotation_unsupported", message % {"name": self.purpose.name})
        if not self.remaining():
            self._new_version(actor, now)

    def move(self) -> int:
        """Passes over the columns until one finds nothing; says how many values were re-encrypted."""
        total = 0
        for column in self.columns:
            while moved := self._pass(column):
                total += moved
        for moved in self.holding.move(self._target.key_id) if self.holding else ():
            self.progress(moved)
            total += moved
        return total

    def result(self, moved: int) -> Rotated:
        """What was done, and what the columns hold now."""
        total = sum(_count(column, None) for column in self.columns)
        total += sum(one.values for one in self.holding.coverage()) if self.holding else 0
        return Rotated("L3", self._target.version, total, moved)

    def _new_version(self, actor: str, now: datetime) -> None:
        with key_store.session(writing=True) as cursor:
            KeyWriter(cursor, Maker(keyring.root, actor, now)).new_version(self.purpose)
        keyring.forget()

    @property
    def _target(self) -> DataKeyHandle:
        """The version in use."""
        return keyring.current(self.purpose.name)

    def remaining(self) -> int:
        """Values under another than the version in use."""
        held = self.holding.under_others(self._target.key_id) if self.holding else 0
        return held + sum(_count(column, self._target.key_id) for column in self.columns)

    def _pass(self, column: StoredColumn) -> int:
        moved, cursor = 0, 0
        while rows := _old_values(column, self._target.key_id, cursor):
            cursor = rows[-1][0]
            done = self._move(column, rows)
            moved += done
            self.progress(done)
        return moved

    def _move(self, column: StoredColumn, rows: list[tuple[int, int, bytes]]) -> int:
        """One chunk; says how many values nobody had changed meanwhile."""
        keys, entities = [row[0] for row in rows], [row[1] for row in rows]
        old = [bytes(row[2]) for row in rows]
        new = column.field.sealed_column.reseal_column(entities, old)
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(_swap(column), [keys, new, old])
            return int(cursor.rowcount)


def wait_for_writers(settle: float) -> None:
    """Waits until every process has seen the last change of a key, and then for the writes under way.

    `settle` is seconds; 0 says that there are no other writers.
    """
    if settle:
        _wait_until(time.monotonic() + settle)


def _wait_until(until: float) -> None:
    time.sleep(max(0.0, until - time.monotonic()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        horizon = int(cursor.fetchone()[0])
        while _oldest_writer(cursor) < horizon:
            time.sleep(0.1)


def _oldest_writer(cursor: Any) -> int:
    """The oldest transaction that still writes."""
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    return int(cursor.fetchone()[0])


def _count(column: StoredColumn, but: int | None) -> int:
    """Values of a column, without those under key `but`."""
    condition, arguments = _not_under(column, but)
    statement = SQL("SELECT count(*) FROM {} WHERE {}").format(Identifier(column.table), condition)
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return int(cursor.fetchone()[0])


def _old_values(column: StoredColumn, but: int, cursor_at: int) -> list[tuple[int, int, bytes]]:
    """The next chunk after a row: primary key, entity id, value."""
    condition, arguments = _not_under(column, but)
    statement = SQL(
        "SELECT {key}, {entity}, {column} FROM {table} WHERE {old} AND {key} > %s ORDER BY {key} LIMIT %s"
    )
    named = statement.format(
        key=Identifier(column.key),
        entity=Identifier(column.entity),
        column=Identifier(column.column),
        table=Identifier(column.table),
        old=condition,
    )
    with connection.cursor() as cursor:
        cursor.execute(named, [*arguments, cursor_at, CHUNK])
        return list(cursor.fetchall())


def _not_under(column: StoredColumn, but: int | None) -> tuple[Composed, list[bytes]]:
    name = Identifier(column.column)
    if but is None:
        return SQL("{} IS NOT NULL").format(name), []
    return SQL("{} IS NOT NULL AND {} <> %s").format(name, key_id_of(column.column)), [key_id_bytes(but)]


def _swap(column: StoredColumn) -> Composed:
    return SQL(
        "UPDATE {table} t SET {column} = v.new "
        "FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) v(id, new, old) "
        "WHERE t.{key} = v.id AND t.{column} = v.old"
    ).format(table=Identifier(column.table), column=Identifier(column.column), key=Identifier(column.key))
