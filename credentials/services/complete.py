"""A customer of whom elements against money laundering are missing beyond the grace takes up no new business until they
are there (domain 1.2).

The night that finds them missing first writes an event, whose day of following up is the end of the grace; a later one
restricts. What completes them (a form, an operation, a delivery) ends both at once; what completes them otherwise, as
a merge does, in the next night. All follows from the rows and the business date, so a run done twice is done once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.rules.completeness import missing
from customers.models import Customer, CustomerEvent, Restriction
from customers.rules.lifecycle import LIVING
from customers.selectors.gathering import Gathered, gather_each
from customers.services.locking import lock
from customers.services.operating import add_rows
from customers.services.restrictions import SOURCE, lift, own_restrictions, restrict
from mdm.bulk.stamp import Stamp
from mdm.conf import conf
from mdm.history.models import Status
from mdm.history.writing import save_with_history
from mdm.jobs import Job
from mdm.run_control import Claim, advance, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from mdm.subjects import Changes, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope

JOB = "aml_elements"
RIGHTS = ("customer.view", "customer.change")
REASON = "clock of AML elements"
#: Of the restriction, and of the event that tells since when.
KIND = "AML_INCOMPLETE"
#: What there is goes on: nothing is known against the customer.
EXTENT = "NEW_BUSINESS"
#: The facets on which it depends.
FACETS = frozenset({"customer", "customer_name", "person_profile", "organisation_profile", "credential"}) | {
    "address",
    "phone",
    "email",
    "relationship",
}
#: Golden customers a transaction.
CHUNK = 500


def start(actor: Actor, business_date: date, at: datetime, _parameters: Mapping[str, str]) -> JobRun:
    """One run for a business date, now."""
    run = create_run(actor, JOB, {}, business_date=business_date, at=at, key=f"{JOB}|{business_date}")
    carry_out(run.pk, partial(work, actor, at=at))
    return JobRun.objects.get(pk=run.pk)


def work(actor: Actor, held: Claim, *, at: datetime) -> dict[str, int]:
    """Do a claimed run from where it stands; gives what it counted. Each chunk is one transaction."""
    run = JobRun.objects.get(pk=held.run_id)
    counts, after, done = Counter(run.counts), int(run.checkpoint.get("after", 0)), run.done
    stamp = Stamp(actor, at, REASON, run.business_date or at.date(), run.pk)
    while True:
        with in_scope(actor, RIGHTS[1]):
            found = Customer.objects.filter(golden=None, pk__gt=after).order_by("pk")
            ids = list(found.values_list("pk", flat=True)[:CHUNK])
            if not ids:
                break
            counts += _turned(lock(ids), ids, stamp)
            after, done = ids[-1], done + len(ids)
            advance(held, checkpoint={**run.checkpoint, "after": after}, counts=counts, done=done)
    finish(held, RunState.SUCCEEDED, counts=dict(counts))
    return dict(counts)


def _turned(locked: Mapping[int, Customer], ids: Sequence[int], stamp: Stamp) -> Counter[str]:
    """One night for some golden customers, locked with their members."""
    golden = {pk: locked[pk] for pk in ids if locked[pk].golden_id is None}
    rows = gather_each(_families(golden), FACETS)
    marked, counts = _marked(golden), Counter[str]()
    lacking = {pk: _lacking(row, rows[pk], stamp.business_date) for pk, row in golden.items()}
    told = [(pk, _event(stamp)) for pk, lacks in lacking.items() if lacks and pk not in marked]
    if told:
        add_rows(registry.facet("customer_event"), told, stamp, SOURCE)
    counts["events"] += len(told)
    for pk in sorted(marked):
        counts[_settle(golden[pk], lacking[pk], stamp)] += 1
    del counts[""]
    return counts


def follow(golden: int, facet: str, stamp: Stamp) -> None:
    """After a row of a locked golden customer was written: what is complete by now is free at once."""
    if facet in FACETS:
        _free([golden], stamp)


def follow_all(changes: Changes, stamp: Stamp) -> None:
    """The same for what a source changed of many known customers, who are locked."""
    about = [pk for pk, told in changes.items() if any(facet in FACETS for facet, _fields in told)]
    kept = Customer.objects.filter(pk__in=about).values_list("pk", "golden_id")
    _free(sorted({golden or pk for pk, golden in kept}), stamp)


def _free(ids: Sequence[int], stamp: Stamp) -> None:
    golden = Customer.objects.in_bulk(list(ids))
    marked = {pk: golden[pk] for pk in _marked(golden)}
    rows = gather_each(_families(marked), FACETS) if marked else {}
    for pk, row in marked.items():
        if not _lacking(row, rows[pk], stamp.business_date):
            _settle(row, [], stamp)


def _families(golden: Mapping[int, Customer]) -> dict[int, list[int]]:
    return {pk: [pk, *row.members] for pk, row in golden.items()}


def _marked(golden: Mapping[int, Customer]) -> set[int]:
    """Those of whom an event tells that elements are missing, or whom a restriction holds for it."""
    owners = {member: pk for pk, family in _families(golden).items() for member in family}
    told = {"customer_id__in": list(owners), "kind": KIND, "source_system": SOURCE, "status": Status.ACTIVE}
    found = [*CustomerEvent.objects.filter(**told).values_list("customer_id", flat=True)]
    found += Restriction.objects.filter(**told).values_list("customer_id", flat=True)
    return {owners[pk] for pk in found}


def _lacking(golden: Customer, rows: Gathered, day: date) -> list[str]:
    """The elements that are missing; none once the relation is over, or before it begins."""
    return missing(rows, day) if golden.lifecycle_status in LIVING else []


def _settle(golden: Customer, lacking: Sequence[str], stamp: Stamp) -> str:
    """Bring what a marked customer is held by to what is missing; `restricted`, `lifted`, or empty where nothing
    changes."""
    family = [golden.pk, *golden.members]
    held, events = own_restrictions(family, KIND), _events(family)
    if not lacking:
        for event in events:
            event.status, event.valid_to = Status.ENDED, stamp.business_date
            save_with_history(event, stamp)
        if held:
            lift(golden, held, stamp)
        return "lifted" if held else ""
    if not held and any(event.follow_up_on < stamp.business_date for event in events):
        restrict(golden, KIND, stamp, extent=EXTENT)
        return "restricted"
    return ""


def _events(family: Sequence[int]) -> list[Any]:
    rows = CustomerEvent.objects.filter(customer_id__in=list(family), kind=KIND, source_system=SOURCE)
    return list(rows.filter(status=Status.ACTIVE).order_by("pk"))


def _event(stamp: Stamp) -> Row:
    day = stamp.business_date
    return {"kind": KIND, "happened_on": day, "follow_up_on": day + timedelta(days=conf.aml_grace_days)}


AML_ELEMENTS = Job(JOB, _("Clock of AML elements: what is missing beyond the grace"), RIGHTS, start)
