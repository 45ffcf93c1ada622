"""Loads in processes of their own, which die at a chosen SQL statement as if the machine had lost its power.

The processes are forked off a server that has read the product once, on the tests' database and as the engine;
they share nothing with the tests but that database.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
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


def load_in_process(path: Path, last: int, chunk: int) -> tuple[int | None, int]:
    """Load a file in chunks of `chunk` rows, killed at statement `last` (0: never).

    Returns the exit code, -9 where it was killed, and how many statements it took to the end.
    """
    from django.db import connection

    _context.set_forkserver_preload(
        ["batch.formats.admission", "numpy", "django.db", "boto3", "celery", "phonenumbers"]
    )
    receiver, sender = _context.Pipe(duplex=False)
    database = str(connection.settings_dict["NAME"])
    process = _context.Process(target=_load, args=(database, path, last, chunk, sender))
    process.start()
    sender.close()
    process.join(120)
    taken = receiver.recv() if process.exitcode == 0 else 0
    receiver.close()
    return process.exitcode, taken


def _load(database: str, path: Path, last: int, chunk: int, sender: Connection) -> None:
    """What the process does."""
    os.environ |= {"PANORAMA_DB_ROLE": "engine", "PANORAMA_DB_NAME": database}
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from batch.pipeline import load
    from batch.services.loading import load_file, loader

    load.CHUNK = chunk
    fuse = Fuse(last)
    with connection.execute_wrapper(fuse):
        load_file(loader(), path, "core_customer", at=timezone.now())
    sender.send(fuse.seen)
