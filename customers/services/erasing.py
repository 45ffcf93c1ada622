"""Erasing a customer whose time is over (domain 5.6): ordered by a person, agreed to by another, done by a worker.

What goes: every row about the customer and those merged into it, live and history, with its digests and
signatures; refused lines of files that tell of it; the files as they came, with their keys. What stays: a
tombstone, the operation log, which holds no values. There is no way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, ErasedKey, Tombstone
from customers.rules.number import customer_no
from customers.selectors import erasing
from customers.selectors.customer import resolve
from customers.selectors.erasing import OPERATION, RIGHT, Standing, day_of
from customers.services.locking import done_again, lock
from mdm.erasure import Erased, forget_all
from mdm.errors import Duplicate, Invalid
from mdm.history.writing import require_reason
from mdm.run_control import Claim, advance, create_run, finish, take_up
from mdm.runs import JobRun, RunState
from mdm.storage.objects import destroy_object
from mdm.tasks import task
from security.access.actor import Actor, system_actor
from security.access.scope import in_scope
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.requests import Done, perform
from security.audit.log import record

JOB = "erase_customer"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An erasure that a worker is to do."""

    customer_no: str
    run_id: int


def ask(actor: Actor, number: str, *, reason: str, at: datetime) -> Done:
    """Order an erasure, or ask a second person for it. Raises what `order` raises, Duplicate `approval.open`."""
    return perform(actor, OPERATION, {"customer": number}, reason=reason, at=at)


def do_order(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Ordered:
    """The erasure that a person or a request asked for: ordered, and a worker woken up for it."""
    ordered = order(actor, told["customer"], reason=reason, at=at)
    run_erasure.send(ordered.run_id)
    return ordered


@done_again
def order(actor: Actor, number: str, *, reason: str, at: datetime) -> Ordered:
    """Order the erasure of a customer and all that count for it: a run that waits for `work`.

    Raises NotFound, Gone `customer.erased`, Duplicate `customer.merged` for a number that was merged into
    another, Invalid `erasure.refused` with everything that stands in the way, ApprovalNeeded.
    """
    told = require_reason(reason)
    with in_scope(actor, RIGHT):
        members = _members(actor, number)
        _refuse_obstacles(members, at)
        golden = members[0]
        _ask(actor, members)
        params = {"customer": golden.pk, "reason": told}
        run = create_run(actor, JOB, params, business_date=day_of(at), at=at, key=f"{JOB}|{golden.pk}")
        record(
            actor,
            "customer.erase_order",
            at,
            subject="customer",
            customer_id=golden.pk,
            fields={"run": run.pk, "members": len(members)},
            reason=told,
        )
    return Ordered(golden.customer_no, run.pk)


def _members(actor: Actor, number: str) -> list[Customer]:
    """The golden customer first, then who counts for it, all locked."""
    view = resolve(actor, number, RIGHT)
    if view.redirected_from is not None:
        raise Duplicate("customer.merged", _("This customer was merged into %s.") % view.customer.customer_no)
    locked = lock([view.golden_id])
    return sorted(locked.values(), key=lambda row: (row.pk != view.golden_id, row.pk))


def _refuse_obstacles(members: list[Customer], at: datetime) -> None:
    found = erasing.obstacles(members, day_of(at))
    if found:
        raise Invalid("erasure.refused", _("This customer may not be erased yet."), found)


def _ask(actor: Actor, members: list[Customer]) -> None:
    golden = members[0]
    require_approval(
        actor,
        Case(
            operation=OPERATION,
            target=f"erase:{golden.pk}",
            permission=RIGHT,
            org_path=golden.org_path,
            org_code=golden.org.code,
            customer_id=golden.pk,
            versions={f"customer:{row.pk}": row.version for row in members},
            facts={"party_type": golden.party_type, "members": len(members)},
        ),
    )


def standing(actor: Actor, number: str, *, at: datetime) -> Standing:
    """What a page shows before somebody asks: who would go, and what stands in the way; the read is logged.
    Raises as `order`."""
    with in_scope(actor, RIGHT):
        members = _members(actor, number)
        record(actor, "customer.erase_check", at, subject="customer", customer_id=members[0].pk)
        golden, others = members[0].customer_no, [row.customer_no for row in members[1:]]
        return Standing(golden, others, erasing.obstacles(members, day_of(at)))


@task
def run_erasure(run_id: int) -> None:
    """A worker's part."""
    take_up(run_id, partial(work, eraser(), at=timezone.now()))


def eraser() -> Actor:
    """The actor of erasures: done by the product, on the order that the run names."""
    return system_actor("erase", [RIGHT], channel="BATCH")


def work(actor: Actor, held: Claim, *, at: datetime) -> dict[str, int]:
    """Erase whom a claimed run names: the rows in one transaction, then the objects. Returns rows by table.

    Killed anywhere, it is done again to the same end. Invalid `erasure.refused` ends the run.
    """
    run = JobRun.objects.get(pk=held.run_id)
    if "objects" not in run.checkpoint:
        _erase(actor, run, held, at)
        run.refresh_from_db()
    for name in run.checkpoint["objects"]:
        destroy_object(name, at)
    counts = {**run.counts, "objects": len(run.checkpoint["objects"])}
    finish(held, RunState.SUCCEEDED, counts=counts, step="")
    return counts


@done_again
def _erase(actor: Actor, run: JobRun, held: Claim, at: datetime) -> None:
    """The rows, and the list of objects that are to follow, in one transaction."""
    with in_scope(actor, RIGHT):
        if erasing.tombstone(run.params["customer"]) is not None:  # an earlier order was done meanwhile
            advance(held, checkpoint={**run.checkpoint, "objects": []}, counts={})
            return
        members = _members(actor, customer_no(run.params["customer"]))
        _refuse_obstacles(members, at)
        erased = erasing.erased_of([row.pk for row in members])
        _bury(members, erased, run, at)
        _record(actor, erased, run, at)
        ChangeRequest.objects.filter(customer_id__in=erased.customer_ids).exclude(operation=OPERATION).update(
            arguments=None, base=None
        )
        objects = sorted(forget_all(erased, at))
        counts = _gone(erased)
        advance(held, checkpoint={**run.checkpoint, "objects": objects}, counts=counts)


def _bury(members: list[Customer], erased: Erased, run: JobRun, at: datetime) -> None:
    """What is left: numbers that are never given again, and keys that bring nobody back."""
    golden, ended = members[0], erasing.ended_on(members)
    Tombstone.objects.bulk_create(
        Tombstone(
            customer_id=row.pk,
            golden_id=golden.pk,
            org_path=golden.org_path,
            erased_at=at,
            ordered_by=run.started_by,
            reason=run.params["reason"],
            run_id=run.pk,
            relation_ended_on=ended,
        )
        for row in members
    )
    ErasedKey.objects.bulk_create(
        (ErasedKey(digest=d, customer_id=golden.pk) for d in erasing.key_digests(erased.source_keys)),
        ignore_conflicts=True,
    )


def _record(actor: Actor, erased: Erased, run: JobRun, at: datetime) -> None:
    """One row of the operation log for each number; the database asks for them before it lets anything go."""
    for pk in erased.customer_ids:
        fields = {"run": run.pk, "ordered_by": run.started_by, "source_keys": len(erased.source_keys)}
        record(
            actor,
            OPERATION,
            at,
            subject="customer",
            customer_id=pk,
            fields=fields,
            reason=run.params["reason"],
        )


def _gone(erased: Erased) -> dict[str, int]:
    """Delete, by the one function that may. Returns the rows that went, by table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT name, gone FROM panorama_erase(%s)", [list(erased.customer_ids)])
        return {name: gone for name, gone in cursor.fetchall() if gone}
