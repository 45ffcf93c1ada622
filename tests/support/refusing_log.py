"""A log that takes no row, and whether a change that it refused has left anything behind."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from mdm.conf import conf
from tests.support.database_roles import database_role

LOG = "security_operationlog"
#: Table -> how many rows, and a sum over which versions of them there are: any insert, update or delete moves it.
Versions = dict[str, tuple[int, int]]


def versions() -> Versions:
    """Every table but the log itself, as the owner sees them."""
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> %s ORDER BY 1",
            [LOG],
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(map(_counting, tables)))
        return {name: (count, int(total)) for name, count, total in cursor.fetchall()}


def _counting(table: str) -> str:
    version = "hashtextextended(t.ctid::text || ' ' || t.xmin::text, 0)"
    return f"SELECT '{table}', count(*), coalesce(sum({version}), 0) FROM \"{table}\" t"


def changed(before: Versions, *, but: Iterable[str] = ()) -> set[str]:
    """The tables that are not as they were."""
    return {name for name, found in versions().items() if found != before[name]} - set(but)


@contextmanager
def refusing_log() -> Iterator[None]:
    """For this block neither the web nor workers may write to the log; afterwards everything is as before it."""
    roles = ", ".join(f'"{conf.role_name(role)}"' for role in ("app", "engine"))
    mark = transaction.savepoint() if connection.in_atomic_block else None
    _as_owner(f"REVOKE INSERT ON {LOG} FROM {roles}")
    try:
        yield
    finally:
        if mark is not None:
            connection.needs_rollback = False
            transaction.savepoint_rollback(mark)
        else:
            _as_owner(f"GRANT INSERT ON {LOG} TO {roles}")


def _as_owner(statement: str) -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(statement)
