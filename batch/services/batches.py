"""Batches of new customers: sent, corrected, carried out after a trial, cancelled. A worker creates (`creating`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batch.layouts.customer_rows import Told
from batch.layouts.kept_rows import packed
from batch.models import BatchRow, CustomerBatch, Mode, Outcome
from batch.selectors.batches import CREATE, RIGHT, get_batch, is_cancelled
from batch.services.batch_rows import kept_errors
from batch.services.creating import JOB, run_batch
from mdm.bulk.writing import allocate_ids
from mdm.errors import Duplicate, FieldError, Invalid, NotAllowed
from mdm.run_control import cancel as cancel_run
from mdm.run_control import create_run
from mdm.runs import FINAL_STATES, JobRun
from mdm.tasks import task
from security.access.actor import Actor, system_actor
from security.audit.log import DONE, record

#: Rows of one batch; more are a file to be loaded.
MOST = 1_000
#: How long the rows of a batch are kept that nobody carries out.
KEPT = timedelta(days=7)


def submit(
    actor: Actor, rows: Sequence[Told], *, mode: str, form: str, at: datetime, reason: str = "", key: str = ""
) -> CustomerBatch:
    """Keep rows sealed as a batch and wake a worker for it; the same `key` of the same sender is the same batch.

    `form` says what was sent (json, ndjson, table). NotAllowed; Invalid `creation.size`; Duplicate `creation.key` where
    the batch of the key is of other rows, or went on since, so that nobody can tell.
    """
    _require(actor)
    if not 1 <= len(rows) <= MOST:
        raise Invalid("creation.size", _("A batch has 1 to %d rows.") % MOST)
    told = {"mode": mode, "form": form, "rows": len(rows), "reason": reason, "created_at": at}
    mark = f"{actor.name}|{key or uuid4().hex}"
    with transaction.atomic():
        batch, new = CustomerBatch.objects.get_or_create(key=mark, defaults={**told, "sent_by": actor.name})
        if new:
            _keep(batch, rows)
            _order(actor, batch, at)
            CustomerBatch.objects.filter(pk=batch.pk).update(org_path=_run(batch).org_path)
        elif not _same(batch, rows):
            raise Duplicate("creation.key", _SENT % batch.pk)
        fields = {"rows": batch.rows, "mode": batch.mode}
        result = DONE if new else "existing"
        about: dict[str, Any] = {"subject": "batch", "object_id": batch.pk, "reason": batch.reason}
        record(actor, "creation.submit", at, fields=fields, result=result, **about)
    return batch


def apply_batch(actor: Actor, batch_id: int, *, mode: str, at: datetime) -> CustomerBatch:
    """Create the customers of a batch that was a trial, or of which nothing came because a row was refused.

    NotFound; Duplicate `creation.busy`, `creation.nothing_waits`; Invalid `creation.mode` for a trial once more.
    """
    if mode == Mode.DRY_RUN:
        raise Invalid("creation.mode", _("Say whether one refused row keeps the others from being created."))
    with transaction.atomic():
        batch = _ended(actor, batch_id)
        kept = BatchRow.objects.filter(batch=batch, content__isnull=False)
        if not kept.update(outcome=Outcome.WAITING, **_nothing_found()):
            raise Duplicate("creation.nothing_waits", _("No row of this batch waits for anything."))
        _again(actor, batch, mode, at)
        _record(actor, "creation.apply", batch, at, mode=mode)
    return batch


def correct(actor: Actor, batch_id: int, rows: Sequence[Told], *, at: datetime) -> CustomerBatch:
    """Put corrected rows in the place of rejected ones and work on the batch again, in the mode it has.

    A row says whom it replaces by number (`replaces`), or by the key that one rejected row has. NotFound; Duplicate
    `creation.busy`, `creation.cancelled`; Invalid `creation.size`, or `creation.row` with every row that replaces none.
    """
    if not 1 <= len(rows) <= MOST:
        raise Invalid("creation.size", _("A batch has 1 to %d rows.") % MOST)
    with transaction.atomic():
        batch = _ended(actor, batch_id)
        told = _placed(batch, rows)
        for row in BatchRow.objects.filter(batch=batch, number__in=told):
            _tell(row, told[row.number])
            row.save()
        if batch.mode == Mode.DRY_RUN:
            kept = BatchRow.objects.filter(batch=batch, content__isnull=False)
            kept.update(outcome=Outcome.WAITING, **_nothing_found())
        _again(actor, batch, batch.mode, at)
        _record(actor, "creation.correct", batch, at, rows=sorted(told))
    return batch


def cancel_batch(actor: Actor, batch_id: int, *, at: datetime) -> CustomerBatch:
    """Stop a batch: rows that are done stay, of the others nothing is kept. Duplicate `creation.nothing_waits`."""
    _require(actor)
    get_batch(actor, batch_id)
    with transaction.atomic():
        batch = CustomerBatch.objects.select_for_update().get(pk=batch_id)
        stopped = cancel_run(_run(batch).pk)
        if not _drop(batch) and not stopped:
            raise Duplicate("creation.nothing_waits", _("No row of this batch waits for anything."))
        _record(actor, "creation.cancel", batch, at)
    return batch


@task
def forget_batches() -> None:
    """Cancel batches that nobody carried out: their rows are not kept for ever."""
    at, actor = timezone.now(), system_actor("batch", [RIGHT])
    waiting = BatchRow.objects.filter(content__isnull=False, batch__created_at__lt=at - KEPT)
    for batch_id in waiting.order_by("batch_id").values_list("batch_id", flat=True).distinct():
        with transaction.atomic():
            batch = CustomerBatch.objects.select_for_update().get(pk=batch_id)
            cancel_run(_run(batch).pk)
            _drop(batch)
            _record(actor, "creation.expire", batch, at)


def _require(actor: Actor) -> None:
    """Who sends a batch may create customers, and is somebody in whose name a worker may do it."""
    actor.require(RIGHT)
    actor.require(CREATE)
    if actor.user_id is None:
        raise NotAllowed("access.denied", _("You do not have the right “%s”.") % RIGHT)


def _ended(actor: Actor, batch_id: int) -> CustomerBatch:
    """A batch on which nobody works, locked. Duplicate `creation.busy`, `creation.cancelled`."""
    _require(actor)
    get_batch(actor, batch_id)
    batch = CustomerBatch.objects.select_for_update().get(pk=batch_id)
    if _run(batch).state not in FINAL_STATES:
        raise Duplicate("creation.busy", _("This batch is being worked on."))
    if is_cancelled(batch):
        raise Duplicate("creation.cancelled", _("This batch was cancelled; send its rows anew."))
    return batch


def _run(batch: CustomerBatch) -> JobRun:
    return JobRun.objects.get(pk=batch.run_id or 0)


def _keep(batch: CustomerBatch, rows: Sequence[Told]) -> None:
    """Store rows, what they tell sealed; what cannot be read is rejected at once."""
    ids = allocate_ids(BatchRow._meta.db_table, len(rows))
    made = [BatchRow(id=row_id, batch=batch, number=number) for number, row_id in enumerate(ids, 1)]
    for row, told in zip(made, rows, strict=True):
        _tell(row, told)
    BatchRow.objects.bulk_create(made)


_SENT = _("This form was sent before, as batch #%d. Send it again to make another batch of these rows.")


def _same(batch: CustomerBatch, rows: Sequence[Told]) -> bool:
    """Whether a batch still holds exactly these rows."""
    kept = BatchRow.objects.filter(batch=batch).order_by("number")
    return [_kept(row) for row in kept] == [_sent(row) for row in rows]


def _kept(row: BatchRow) -> object:
    if row.content is not None:
        return row.content.open()
    return row.source_key.open() if row.source_key else "", row.errors


def _sent(told: Told) -> object:
    if told.bundle:
        return packed(told.bundle, tabular=told.tabular)
    return told.source_key[:120], kept_errors(told.errors)


def _tell(row: BatchRow, told: Told) -> None:
    row.source_key = told.source_key[:120]
    row.content = packed(told.bundle, tabular=told.tabular) if told.bundle else None
    row.outcome = Outcome.WAITING if told.bundle else Outcome.REJECTED
    row.duplicate_of, row.errors = None, kept_errors(told.errors)


def _nothing_found() -> dict[str, Any]:
    """The columns of a row on which nobody has worked yet."""
    return {"customer_id": None, "duplicate_of": None, "errors": [], "findings": [], "suspects": []}


def _placed(batch: CustomerBatch, rows: Sequence[Told]) -> dict[int, Told]:
    """The rows by the number of the rejected one that each replaces; Invalid `creation.row` with those that do not."""
    rejected = BatchRow.objects.filter(batch=batch, outcome=Outcome.REJECTED).only("number", "source_key")
    keys = {row.number: row.source_key.open() if row.source_key else "" for row in rejected}
    found: dict[int, Told] = {}
    wrong = []
    for place, row in enumerate(rows):
        same = [number for number, key in keys.items() if key and key == row.source_key]
        number = row.replaces or (same[0] if len(same) == 1 else 0)
        if number in keys and number not in found:
            found[number] = row
        else:
            wrong.append(FieldError(f"/rows/{place}", "creation.row", _NO_ROW))
    if wrong:
        raise Invalid("creation.row", _NO_ROW, wrong)
    return found


_NO_ROW = _("This replaces no rejected row: name the row's number, or its key.")


def _order(actor: Actor, batch: CustomerBatch, at: datetime) -> None:
    """A run for the rows that wait, and a message for a worker."""
    params = {"batch": batch.pk, "user": actor.user_id, "mode": batch.mode}
    run = create_run(actor, JOB, params, business_date=timezone.localtime(at).date(), at=at)
    waiting = BatchRow.objects.filter(batch=batch, outcome=Outcome.WAITING).count()
    JobRun.objects.filter(pk=run.pk).update(total=waiting)
    batch.run = run
    batch.save(update_fields=["run", "mode"])
    run_batch.send(run.pk)


def _again(actor: Actor, batch: CustomerBatch, mode: str, at: datetime) -> None:
    batch.mode = mode
    _order(actor, batch, at)


def _drop(batch: CustomerBatch) -> int:
    """Take away what the rows tell that were not carried out. Returns how many there were."""
    kept = BatchRow.objects.filter(batch=batch, content__isnull=False)
    return kept.update(outcome=Outcome.CANCELLED, content=None, **_nothing_found())


def _record(actor: Actor, action: str, batch: CustomerBatch, at: datetime, **fields: Any) -> None:
    record(actor, action, at, subject="batch", object_id=batch.pk, fields=fields, reason=batch.reason)
