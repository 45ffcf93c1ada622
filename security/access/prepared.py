"""Statements that PostgreSQL plans once a connection: what every request asks, and the panorama, whose planning
takes longer than running it.

Django binds values on our side and so never prepares; these go through psycopg's own server-side cursor on
the same connection, inside the same transaction, seen by the same execute wrappers.

A pooler between us and the server must keep prepared statements (PgBouncer from 1.21 on).
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg.sql import SQL

#: Rows as psycopg gives them: bytes for bytea, aware times, decimals, dates.
Rows = list[tuple[Any, ...]]
#: A list of ids as the statements take it. In a sub-select the planner cannot see how many there are, so that
#: one plan serves every call; with the bare parameter it would plan anew each time.
IDS = SQL("(SELECT %(ids)s::bigint[])::bigint[]")


class _Prepared(psycopg.Cursor[tuple[Any, ...]]):
    """Prepares whatever it executes."""

    def execute(self, query: Any, params: Any = None, **_more: Any) -> "_Prepared":
        return super().execute(query, params, prepare=True)


class _Counted(CursorDebugWrapper):
    """Tells the statement as it was given; Django would ask its own kind of cursor for it."""

    def execute(self, sql: Any, params: Any = None) -> Any:
        with self.debug_sql(sql, params):
            return CursorWrapper.execute(self, sql, params)


def fetch(statement: str, params: Mapping[str, Any] | Sequence[Any]) -> Rows:
    """All rows of a statement, which is prepared on its first use in a connection."""
    database = connections[DEFAULT_DB_ALIAS]  # not the proxy, which looks for the thread's own at every step
    database.close_if_health_check_failed()  # once a request, as Django's own cursors do
    database.ensure_connection()
    raw = cast("psycopg.Connection[tuple[Any, ...]]", database.connection)
    raw.prepare_threshold = 0  # Django turns preparing off; its own cursors never prepare in any case
    wrapper = _Counted if database.queries_logged else CursorWrapper
    with wrapper(_Prepared(raw), database) as cursor:
        cursor.execute(statement, params)
        return cast(Rows, cursor.fetchall())
