"""Loaders and workers as an operator starts them, to be killed in the middle: alone, or with all they started.

Each is a process with a session and a group of its own, forked off a server that has read the product once,
on the tests' database and as the engine.
"""

import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from tests.support.loader_process import forked

#: Seconds after which something that should have happened never will.
PATIENCE = 600.0


def start_load(path: Path, chunk: int, **options: Any) -> BaseProcess:
    """`manage.py load_file` in chunks of `chunk` rows."""
    return forked(_load, path, chunk, options)


def start_worker(chunk: int) -> BaseProcess:
    """`celery worker` with one process that works, loading in chunks of `chunk` rows."""
    return forked(_work, chunk)


def wait_until(reached: Callable[[], bool], process: BaseProcess) -> None:
    """Look again and again until something is so; AssertionError where the process ends before."""
    until = monotonic() + PATIENCE
    while not reached():
        process.join(0.01)
        assert process.exitcode is None, f"ended with {process.exitcode}"
        assert monotonic() < until, "nothing happens"


def kill(process: BaseProcess, pid: int) -> None:
    """`kill -9` of what `process` started last, of itself, or (negative) of its whole group."""
    os.kill(pid, signal.SIGKILL)
    if abs(pid) == process.pid:
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL


def _load(path: Path, chunk: int, options: dict[str, Any]) -> None:
    _alone(chunk)
    from django.core.management import call_command

    call_command("load_file", str(path), layout="core_customer", json=True, **options)


def _work(chunk: int) -> None:
    _alone(chunk)
    from mdm.celery import app

    app.worker_main(
        ["worker", "--concurrency", "1", "--loglevel", "error", "--without-gossip", "--without-mingle"]
    )


def _alone(chunk: int) -> None:
    """Leave the group of the server; the product with smaller chunks, each of which is worth a process."""
    os.setsid()
    from batch.pipeline import crew, load

    load.CHUNK = chunk
    crew.SPLIT_FROM = 1
