"""Checking a branch or everybody: a run that a worker does chunk by chunk, and may take up again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.models import IntegrityResult
from credentials.rules.integrity import Report, judge
from credentials.selectors.integrity import KINDS, across, bundle_of
from customers.models import Customer
from customers.selectors.gathering import gather_each
from mdm.errors import FieldError, Invalid
from mdm.jobs import Job
from mdm.run_control import Claim, advance, carry_out, create_run, finish, take_up
from mdm.runs import JobRun, RunState
from mdm.subjects import registry
from mdm.tasks import task
from security.access.actor import Actor, system_actor
from security.access.scope import in_scope
from security.audit.log import record
from security.models import Organisation

JOB = "integrity"
RIGHT = "integrity.run"
RIGHTS = ("customer.view", RIGHT)
#: Golden customers a transaction.
CHUNK = 200


def order(actor: Actor, *, org: str = "", at: datetime) -> JobRun:
    """Order the check of a branch with those below it, or of all that the actor may check, for a worker.

    Raises NotAllowed, Invalid `integrity.branch` for a branch that is not there or not the actor's.
    """
    path = _branch(actor, org)
    day = timezone.localtime(at).date()
    with transaction.atomic():
        run = _run(actor, path, day, at)
        record(actor, "integrity.order", at, subject="run", object_id=run.pk, fields={"org": org})
        run_checks.send(run.pk)
    return run


def _branch(actor: Actor, org: str) -> list[int]:
    """The branches whose customers are checked: the one named, else those where the actor holds the right."""
    actor.require(RIGHT)
    held = actor.orgs(RIGHT)
    if not org:
        return [] if held is None else sorted(held)
    found = Organisation.objects.filter(code=org).first()
    if found is None or not actor.may_at(RIGHT, found.path):
        text = _("There is no such branch, or it is not yours.")
        raise Invalid("integrity.branch", text, [FieldError("/org", "integrity.branch", text)])
    return [found.pk]


def _run(actor: Actor, branches: list[int], day: date, at: datetime) -> JobRun:
    key = f"{JOB}|{day}|{','.join(map(str, branches))}"
    return create_run(actor, JOB, {"branches": branches}, business_date=day, at=at, key=key)


@task
def run_checks(run_id: int) -> None:
    """A worker's part."""
    take_up(run_id, partial(work, system_actor("integrity", RIGHTS, channel="BATCH"), at=timezone.now()))


def start(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    """One run now."""
    run = _run(actor, _branch(actor, parameters.get("org", "")), business_date, at)
    carry_out(run.pk, partial(work, actor, at=at))
    return JobRun.objects.get(pk=run.pk)


def work(actor: Actor, held: Claim, *, at: datetime) -> dict[str, int]:
    """Check the customers of a claimed run from where it stands; gives what it counted."""
    run = JobRun.objects.get(pk=held.run_id)
    counts, after = Counter(run.counts), int(run.checkpoint.get("after", 0))
    while True:
        with in_scope(actor, RIGHTS[0]):
            found = _next(run.params["branches"], after)
            if not found:
                break
            made = _checked(found, run, at)
            told = {"counts": dict(made)}
            record(actor, "integrity.checked", at, subject="run", object_id=run.pk, fields=told)
            counts += made
            after = found[-1].pk
            place = {**run.checkpoint, "after": after}
            advance(held, checkpoint=place, counts=counts, done=counts["customers"])
    finish(held, RunState.SUCCEEDED, counts=dict(counts))
    return dict(counts)


def _next(branches: Sequence[int], after: int) -> list[Customer]:
    rows = Customer.objects.filter(golden=None, pk__gt=after)
    rows = rows.filter(org_path__overlap=list(branches)) if branches else rows
    return list(rows.only("pk", "members").order_by("pk")[:CHUNK])


def _checked(found: Sequence[Customer], run: JobRun, at: datetime) -> Counter[str]:
    """Check some golden customers and keep the figures; those of an earlier check are replaced."""
    families = {one.pk: [one.pk, *one.members] for one in found}
    rows = gather_each(families, [facet.name for facet in registry.facets()])
    others, day = across(families), run.business_date or at.date()
    kept, counts = [], Counter[str]()
    for golden in families:
        report = judge(bundle_of(rows[golden]), day, others[golden])
        kept.append(IntegrityResult(customer_id=golden, **_figures(report), **_stamped(run, day, at)))
        counts["customers"] += 1
        counts["points"] += report.score
        counts.update(kind.lower() for kind in report.counts)
    IntegrityResult.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["customer"], update_fields=_KEPT
    )
    return counts


def _stamped(run: JobRun, day: date, at: datetime) -> dict[str, Any]:
    return {"run_id": run.pk, "checked_at": at, "business_date": day}


def _figures(report: Report) -> dict[str, Any]:
    told = {kind.lower(): report.counts[kind] for kind in KINDS}
    return {**told, "score": report.score, "elements": sum(one.state == "OK" for one in report.elements)}


_KEPT = ["run_id", "checked_at", "business_date", "score", "elements", *(kind.lower() for kind in KINDS)]
INTEGRITY = Job(JOB, _("Integrity of customers' data"), RIGHTS, start, frozenset({"org"}))
