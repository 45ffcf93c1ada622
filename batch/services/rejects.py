"""The reject file of a run: refused rows in the layout they came in, with line, field, code and reason."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from batch.formats.lines import RowError
from batch.formats.writer import RejectWriter
from batch.layouts.layout import Layout
from batch.models import RejectedRow
from mdm.errors import NotFound
from mdm.runs import JobRun
from mdm.selectors.runs import get as get_run
from mdm.storage.objects import open_object, store_written
from security.access.actor import Actor
from security.audit.log import record


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


def read_rejects(actor: Actor, run_id: int, *, at: datetime, reason: str) -> tuple[str, BinaryIO]:
    """The clear reject file of a run and its name, for those who may read it; the read is logged.

    NotFound `run.unknown` out of scope, `rejects.none` where nothing was rejected.
    """
    actor.require("reject.read")
    name = get_run(actor, run_id).checkpoint.get("rejects")
    if not name:
        raise NotFound("rejects.none", _("This run rejected nothing."))
    record(actor, "rejects.read", at, subject="run", object_id=run_id, reason=reason)
    stored, stream = open_object(name)
    return stored.file_name, stream
