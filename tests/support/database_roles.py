"""Which database role a test runs as: log in as owner, then SET ROLE, as production logs in directly.

By default a test is the web (`app`). Migrations, flush and drop are the owner's. A thread that a test starts
runs as the test does, until it takes a role of its own; that one is nobody else's, for blocks of several
threads end in any order and would leave the test with the role of another.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from django.db import connection as default_connection
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from mdm.conf import DatabaseRole, conf


class _Roles(threading.local):
    """The role that a thread took itself; None where it runs as the test does."""

    own: DatabaseRole | None = None


_roles = _Roles()
_of_the_test: list[DatabaseRole] = ["owner"]


def current() -> DatabaseRole:
    """The role that this thread's connections have."""
    return _roles.own or _of_the_test[0]


def _take_role(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """A new connection starts in the role of the moment."""
    if current() != "owner":
        with connection.cursor() as cursor:
            cursor.execute(_statement(current()))


def _statement(role: DatabaseRole) -> str:
    return "RESET ROLE" if role == "owner" else f'SET ROLE "{conf.role_name(role)}"'


def watch_connections() -> None:
    """Give every new connection its role."""
    connection_created.connect(_take_role, dispatch_uid="tests.database_roles")


def become(role: DatabaseRole) -> None:
    """Change the role of the open connections of this thread and of all to come; in the main thread, where
    tests run, also of those that other threads will open."""
    if threading.current_thread() is threading.main_thread():
        _of_the_test[0] = role
    else:
        _roles.own = role
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.connection.closed:
            _set(connection, role)


def _set(connection: BaseDatabaseWrapper, role: DatabaseRole) -> None:
    """SET ROLE, past Django's guard: in a failed transaction the rollback brings the old role back."""
    from psycopg import pq

    raw = connection.connection
    if raw.info.transaction_status != pq.TransactionStatus.INERROR:
        raw.execute(_statement(role))


@contextlib.contextmanager
def database_role(role: DatabaseRole) -> Iterator[None]:
    """Run a block as `role`."""
    before = current()
    become(role)
    try:
        yield
    finally:
        become(before)


#: Tables of which the database itself refuses every change (`security/migrations/0007`).
APPEND_ONLY = ("security_operationlog", "security_auditseal", "security_auditverification")


@contextlib.contextmanager
def append_only_lifted() -> Iterator[None]:
    """Let the owner empty the append-only tables, as a superuser could by switching the trigger off."""
    _triggers("DISABLE")
    yield
    _triggers("ENABLE")


def _triggers(how: str) -> None:
    with default_connection.cursor() as cursor:
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")
