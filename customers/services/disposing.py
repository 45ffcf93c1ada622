"""Destroying documents whose time is over: a run that names what it will destroy, notes it, and only then does it.

Nothing goes before its day, while it is held, while a restriction holds the customer's data. The entry of a document
stays, with the day its content went; so does the digest of what it was.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Document
from customers.rules import retention
from customers.rules.document import CLASSES, kept_until
from customers.selectors.documents import FACET
from customers.selectors.erasing import ended_on, held
from customers.services.locking import done_again, lock
from mdm.bulk.stamp import Stamp
from mdm.history.models import Status
from mdm.history.writing import save_with_history
from mdm.jobs import Job
from mdm.run_control import Claim, advance, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from mdm.storage.models import StoredObject
from mdm.storage.objects import destroy_object
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

RIGHT = "document.dispose"
NAME = "dispose_documents"
REASON = "time of retention is over"


def dispose(actor: Actor, business_date: date, at: datetime) -> JobRun:
    """Destroy what is due on a day. A run that was killed is taken up where it was, under the same day."""
    actor.require(RIGHT)
    key = f"{NAME}|{business_date}"
    run = create_run(actor, NAME, {}, business_date=business_date, at=at, key=key)
    carry_out(run.pk, partial(work, actor, at=at))
    return JobRun.objects.get(pk=run.pk)


def work(actor: Actor, run: Claim, *, at: datetime) -> None:
    """Do a claimed run."""
    order = JobRun.objects.get(pk=run.run_id)
    told = order.business_date or at.date()
    for customer_id in _customers(told):
        _dispose_of(actor, run, customer_id, told, at)
    waiting = _waiting(run)
    for name in waiting:
        destroy_object(name, at)
    counts = JobRun.objects.get(pk=run.run_id).counts
    finish(run, RunState.SUCCEEDED, counts={"documents": 0, **counts, "objects": len(waiting)}, step="")


def due(members: list[Customer], rows: list[Document], today: date) -> list[Document]:
    """Which of a customer's documents may go on a day: none while the customer's data is held."""
    if held([row.pk for row in members], today):
        return []
    over = all(retention.over(row.lifecycle_status) for row in members)
    relation = ended_on(members) if over else None
    return [row for row in rows if _is_due(row, relation, today)]


def _is_due(row: Document, relation_ended: date | None, today: date) -> bool:
    if row.held_on or row.disposed_on:
        return False
    ended = row.valid_to if row.status == Status.ENDED else None
    until = kept_until(row.kind, ended, relation_ended)
    return until is not None and until <= today


def _customers(today: date) -> list[int]:
    """Golden customers that may have something due: whose relation is over, or with a document that ended."""
    from_document = [kind for kind, keeping in CLASSES.items() if not keeping.from_relation]
    kept = Document.objects.filter(disposed_on=None, held_on=None)
    over = Q(customer__lifecycle_status__in=retention.ENDED | retention.NEVER_BEGAN)
    ended = Q(kind__in=from_document, status=Status.ENDED, valid_to__lte=today)
    found = kept.filter(over | ended).values_list("customer_id", "customer__golden_id")
    return sorted({golden or own for own, golden in found})


@done_again
def _dispose_of(actor: Actor, run: Claim, customer_id: int, today: date, at: datetime) -> None:
    """One customer in one transaction: rows, log, and the objects that are to follow, in the run's checkpoint."""
    with in_scope(actor, RIGHT), transaction.atomic():
        members = sorted(lock([customer_id]).values(), key=lambda row: row.pk)
        rows = list(Document.objects.filter(customer_id__in=[row.pk for row in members]))
        going = due(members, rows, today)
        if not going:
            return
        names = _objects(going, [row for row in rows if row not in going])
        for row in going:
            _end(actor, row, customer_id, today, at)
        order = JobRun.objects.get(pk=run.run_id)
        objects = sorted({*order.checkpoint.get("objects", []), *names})
        counts = {"documents": order.counts.get("documents", 0) + len(going)}
        advance(run, checkpoint={**order.checkpoint, "objects": objects}, counts=counts)


def _objects(going: list[Document], staying: list[Document]) -> set[str]:
    """The objects of all editions of what goes, but for those that something which stays needs too."""
    kept = _object_ids([row for row in staying if row.disposed_on is None])
    gone = _object_ids(going) - kept
    return set(StoredObject.objects.filter(pk__in=gone).values_list("name", flat=True))


def _object_ids(rows: list[Document]) -> set[int]:
    history: Any = Document.history
    past = history.filter(id__in=[row.pk for row in rows]).values_list("object_id", flat=True)
    return {*(row.object_id for row in rows), *past}


def _end(actor: Actor, row: Document, golden: int, today: date, at: datetime) -> None:
    """Note in a row, its history and the log that its content goes."""
    row.status, row.disposed_on = Status.ENDED, today
    row.valid_to = row.valid_to or today
    save_with_history(row, Stamp(actor, at, REASON, today))
    record(
        actor,
        "document.dispose",
        at,
        subject=FACET,
        object_id=row.pk,
        customer_id=golden,
        fields={"kind": row.kind, "edition": row.edition},
        reason=REASON,
    )


def _waiting(run: Claim) -> list[str]:
    return list(JobRun.objects.get(pk=run.run_id).checkpoint.get("objects", []))


def _job(actor: Actor, business_date: date, at: datetime, _parameters: Mapping[str, str]) -> JobRun:
    return dispose(actor, business_date, at)


JOB = Job(NAME, _("Destroy documents whose time is over"), (RIGHT,), _job)
