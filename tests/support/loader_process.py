"""Loads in processes of their own, which die at a chosen SQL statement as if the machine had lost its power.

The processes are forked off a server that has read the product once, on the tests' database and as the engine;
they share nothing with the tests but that database.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

_context = multiprocessing.get_context("forkserver")


class Fuse:
    """Counts statements and kills this process before (even) or after (odd) one of them is sent."""

    def __init__(self, last: int) -> None:
        self.seen, self.last = 0, last

    def __call__(self, execute: Callable[..., Any], *call: Any) -> Any:
        self.seen += 1
        if self.seen == self.last:
            if self.last % 2:
                execute(*call)
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*call)


def forked(work: Callable[..., None], *told: Any) -> BaseProcess:
    """A process that does `work`, on this test's database and as the engine."""
    from django.db import connection

    before = dict(os.environ)
    os.environ |= {"PANORAMA_DB_ROLE": "engine", "PANORAMA_DB_NAME": str(connection.settings_dict["NAME"])}
    try:  # the first process starts the server, which reads its environment
        _context.set_forkserver_preload(["tests.support.product_read"])
        process = _context.Process(target=work, args=told)
        process.start()
    finally:
        os.environ.clear()
        os.environ |= before
    return process


def load_in_process(
    path: Path, last: int, chunk: int, layout: str = "core_customer"
) -> tuple[int | None, int]:
    """Load a file in chunks of `chunk` rows, killed at statement `last` (0: never).

    Returns the exit code, -9 where it was killed, and how many statements it took to the end.
    """
    receiver, sender = _context.Pipe(duplex=False)
    process = forked(_load, path, last, chunk, layout, sender)
    sender.close()
    process.join(600)
    taken = receiver.recv() if process.exitcode == 0 else 0
    receiver.close()
    return process.exitcode, taken


def _load(path: Path, last: int, chunk: int, layout: str, sender: Connection) -> None:
    """What the process does."""
    from django.db import connection
    from django.utils import timezone

    from batch.pipeline import facet_load, load
    from batch.services.loading import load_file, loader

    load.CHUNK = facet_load.CHUNK = chunk
    fuse = Fuse(last)
    with connection.execute_wrapper(fuse):
        load_file(loader(), path, layout, at=timezone.now())
    sender.send(fuse.seen)
