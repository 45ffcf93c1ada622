"""A worker's part of a batch: every row goes the way of one customer created online (`onboarding.create`).

So what is found, refused and logged is the same. Rows are created one at a time, each with its result in one
transaction, or all in one; whoever is killed leaves rows that are done and rows that wait. Batches take turns, row by
row, so that of two that tell of the same people the second meets the customers of the first.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batch.layouts.kept_rows import unpacked
from batch.models import BatchRow, CustomerBatch, Mode, Outcome
from batch.selectors.batches import RIGHT
from batch.services.batch_rows import in_all, kept_errors, place_of
from customers.models import Customer
from customers.rules.number import customer_id as id_of
from customers.services.locking import done_again
from customers.services.onboarding import Onboarded, create, match_check
from mdm.bulk.linking import known_customers
from mdm.errors import Duplicate, FieldError, ServiceError, Unavailable
from mdm.run_control import Claim, advance, finish, hold, progressed, take_up
from mdm.runs import JobRun, RunState
from mdm.subjects import Bundle
from mdm.tasks import task
from security.access.actor import Actor
from security.access.client import actor_again
from security.audit.log import record

JOB = "create_customers"
#: One batch at a time creates: the number of the advisory lock, which ends with its transaction.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('create_customers', 0))"


#: What becomes of a row. Nothing else of it is written: what it tells may have been erased by then.
_FOUND = ("outcome", "customer_id", "duplicate_of", "errors", "findings", "suspects")


class _TakeBackError(Exception):
    """Nothing of what was tried shall stay."""


@dataclass(slots=True)
class _Work:
    """A run at work: for whom, on which batch; of customers that rows named, the first row that did."""

    held: Claim
    actor: Actor
    batch: CustomerBatch
    first: dict[int, int] = field(default_factory=dict)


@task
def run_batch(run_id: int) -> None:
    """Work on the batch of a run."""
    take_up(run_id, _work)


def _work(held: Claim) -> None:
    run = JobRun.objects.get(pk=held.run_id)
    batch = CustomerBatch.objects.get(run=run)
    actor = actor_again(run.params["user"], timezone.now()).asking(run.request_id)
    actor.require(RIGHT)
    made = BatchRow.objects.filter(batch=batch, customer_id__isnull=False).order_by("-number")
    first = {row.customer_id or 0: row.number for row in made.only("customer_id", "number")}
    work = _Work(held, actor, batch, first)
    if batch.mode == Mode.TOLERANT:
        for number in _waiting(batch):
            _one(work, number)
        _finish(work)
    else:
        _together(work)


def _waiting(batch: CustomerBatch) -> list[int]:
    rows = BatchRow.objects.filter(batch=batch, outcome=Outcome.WAITING)
    return list(rows.order_by("number").values_list("number", flat=True))


@done_again
def _one(work: _Work, number: int) -> None:
    """One row in one transaction with its result and the progress of the run."""
    with transaction.atomic():
        _take_turn()
        row = BatchRow.objects.get(batch=work.batch, number=number)
        if row.content is None:  # meanwhile its customer was erased
            return
        _try(work, row)
        run = hold(work.held)
        row.content = None
        row.save(update_fields=[*_FOUND, "content"])
        advance(work.held, done=run.done + 1, checkpoint=progressed(run.checkpoint))


def _together(work: _Work) -> None:
    """All rows in one transaction, which stays only where the mode is strict and no row was refused."""
    waiting = BatchRow.objects.filter(batch=work.batch, outcome=Outcome.WAITING, content__isnull=False)
    rows = list(waiting.order_by("number"))
    told = [row.content.open() for row in rows]
    with suppress(_TakeBackError), transaction.atomic():
        _take_turn()
        for row in rows:
            _try(work, row)
        if work.batch.mode == Mode.DRY_RUN or _rejected(work.batch, rows):
            raise _TakeBackError
        hold(work.held)
        for row in rows:
            row.content = None
            row.save(update_fields=[*_FOUND, "content"])
        _finish(work)
        return
    _ask_again(work, told)
    with transaction.atomic():
        hold(work.held)
        _keep_foreseen(work, rows)
        _finish(work)


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TURN)


def _rejected(batch: CustomerBatch, rows: list[BatchRow]) -> bool:
    """Whether a row was refused, now or before."""
    before = BatchRow.objects.filter(batch=batch, outcome=Outcome.REJECTED)
    return any(row.outcome == Outcome.REJECTED for row in rows) or before.exists()


def _try(work: _Work, row: BatchRow) -> None:
    """Create the customer of a row, and put into the row what became of it."""
    bundle, tabular = unpacked(row.content.open())
    try:
        made = _created(work, bundle)
    except Unavailable:
        raise
    except ServiceError as refusal:
        errors = refusal.errors or [FieldError("", refusal.code, refusal.message)]
        told = [FieldError(place_of(bundle, e.pointer, tabular=tabular), e.code, e.detail) for e in errors]
        row.outcome, row.errors = Outcome.REJECTED, kept_errors(told)
        key = (bundle.source_system, bundle.source_key)
        row.duplicate_of = _earlier(work, row, known_customers([key]).values())
    else:
        _put(work, row, made, bundle, tabular)


def _created(work: _Work, bundle: Bundle) -> Onboarded:
    """What became of one customer. Refused as known, it is tried once more: what another door stored at the same
    moment is known now, and may tell the same."""
    try:
        return create(work.actor, bundle, at=timezone.now(), reason=work.batch.reason)
    except Duplicate:
        return create(work.actor, bundle, at=timezone.now(), reason=work.batch.reason)


def _put(work: _Work, row: BatchRow, made: Onboarded, bundle: Bundle, tabular: bool) -> None:
    row.outcome, row.customer_id = made.outcome, made.customer_id
    suspects = [(id_of(one.customer_no or ""), one) for one in made.suspects]
    row.suspects = [{"customer": pk, "rule": one.rule, "outcome": one.outcome} for pk, one in suspects]
    row.findings = [
        {
            "field": place_of(bundle, finding.pointer, tabular=tabular),
            "code": finding.rule,
            "severity": str(finding.severity.value),
            "texts": in_all(finding.lazy_text),
        }
        for finding in made.findings
    ]
    row.duplicate_of = _earlier(work, row, [made.customer_id, *(pk for pk, _one in suspects if pk)])
    work.first.setdefault(made.customer_id, row.number)


def _earlier(work: _Work, row: BatchRow, customer_ids: Any) -> int | None:
    """The other row of the batch that named one of these customers first; None where none did."""
    named = (work.first.get(pk) for pk in customer_ids)
    return next((number for number in named if number and number != row.number), None)


def _ask_again(work: _Work, told: list[str]) -> None:
    """What was looked up on the way was taken back with the rest; whoever was looked for is logged, and alarms are
    raised, as for one who only asks."""
    for kept in told:
        match_check(work.actor, unpacked(kept)[0], at=timezone.now())


def _keep_foreseen(work: _Work, rows: list[BatchRow]) -> None:
    """After a trial what would become of each row; after a refusal what was refused, while the others wait on."""
    stayed, kept = set(_existing_ids(rows)), _still_kept(rows)
    for row in (row for row in rows if row.pk in kept):
        if row.customer_id not in stayed:
            row.customer_id = None
        row.suspects = [one for one in row.suspects if one["customer"] is None or one["customer"] in stayed]
        if work.batch.mode == Mode.STRICT and row.outcome != Outcome.REJECTED:
            row.outcome, row.customer_id, row.duplicate_of = Outcome.WAITING, None, None
            row.suspects, row.findings = [], []
        elif work.batch.mode == Mode.STRICT:
            row.content = None
        row.save(update_fields=[*_FOUND, "content"])


def _still_kept(rows: list[BatchRow]) -> set[int]:
    """Those of the rows, locked, that still tell something: meanwhile somebody may have been erased."""
    kept = BatchRow.objects.filter(pk__in=[row.pk for row in rows], content__isnull=False)
    return set(kept.select_for_update().values_list("pk", flat=True))


def _existing_ids(rows: list[BatchRow]) -> Iterator[int]:
    """Of the customers that rows name those that are there after all was taken back."""
    ids = {pk for row in rows for pk in (row.customer_id, *(one["customer"] for one in row.suspects)) if pk}
    yield from Customer.objects.filter(pk__in=ids).values_list("pk", flat=True)


def _finish(work: _Work) -> None:
    """End the run with the counts of the whole batch."""
    found = BatchRow.objects.filter(batch=work.batch).values_list("outcome").annotate(Count("pk"))
    by = dict(found.order_by())
    counts = {"rows": work.batch.rows, **{name: by.get(code, 0) for name, code in COUNTED.items()}}
    refused = bool(counts["rejected"])
    state, problems = RunState.PARTIAL if refused else RunState.SUCCEEDED, []
    if refused and work.batch.mode == Mode.STRICT:
        state = RunState.FAILED
        problems = [
            {"code": "creation.refused", "text": str(_("A row was refused, so nothing was created."))}
        ]
    with transaction.atomic():
        record(
            work.actor, "creation.done", timezone.now(), subject="batch", object_id=work.batch.pk,
            fields={"mode": work.batch.mode, **counts}, reason=work.batch.reason,
        )  # fmt: skip
        finish(work.held, state, counts=counts, problems=problems)


#: Counts of a batch and the outcomes that they count.
COUNTED = {
    "created": Outcome.CREATED,
    "existing": Outcome.EXISTING,
    "suspects": Outcome.SUSPECT,
    "rejected": Outcome.REJECTED,
    "waiting": Outcome.WAITING,
}
