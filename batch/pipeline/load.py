"""Loading a file: admitted whole, read in chunks, each chunk one transaction with its checkpoint.

A loader may be killed anywhere: what was committed stays, the run is taken over and continues after
the last committed line (design idea 11).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from batch.formats.delimited import read
from batch.formats.lines import Row, RowError
from batch.formats.sameness import changed
from batch.formats.survey import Span, rest
from batch.models import RejectedRow
from batch.pipeline.collecting import seldom_collected
from batch.pipeline.job import Counts, Job
from batch.pipeline.missing import TOO_MANY, Missing, missing
from batch.pipeline.preparing import Prepared, prepare, waves
from customers.ports import duplicate_finder
from customers.services.locking import done_again
from customers.services.restricting import settle_written
from mdm.bulk.apply import Applied, apply
from mdm.bulk.ending import end_source_records
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import sealed_fields, table_of
from mdm.bulk.writing import allocate_ids, insert_rows
from mdm.quality.issues import raise_issues, settle_issues
from mdm.quality.overruled import held_back, overruled
from mdm.run_control import Claim, advance, hold, progressed
from mdm.runs import JobRun
from mdm.subjects import Bundle
from security.access.actor import system_actor
from security.access.scope import in_scope
from security.audit.log import record

#: Rows in one transaction.
CHUNK = 5_000

#: Who restricts a customer because of what a file told, and why: no word of the source (`mdm.bulk.last_told`).
_RULES, _RESTRICTED = system_actor("restrictions", ()), "a restriction on everything"

Progress = Callable[[int, int], None]
#: The checkpoint that goes with a chunk, from the locked run as it was before.
Checkpoint = Callable[[JobRun], dict[str, Any]]


def load(job: Job, held: Claim, *, tell: Progress) -> Counts:
    """Apply every row not yet applied, end what a full file leaves out. Returns the counts of the file.

    Invalid `load.too_many_missing` before the first row is applied.
    """
    from batch.pipeline.crew import dismiss, load_parts, shared

    gone = _missing(job)
    if not job.accept_missing:
        gone.refuse_too_many()
    run = JobRun.objects.get(pk=held.run_id)
    with seldom_collected():
        if shared(job, run):
            load_parts(job, held, tell)
        else:
            dismiss(job.others)
            for rows in chunks(job, int(run.checkpoint.get("line", 0))):
                apply_rows(job, held, rows, _front(rows), tell)
    job.counts.set(JobRun.objects.get(pk=held.run_id).counts)
    if job.counts.rows != job.file.survey.rows:
        raise changed()
    _end_missing(job, held, gone.customer_ids)
    return job.counts


def _front(rows: Sequence[Row]) -> Checkpoint:
    """How far a file is that is read from front to back."""
    return lambda _run: {"line": rows[-1].line}


def apply_rows(job: Job, held: Claim, rows: Sequence[Row], checkpoint: Checkpoint, tell: Progress) -> None:
    """Prepare a chunk, then write it in one transaction with its counts and the checkpoint of the run."""
    prepared = prepare(rows, job.layout, job.business_date, job.reach)
    counts = _commit(job, held, prepared, checkpoint)
    tell(counts.rows, job.file.survey.rows)


@done_again
def _commit(job: Job, held: Claim, prepared: Prepared, checkpoint: Checkpoint) -> Counts:
    """One transaction. Returns the counts of the run; Stale `run.fenced` where it is another worker's."""
    with in_scope(job.actor, "load.run"):
        done = apply_chunk(job, prepared, held)
        run, counts = hold(held), Counts()
        counts.set(run.counts)
        counts.add(done)
        advance(held, done=counts.rows, checkpoint=checkpoint(run), counts=asdict(counts))
    return counts


def _missing(job: Job) -> Missing:
    """What a full file leaves out; nothing where it tells changes only."""
    if not job.full:
        return Missing([], 0)
    with in_scope(job.actor, "load.run"):
        return missing(chunks(job, 0), job.file, job.layout, job.business_date, job.reach)


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
            told = progressed(hold(held).checkpoint)
            advance(held, step="ending", counts=asdict(job.counts), checkpoint=told)


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
            prepared = prepare(rows, job.layout, job.business_date, job.reach)
            foreseen = foresee(prepared, seen)
        for reject in prepared.rejects:
            found(reject)
        job.counts.add(foreseen)
        tell(job.counts.rows, job.file.survey.rows)
    return job.counts


def chunks(job: Job, after_line: int) -> Iterator[list[Row]]:
    """The rows after a line, `CHUNK` at a time; what stands before it is not parsed again."""
    yield from rows_of(job, rest(Path(job.file.path), job.file.shape.data, after_line))


def rows_of(job: Job, span: Span) -> Iterator[list[Row]]:
    """The rows of a span of the file, `CHUNK` at a time.

    Unavailable `load.file_changed` in place of rows that may not be those of the file that was admitted.
    """
    path = Path(job.file.path)
    rows = chain.from_iterable(read(path, job.layout.profile, job.file.shape, span))
    while held := list(islice(rows, CHUNK)):
        job.file.sameness.require(path)
        yield held
    job.file.sameness.require(path)


def apply_chunk(job: Job, prepared: Prepared, held: Claim) -> Counts:
    """Write one chunk: customers, issues, rejected rows, one row of the operation log.

    From the rules across rows on, one worker of a run is here at a time, until its transaction ends: so of
    two customers that share something the later one meets the earlier, whoever wrote them.
    """
    stamp = Stamp(job.actor, timezone.now(), job.reason, job.business_date, job.run_id)
    counts = Counts(rows=prepared.rows, rejected=len({reject.line for reject in prepared.rejects}))
    for bundles, findings in waves(prepared):
        applied = apply(bundles, stamp)
        _restrict(applied, bundles, stamp)
        counts.created += len(applied.created)
        counts.updated += len(applied.updated)
        counts.unchanged += applied.unchanged
        screened = applied.updated | applied.held.keys()
        settle_issues(sorted(screened), job.layout.source_system, stamp)
        _prove_references()
        hold(held)
        written = applied.created | screened
        told = [
            (
                c,
                b,
                [*f, *map(overruled, applied.overruled.get(c, ())), *map(held_back, applied.held.get(c, ()))],
            )
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


def _prove_references() -> None:
    """Have the database look up now what was written refers to, and not at the end, when other workers wait."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _restrict(applied: Applied, bundles: Sequence[Bundle], stamp: Stamp) -> None:
    """Bring the status of customers to what restrictions that the file told say: the product's word, not the source's,
    so what the source tells of the status later is held against what it told before."""
    told = zip(applied.customer_ids, bundles, strict=True)
    ids = [pk for pk, bundle in told if pk in applied.updated or bundle.rows("restriction")]
    if ids:
        settle_written(ids, replace(stamp, actor=_RULES, reason=_RESTRICTED))


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
