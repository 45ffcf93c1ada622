"""Waiting for processes that are not our children, without sleeping."""

import contextlib
import os
import select
from collections.abc import Iterable
from pathlib import Path


def wait_gone(pids: Iterable[int], seconds: float = 30) -> list[int]:
    """Wait until every process ended; returns those that still live after `seconds`."""
    return [pid for pid in pids if not _ended(pid, seconds)]


def _ended(pid: int, seconds: float) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, which must live; one of them that ends meanwhile has none below it."""
    found = _children(pid)
    for child in found:  # which grows
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += _children(child)
    return found


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
