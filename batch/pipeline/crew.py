"""Several processes at one file: this one and those it starts, each taking part after part.

They start while the file is still being kept and registered, and wait for their order.

A process that dies leaves its part where its last chunk was committed; this one goes on with it. Lines of a
source key that comes more than once are left to the end and applied here, in the order of the file.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection

from batch.formats.lines import Row
from batch.formats.survey import rest
from batch.layouts.attributes import suited
from batch.layouts.registry import layout as layout_named
from batch.pipeline import load
from batch.pipeline.job import Job, Process
from batch.pipeline.parts import (
    SPLIT_FROM,
    Part,
    applied,
    lay_out,
    line_of,
    parts_of,
    release,
    repeats_applied,
    take,
)
from batch.pipeline.repeats import repeated_lines
from mdm.conf import BASE_DIR, DATABASE_ROLES, conf
from mdm.run_control import Claim
from mdm.runs import JobRun


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker process needs to know; it travels through a pipe, never through a file or an argument."""

    job: tuple[object, ...]
    layout: str
    held: Claim
    left_aside: frozenset[int]
    chunk: int


def shared(job: Job, run: JobRun) -> bool:
    """Whether the file is in parts, or several workers are worth their start."""
    rows_left = job.file.survey.rows - line_of(run)
    return bool(parts_of(run)) or (job.workers > 1 and rows_left >= SPLIT_FROM)


def load_parts(job: Job, held: Claim, tell: load.Progress) -> None:
    """Apply a file by `job.workers` processes, this one among them."""
    lay_out(job, held, load.CHUNK)
    repeated = repeated_lines(job.file, job.layout)
    order = _order(job, held, repeated)
    try:
        for other in job.others:
            _tell(other, order)
        work(job, held, repeated, tell)
        for other in job.others:
            other.wait()
            release(held, {other.pid})
            work(job, held, repeated, tell)
    finally:  # before the run is given back: nothing may be written of it after that
        dismiss(job.others)
    _load_repeated(job, held, repeated, tell)


def work(job: Job, held: Claim, left_aside: frozenset[int], tell: load.Progress) -> None:
    """Take parts and apply them until there is none to take."""
    part = take(held, os.getpid())
    while part:
        for rows in _chunks(job, part):
            some = [row for row in rows if row.line not in left_aside]
            load.apply_rows(job, held, some, _reached(part, rows[-1].line), tell)
        part = take(held, os.getpid(), ended=part)


def _reached(part: Part, line: int) -> load.Checkpoint:
    return lambda run: applied(run, part, line)


def _chunks(job: Job, part: Part) -> Iterator[list[Row]]:
    """What of a part is not applied yet."""
    yield from load.rows_of(job, rest(job.file.path, part.span, part.line))


def _load_repeated(job: Job, held: Claim, lines: frozenset[int], tell: load.Progress) -> None:
    """Apply the lines that were left aside, in the order of the file."""
    after = line_of(JobRun.objects.get(pk=held.run_id))
    if not any(line > after for line in lines):
        return
    left = (row for rows in load.chunks(job, after) for row in rows if row.line in lines)
    while rows := list(islice(left, load.CHUNK)):
        load.apply_rows(job, held, rows, _repeats_reached(rows), tell)


def _repeats_reached(rows: Sequence[Row]) -> load.Checkpoint:
    return lambda run: repeats_applied(run, rows[-1].line)


@contextmanager
def on_call(workers: int, rows: int) -> Iterator[list[Process]]:
    """The workers beside this process, where a file of so many rows is worth any; none of them outlives the block."""
    others: list[Process] = []
    try:
        for _ in range(workers - 1 if rows >= SPLIT_FROM else 0):
            others.append(_start())
        yield others
    finally:
        dismiss(others)


def dismiss(others: Iterable[Process]) -> None:
    """End workers, whatever they do; those that have ended are left."""
    for other in others:
        other.kill()
        other.communicate()


def _order(job: Job, held: Claim, left_aside: frozenset[int]) -> bytes:
    told = (job.actor, job.file, job.business_date, job.run_id, job.reason, job.reach)
    return pickle.dumps(Order(told, job.layout.name, held, left_aside, load.CHUNK))


def _start() -> Process:
    """A worker on the database of this process, in its role; it ends when the pipe to it does."""
    settings = connection.settings_dict
    role = next(role for role in DATABASE_ROLES if conf.role_name(role) == settings["USER"])
    environ = {**os.environ, "PANORAMA_DB_ROLE": role, "PANORAMA_DB_NAME": str(settings["NAME"])}
    command = [sys.executable, "-m", "batch.pipeline.worker"]
    return subprocess.Popen(  # noqa: S603 (our own module)
        command, cwd=BASE_DIR, env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def _tell(process: Process, order: bytes) -> None:
    """Set a worker to work."""
    assert process.stdin is not None  # noqa: S101 (a pipe was asked for)
    with suppress(BrokenPipeError):  # it has died: whoever waits for it takes its part
        process.stdin.write(order)
        process.stdin.flush()


def job_of(order: Order) -> Job:
    """The job that an order tells of."""
    told: Any = order.job
    actor, file, *rest_of_it = told
    return Job(actor, file, suited(layout_named(order.layout), file.path), *rest_of_it)
