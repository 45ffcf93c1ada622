"""Checking a population, which may be everybody: a run that a worker does chunk by chunk, and may take up again."""

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
from credentials.services import population
from credentials.services.population import RIGHT, Population
from customers.models import Customer
from customers.selectors.gathering import gather_each
from mdm.jobs import Job
from mdm.run_control import Claim, advance, carry_out, create_run, finish, take_up
from mdm.runs import JobRun, RunState
from mdm.subjects import registry
from mdm.tasks import task
from security.access.actor import Actor, system_actor
from security.access.scope import in_scope
from security.audit.log import record

JOB = "integrity"
RIGHTS = ("customer.view", RIGHT)
#: Golden customers a transaction.
CHUNK = 200


def order(actor: Actor, wanted: Population | None = None, *, at: datetime) -> JobRun:
    """Order the check of a population for a worker. Raises as `population.told`."""
    asked = population.told(actor, wanted or Population())
    day = timezone.localtime(at).date()
    with transaction.atomic():
        run = _run(actor, asked, day, at)
        fields = {"branches": asked["branches"], "filters": sorted(asked.get("filters", ()))}
        shown = asked.get("customers", [])
        record(actor, "integrity.order", at, subject="run", object_id=run.pk, fields=fields, shown=shown)
        run_checks.send(run.pk)
    return run


def _run(actor: Actor, asked: dict[str, Any], day: date, at: datetime) -> JobRun:
    key = f"{JOB}|{day}|{population.key_of(asked)}"
    return create_run(actor, JOB, asked, business_date=day, at=at, key=key)


@task
def run_checks(run_id: int) -> None:
    """A worker's part."""
    take_up(run_id, partial(work, system_actor("integrity", RIGHTS, channel="BATCH"), at=timezone.now()))


def start(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    """One run now. Raises as `population.view_in` and `population.told`."""
    told = Population(
        parameters.get("org", ""),
        population.view_in(parameters.get("view", "")),
        population.numbers_in(parameters.get("customers", "")),
    )
    run = _run(actor, population.told(actor, told), business_date, at)
    carry_out(run.pk, partial(work, actor, at=at))
    return JobRun.objects.get(pk=run.pk)


def work(actor: Actor, held: Claim, *, at: datetime) -> dict[str, int]:
    """Check the customers of a claimed run from where it stands; gives what it counted."""
    run = JobRun.objects.get(pk=held.run_id)
    counts, after = Counter(run.counts), int(run.checkpoint.get("after", 0))
    while True:
        with in_scope(actor, RIGHTS[0]):
            rows = population.golden_of(actor, run.params).filter(pk__gt=after)
            found = list(rows.only("pk", "members", "org").order_by("pk")[:CHUNK])
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
INTEGRITY = Job(
    JOB, _("Integrity of customers' data"), RIGHTS, start, frozenset({"org", "view", "customers"})
)
