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
    """All processes below `pid`, those nearest to it first; none below one that has ended meanwhile."""
    children: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text().split())
    return [*children, *(below for child in children for below in descendants(child))]
