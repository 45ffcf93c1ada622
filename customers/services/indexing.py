"""Entering the values of attributes into the index of search, or taking them out, once a definition says so; and
everybody anew, after an upgrade that searches by more than the one before.

A run in chunks of customers, each locked as every writer locks it, written and noted in one transaction; a write that
comes meanwhile goes by the new definition already. So a worker may be killed anywhere, and doing a chunk twice
changes nothing.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.selectors.customer import VIEW
from mdm.bulk.changing import refresh
from mdm.bulk.reindexing import CHUNK, lock_customers
from mdm.dictionary.impact import in_force
from mdm.dictionary.indexing import JOB
from mdm.jobs import Job
from mdm.run_control import Claim, advance, carry_out, create_run, finish, hold, progressed, take_up
from mdm.runs import JobRun, RunState
from mdm.subjects import Facet, registry
from mdm.tasks import task
from security.access.actor import Actor, system_actor
from security.access.scope import in_scope
from security.audit.log import record

EVERYBODY = "index_customers"


def order(actor: Actor, facet: Facet, at: datetime) -> None:
    """A run for the values of a facet, taken by a worker once the caller's transaction commits."""
    day = timezone.localtime(at).date()
    run = create_run(actor, JOB, {"facet": facet.name}, business_date=day, at=at)
    run_indexing.send(run.pk)


@task
def run_indexing(run_id: int) -> None:
    """A worker's part."""
    take_up(run_id, _work)


def start(actor: Actor, business_date: date, at: datetime, _parameters: Mapping[str, str]) -> JobRun:
    """Everybody anew, now: what is derived of rows, entries of the index among them, as this version derives it."""
    run = create_run(actor, EVERYBODY, {}, business_date=business_date, at=at)
    carry_out(run.pk, _work)
    return JobRun.objects.get(pk=run.pk)


def _work(held: Claim) -> None:
    run = JobRun.objects.get(pk=held.run_id)
    name = run.params.get("facet")
    facet, actor = registry.facet(name) if name else None, system_actor("dictionary", [VIEW])
    if run.total is None:
        with in_scope(actor, VIEW):
            advance(held, total=_owners(facet, 0).count(), unit="customers")
    while _chunk(held, facet, actor):
        pass
    done = JobRun.objects.get(pk=held.run_id).done
    with transaction.atomic():
        fields = {"facet": name or "", "customers": done}
        action = "attribute.indexed" if facet else "customer.indexed"
        record(actor, action, timezone.now(), subject="run", object_id=run.pk, fields=fields)
        finish(held, RunState.SUCCEEDED, counts={"customers": done})


def _chunk(held: Claim, facet: Facet | None, actor: Actor) -> bool:
    """The next customers after the checkpoint, in one transaction; False where there are none."""
    with in_scope(actor, VIEW):
        run = hold(held)
        ids = list(_owners(facet, int(run.checkpoint.get("after", 0)))[:CHUNK])
        if ids:
            lock_customers(ids)
            refresh(ids)
            checkpoint = {**progressed(run.checkpoint), "after": ids[-1]}
            advance(held, done=run.done + len(ids), checkpoint=checkpoint)
    return bool(ids)


def _owners(facet: Facet | None, after: int) -> Any:
    """The customers, by id, whose rows of a facet have values of attributes; everybody without one."""
    if facet is None:
        return Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    owner = "pk" if facet.name == "customer" else "customer_id"
    held = in_force(facet).filter(extension__isnull=False, **{f"{owner}__gt": after})
    return held.order_by(owner).values_list(owner, flat=True).distinct()


INDEX_CUSTOMERS = Job(EVERYBODY, _("Enter everybody into the index of search anew"), (VIEW,), start)
