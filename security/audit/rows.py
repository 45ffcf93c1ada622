"""Rows of the operation log in the order of sealing, and how far the log may be sealed now."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from psycopg.sql import SQL

from security.audit.statement import Place, canonical_row, leaf


@dataclass(frozen=True, slots=True)
class Leaf:
    """One row as sealing sees it."""

    place: Place
    digest: bytes

    @property
    def row_id(self) -> int:
        return self.place[1]


def horizon() -> int:
    """The oldest transaction that has not ended: whatever is older has written all it ever will.

    Called before the rows are read, so that they are read in a later snapshot.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT panorama_log_horizon()::text")
        return int(cursor.fetchone()[0])


def leaves(after: Place, upto: Place, limit: int | None = None) -> list[Leaf]:
    """The leaves of the rows after one place up to another, at most `limit`, in order."""
    return list(_read(after, upto, limit))


def _read(after: Place, upto: Place, limit: int | None) -> Iterator[Leaf]:
    statement = SQL(
        "SELECT tx::text AS number, id, {row} AS row FROM security_operationlog"  # no output called `tx`:
        " WHERE (tx, id) > (%s::xid8, %s) AND (tx, id) <= (%s::xid8, %s) ORDER BY tx, id LIMIT %s"  # sorts by it
    ).format(row=canonical_row())
    with connection.cursor() as cursor:
        cursor.execute(statement, [str(after[0]), after[1], str(upto[0]), upto[1], limit])
        for tx, row_id, text in cursor.fetchall():
            yield Leaf((int(tx), row_id), leaf(text))
