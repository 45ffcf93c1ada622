"""One consolidation at a time, of whatever business date: two would merge what the other has not seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate


@contextmanager
def alone(job: str) -> Iterator[None]:
    """Hold the lock of a job for this block. Duplicate `run.busy` where another process holds it.

    The lock is the session's, over all transactions of the run, and goes with it: it outlives no worker.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [job])
        if not cursor.fetchone()[0]:
            raise Duplicate("run.busy", _("Another run of this job is at work; one runs at a time."))
    try:
        yield
    finally:
        _let_go(job)


def _let_go(job: str) -> None:
    """Give the lock back; a broken connection, or a failed transaction of the caller, cannot be asked."""
    if connection.is_usable() and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [job])
