"""Two transactions at once, in an order that a test decides: no sleeps, no luck."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction


class Racer:
    """A transaction in a thread of its own, done step by step and committed when told."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._block: Any = None
        self.pid = self.start(self._begin).result(20)

    def _begin(self) -> int:
        self._block = transaction.atomic()
        self._block.__enter__()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def start(self, work: Callable[[], Any]) -> "Future[Any]":
        """Begin a step; its future ends when it does."""
        return self._pool.submit(work)

    def do(self, work: Callable[[], Any]) -> Any:
        """A step that nobody can hold up."""
        return self.start(work).result(20)

    def commit(self) -> None:
        self.do(lambda: self._block.__exit__(None, None, None))

    def close(self) -> None:
        """Roll back what was not committed and end the thread."""
        self.start(connections.close_all).result(20)
        self._pool.shutdown()

    def wait_until_held_up(self) -> None:
        """Return once this transaction waits for another's lock."""
        deadline = time.monotonic() + 20
        while not _waits(self.pid):
            assert time.monotonic() < deadline, "nothing holds this transaction up"
            threading.Event().wait(0.01)


def _waits(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
        return bool(cursor.fetchone()[0])


@contextlib.contextmanager
def two_racers() -> Iterator[tuple[Racer, Racer]]:
    """Two open transactions."""
    first, second = Racer(), Racer()
    try:
        yield first, second
    finally:
        first.close()
        second.close()
