"""Loading a file: admitted whole, read in chunks, each chunk one transaction with its checkpoint.

A loader may be killed anywhere: what was committed stays, the run is taken over and continues after
the last committed line (design idea 11).
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path

from django.utils import timezone

from batch.formats.admission import Admitted
from batch.formats.delimited import read
from batch.formats.lines import Row, RowError
from batch.formats.survey import rest
from batch.layouts.layout import Layout
from batch.models import RejectedRow
from batch.pipeline.missing import TOO_MANY, Missing, missing
from batch.pipeline.preparing import Prepared, prepare, waves
from customers.ports import duplicate_finder
from mdm.bulk.apply import apply
from mdm.bulk.ending import end_source_records
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import sealed_fields, table_of
from mdm.bulk.writing import allocate_ids, insert_rows
from mdm.quality.issues import raise_issues, settle_issues
from mdm.quality.overruled import overruled
from mdm.run_control import Claim, advance
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

#: Rows in one transaction.
CHUNK = 5_000

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Counts:
    """What became of the rows of a file; each row is in exactly one of the first four."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rows: int = 0
    suspects: int = 0
    issues: int = 0
    ended: int = 0

    def add(self, other: "Counts") -> None:
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True, slots=True)
class Job:
    """One load: who loads which admitted file in which layout, for which business date.

    `orgs` are the branches of who ordered it, outside which nothing is written (None: everywhere). A `full`
    file holds all that its source has: what it leaves out ends, however much with `accept_missing`.
    """

    actor: Actor
    file: Admitted
    layout: Layout
    business_date: date
    run_id: int | None = None
    reason: str = ""
    orgs: frozenset[int] | None = None
    counts: Counts = field(default_factory=Counts)
    full: bool = False
    accept_missing: bool = False


def load(job: Job, held: Claim, *, after_line: int, tell: Progress) -> Counts:
    """Apply every row after `after_line`, end what a full file leaves out. Returns the counts of the file.

    Invalid `load.too_many_missing` before the first row is applied.
    """
    gone = _missing(job)
    if not job.accept_missing:
        gone.refuse_too_many()
    for rows in chunks(job, after_line):
        prepared = prepare(rows, job.layout, job.business_date, job.orgs)
        with in_scope(job.actor, "load.run"):
            done = apply_chunk(job, prepared)
            job.counts.add(done)
            checkpoint = {"line": prepared.last_line}
            advance(held, done=job.counts.rows, checkpoint=checkpoint, counts=asdict(job.counts))
        tell(job.counts.rows, job.file.survey.rows)
    _end_missing(job, held, gone.customer_ids)
    return job.counts


def _missing(job: Job) -> Missing:
    """What a full file leaves out; nothing where it tells changes only."""
    if not job.full:
        return Missing([], 0)
    with in_scope(job.actor, "load.run"):
        return missing(chunks(job, 0), job.layout, job.business_date, job.orgs)


def _end_missing(job: Job, held: Claim, customer_ids: list[int]) -> None:
    """End what the source told of these customers, a chunk a transaction; what has ended is passed over."""
    for start in range(0, len(customer_ids), CHUNK):
        some, source = customer_ids[start : start + CHUNK], job.layout.source_system
        stamp = Stamp(job.actor, timezone.now(), job.reason, job.business_date, job.run_id)
        with in_scope(job.actor, "load.run"):
            counts = Counts(ended=end_source_records(some, source, stamp))
            settle_issues(some, source, stamp)
            job.counts.add(counts)
            _log_chunk(job, counts, stamp)
            advance(held, step="ending", counts=asdict(job.counts))


def rehearse(job: Job, tell: Progress, found: Callable[[RowError], None]) -> Counts:
    """The dry run: every error of every row, and what would become of each; writes nothing."""
    from batch.pipeline.rehearsing import foresee

    gone = _missing(job)
    if gone.too_many and not job.accept_missing:
        found(RowError(0, "", "", TOO_MANY, gone.text))
    job.counts.ended = len(gone.customer_ids)
    seen: dict[bytes, bytes] = {}
    for rows in chunks(job, 0):
        with in_scope(job.actor, "load.run"):
            prepared = prepare(rows, job.layout, job.business_date, job.orgs)
            foreseen = foresee(prepared, seen)
        for reject in prepared.rejects:
            found(reject)
        job.counts.add(foreseen)
        tell(job.counts.rows, job.file.survey.rows)
    return job.counts


def chunks(job: Job, after_line: int) -> Iterator[list[Row]]:
    """The rows after a line, `CHUNK` at a time; what stands before it is not parsed again.

    Unavailable `load.file_changed` in place of rows that may not be those of the file that was admitted.
    """
    path = Path(job.file.path)
    span = rest(path, job.file.shape.data, after_line)
    rows = chain.from_iterable(read(path, job.layout.profile, job.file.shape, span))
    while held := list(islice(rows, CHUNK)):
        job.file.sameness.require(path)
        yield held
    job.file.sameness.require(path)


def apply_chunk(job: Job, prepared: Prepared) -> Counts:
    """Write one chunk: customers, issues, rejected rows, one row of the operation log."""
    stamp = Stamp(job.actor, timezone.now(), job.reason, job.business_date, job.run_id)
    counts = Counts(rows=prepared.rows, rejected=len({reject.line for reject in prepared.rejects}))
    for bundles, findings in waves(prepared):
        applied = apply(bundles, stamp)
        counts.created += len(applied.created)
        counts.updated += len(applied.updated)
        counts.unchanged += applied.unchanged
        settle_issues(sorted(applied.updated), job.layout.source_system, stamp)
        written = applied.created | applied.updated
        told = [
            (c, b, [*f, *map(overruled, applied.overruled.get(c, ()))])
            for c, b, f in zip(applied.customer_ids, bundles, findings, strict=True)
            if c in written
        ]
        counts.issues += raise_issues(
            [c for c, _, _ in told], [b for _, b, _ in told], [f for _, _, f in told], stamp
        )
        counts.suspects += duplicate_finder().count(sorted(applied.created))
    write_rejects(job.run_id, prepared.rejects)
    _log_chunk(job, counts, stamp)
    return counts


def _log_chunk(job: Job, counts: Counts, stamp: Stamp) -> None:
    fields = asdict(counts)
    record(
        job.actor,
        "load.chunk",
        stamp.at,
        subject="run",
        object_id=job.run_id,
        fields=fields,
        reason=job.reason,
    )


def write_rejects(run_id: int | None, rejects: list[RowError]) -> None:
    """Keep refused rows, their lines sealed, in the transaction that passes them by."""
    ids = allocate_ids(RejectedRow._meta.db_table, len(rejects))
    (raw_line,) = sealed_fields(RejectedRow)
    sealed = raw_line.seal_column(ids, [reject.raw_line for reject in rejects])
    rows = [
        (row_id, run_id, r.line, r.field[:60], r.code, str(r.detail)[:300], blob)
        for row_id, r, blob in zip(ids, rejects, sealed, strict=True)
    ]
    insert_rows(table_of(RejectedRow), rows)
