"""The reject file of a run: refused rows in the layout they came in, with line, field, code and reason."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from batch.formats.lines import RowError
from batch.formats.writer import RejectWriter
from batch.layouts.layout import Layout
from batch.models import RejectedRow
from customers.services.revealing import Why, reveal_file
from mdm.errors import NotFound
from mdm.runs import JobRun
from mdm.selectors.runs import get as get_run
from mdm.storage.objects import open_object, store_written
from security.access.actor import Actor
from security.audit.log import record

RIGHT = "reject.read"


def store_rejects(actor: Actor, run_id: int, layout: Layout, *, at: datetime) -> str | None:
    """Seal a run's rejected rows into one object. Returns its name; None where nothing was rejected."""
    if not RejectedRow.objects.filter(run_id=run_id).exists():
        return None
    name = f"{Path(JobRun.objects.get(pk=run_id).params['file']).stem}.rejects.csv"

    def write(target: BinaryIO) -> None:
        writer = RejectWriter(target, layout.profile, layout.names)
        for some in _by_thousands(_rejects(run_id)):
            writer.write(some)

    return store_written(write, purpose="rejects", file_name=name, actor=actor, at=at, run_id=run_id).name


def _by_thousands(rejects: Iterator[RowError]) -> Iterator[list[RowError]]:
    """The rejects in lists, so that a file of nothing else stays small in memory."""
    while some := list(islice(rejects, 1000)):
        yield some


def _rejects(run_id: int) -> Iterator[RowError]:
    """One reject a line; where several rules refused it, their fields, codes and reasons together."""
    rows = RejectedRow.objects.filter(run_id=run_id).order_by("line", "id").iterator(chunk_size=2000)
    for line, same in groupby(rows, key=lambda row: row.line):
        refused = list(same)
        raw = refused[0].raw_line.open() if refused[0].raw_line else ""
        told = ["; ".join(getattr(row, name) for row in refused) for name in ("field", "code", "reason")]
        yield RowError(line, raw, *told)


def read_rejects(actor: Actor, run_id: int, why: Why, *, at: datetime) -> tuple[str, BinaryIO]:
    """The clear reject file of a run and its name, which says who took it and when (the file itself loads again
    once corrected, so it bears no mark). Logged, counted and watched as any showing of clear values.

    NotFound `run.unknown` out of scope, `rejects.none` where nothing was rejected; else as `reveal_file`.
    """
    actor.require(RIGHT)
    name = get_run(actor, run_id).checkpoint.get("rejects")
    if not name:
        raise NotFound("rejects.none", _("This run rejected nothing."))
    stored, stream = open_object(name)
    with transaction.atomic():
        reveal_file(actor, RIGHT, "rejects", run_id, [stored.file_name], why, at=at)
        record(actor, "rejects.read", at, subject="run", object_id=run_id, reason=why.words)
    told = Path(stored.file_name)
    return get_valid_filename(f"{told.stem}.{actor.name}.{at:%Y%m%dT%H%M%SZ}{told.suffix}"), stream
