"""What loads and batches keep of a customer who is erased: refused lines and rows, and the files as they came."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from batch.layouts.kept_rows import unpacked
from batch.layouts.registry import layouts
from batch.models import BatchRow, Outcome, RejectedRow
from batch.services.loading import JOB
from customers.rules.number import customer_no
from mdm.bulk.tables import sealed_fields
from mdm.erasure import Erased
from mdm.errors import Duplicate
from mdm.runs import FINAL_STATES, JobRun
from mdm.storage.models import StoredObject

#: Refused lines opened at a time.
CHUNK = 5_000


def forget(erased: Erased, at: datetime) -> set[str]:
    """Blank the refused lines of a customer; name the files of the loads that told of it.

    Duplicate `run.busy` while one of them is under way.
    """
    runs = erased.run_ids | _blank_lines(erased)
    loads = JobRun.objects.filter(pk__in=runs, job=JOB)
    if loads.exclude(state__in=FINAL_STATES).exists():
        raise Duplicate("run.busy", _("A file that tells of this customer is being loaded."))
    _blank_rows(erased)
    stored = StoredObject.objects.filter(run_id__in=loads.values("pk"), destroyed_at=None)
    return set(stored.values_list("name", flat=True))


def _blank_lines(erased: Erased) -> set[int]:
    """Take the clear content from the refused lines that hold one of the customer's keys. Returns their runs."""
    runs: set[int] = set()
    for system, keys in (*_by_system(erased.source_keys), ("", _numbers(erased))):
        token = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, keys))})(?!\w)")
        names = [layout.name for layout in layouts() if layout.source_system in (system, "")]
        for rows in _kept_lines(names):
            found = [(row, run) for row, run, line in rows if token.search(line)]
            RejectedRow.objects.filter(pk__in=[row for row, _run in found]).update(raw_line=None)
            runs |= {run for _row, run in found}
    return runs


def _blank_rows(erased: Erased) -> None:
    """Take what rows of batches tell of the customer, or of who came with one of its keys; what became of it stays."""
    known = BatchRow.objects.filter(customer_id__in=erased.customer_ids)
    known.update(source_key=None, content=None, customer_id=None)
    for pk in erased.customer_ids:
        BatchRow.objects.filter(suspects__contains=[{"customer": pk}]).update(suspects=[])
    unknown = BatchRow.objects.filter(customer_id=None, source_key__isnull=False).only(
        "source_key", "content"
    )
    told = [row.pk for row in unknown.iterator(chunk_size=CHUNK) if _tells_of(row, erased.source_keys)]
    BatchRow.objects.filter(pk__in=told, outcome=Outcome.WAITING).update(outcome=Outcome.CANCELLED)
    BatchRow.objects.filter(pk__in=told).update(source_key=None, content=None)


def _tells_of(row: BatchRow, source_keys: Sequence[tuple[str, str]]) -> bool:
    """Whether a row came with one of the keys; of which source, only its content says."""
    systems = {system for system, key in source_keys if key == row.source_key.open()}
    return bool(systems) and (row.content is None or unpacked(row.content.open())[0].source_system in systems)


def _numbers(erased: Erased) -> list[str]:
    """The customer's numbers, as files of single facets may spell them."""
    numbers = [customer_no(customer) for customer in erased.customer_ids]
    return [*numbers, *map(str.lower, numbers)]


def _by_system(keys: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    for system in sorted({system for system, _key in keys}):
        yield system, [key for told, key in keys if told == system]


def _kept_lines(layout_names: list[str]) -> Iterator[list[tuple[int, int, str]]]:
    """Refused lines of files in these layouts: row, run, the line in clear."""
    (raw_line,) = sealed_fields(RejectedRow)
    kept = (
        RejectedRow.objects.filter(run__params__layout__in=layout_names)
        .filter(raw_line__isnull=False)
        .order_by("pk")
    )
    after = 0
    rows: list[Any]
    columns = ("pk", "run_id", "raw_line")
    while rows := list(kept.filter(pk__gt=after).values_list(*columns)[:CHUNK]):
        after = rows[-1][0]
        lines = raw_line.open_column([row[0] for row in rows], [bytes(row[2]) for row in rows])
        yield [(row, run, line) for (row, run, _sealed), line in zip(rows, lines, strict=True)]
