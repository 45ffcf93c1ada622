"""The nightly clock of documents: expiring, expired, grace; restrictions and their lifting; events for the branch.

All of it follows from the dates, the states and the business date, so a run that is done twice, or dies and
is taken up again, comes to the same.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from credentials.rules.lifecycle import CLOCKED, IDENTIFYING, state_on
from credentials.rules.standing import BANDS, Document, band
from credentials.services.restricting import KIND, settle
from customers.models import CustomerEvent
from customers.services.locking import lock
from customers.services.operating import add_rows
from customers.services.restrictions import SOURCE, run_out
from mdm.bulk.changing import carry_over
from mdm.bulk.reading import read_rows
from mdm.bulk.stamp import Stamp
from mdm.conf import conf
from mdm.history.models import Status
from mdm.jobs import Job
from mdm.run_control import Claim, advance, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from mdm.subjects import Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope

JOB = "documents"
RIGHTS = ("customer.view", "customer.change", "credential.change")
REASON = "clock of documents"
#: Golden customers a transaction.
CHUNK = 500

_DUE = """
SELECT DISTINCT g FROM (
    SELECT coalesce(c.golden_id, c.id) AS g FROM credentials_credential d
    JOIN customers_customer c ON c.id = d.customer_id
    WHERE d.status = 'ACTIVE' AND d.expiry_date <= %(until)s AND d.lifecycle_state = ANY(%(states)s)
    UNION ALL SELECT coalesce(c.golden_id, c.id) FROM credentials_credential d
    JOIN customers_customer c ON c.id = d.customer_id
    WHERE d.status = 'ACTIVE' AND d.lifecycle_state = 'EXPIRING'
    UNION ALL SELECT coalesce(c.golden_id, c.id) FROM customers_restriction r
    JOIN customers_customer c ON c.id = r.customer_id
    WHERE r.status = 'ACTIVE' AND (r.ends_on < %(day)s OR r.kind = %(kind)s AND r.source_system = %(source)s)
) due WHERE g > %(after)s ORDER BY g LIMIT %(size)s
"""


def start(actor: Actor, business_date: date, at: datetime, _parameters: Mapping[str, str]) -> JobRun:
    """One run for a business date, now."""
    key = f"{JOB}|{business_date}"
    run = create_run(actor, JOB, {}, business_date=business_date, at=at, key=key)
    carry_out(run.pk, partial(work, actor, at=at))
    return JobRun.objects.get(pk=run.pk)


def work(actor: Actor, held: Claim, *, at: datetime) -> dict[str, int]:
    """Do a claimed run from where it stands; gives what it counted. Each chunk is one transaction."""
    run = JobRun.objects.get(pk=held.run_id)
    counts, after, done = Counter(run.counts), int(run.checkpoint.get("after", 0)), run.done
    stamp = Stamp(actor, at, REASON, run.business_date or at.date(), run.pk)
    while True:
        with in_scope(actor, RIGHTS[2]):
            ids = _due(after, stamp.business_date)
            if not ids:
                break
            counts += _turned(ids, stamp)
            after, done = ids[-1], done + len(ids)
            advance(held, checkpoint={**run.checkpoint, "after": after}, counts=counts, done=done)
    finish(held, RunState.SUCCEEDED, counts=dict(counts))
    return dict(counts)


def _due(after: int, day: date) -> list[int]:
    """The next golden customers at whom something may have to be done."""
    params: dict[str, Any] = {
        "day": day,
        "until": day + timedelta(days=BANDS[-1]),
        "states": sorted(IDENTIFYING),
        "kind": KIND,
        "source": SOURCE,
        "after": after,
        "size": CHUNK,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, params)
        return [row[0] for row in cursor.fetchall()]


def _turned(ids: Sequence[int], stamp: Stamp) -> Counter[str]:
    """The clock turned on for some golden customers, locked with their members."""
    locked = lock(ids)
    owners = {pk: row.golden_id or pk for pk, row in locked.items()}
    facet, counts = registry.facet("credential"), Counter[str]()
    rows = read_rows(facet, sorted(owners), status=Status.ACTIVE)
    told = _events(rows, stamp)
    counts["events"] += len(told)
    moved = [row for row in rows if _move(row, stamp.business_date)]
    counts.update(row["lifecycle_state"].lower() for row in moved)
    carry_over(facet, moved, stamp)
    counts["ended"] += run_out({pk: locked[golden] for pk, golden in owners.items()}, stamp)
    documents: dict[int, list[Document]] = defaultdict(list)
    for row in rows:
        documents[owners[row["customer_id"]]].append(_document(row))
    for golden in ids:
        counts[settle(locked[golden], documents[golden], stamp)] += 1
    del counts[""]
    return counts


def _move(row: Row, day: date) -> bool:
    """Whether the clock moves a document; it is then in its new state."""
    state = state_on(row["lifecycle_state"], row["expiry_date"], day, conf.credential_grace_days)
    moved = row["lifecycle_state"] in CLOCKED and state != row["lifecycle_state"]
    row["lifecycle_state"] = state
    return bool(moved)


def _document(row: Row) -> Document:
    return Document(row["type"], row["lifecycle_state"], row["expiry_date"], row["is_primary"])


def _events(rows: Sequence[Row], stamp: Stamp) -> list[int]:
    """An event for each document that has come nearer to its end by one step: once for each step."""
    due = {}
    for row in rows:
        near = band(row["expiry_date"], stamp.business_date)
        if near is not None and row["lifecycle_state"] in IDENTIFYING:
            due[f"DOC-{row['id']}-{near}"] = (row, near)
    about = {row["customer_id"] for row, _near in due.values()}
    past = CustomerEvent.objects.filter(customer_id__in=about, reference__in=list(due))
    known = set(past.values_list("reference", flat=True))
    told = [
        (row["customer_id"], _event(row, near, reference, stamp.business_date))
        for reference, (row, near) in due.items()
        if reference not in known
    ]
    return add_rows(registry.facet("customer_event"), told, stamp, SOURCE) if told else []


def _event(row: Row, near: int, reference: str, day: date) -> Row:
    """What the branch is told: follow up on the day the document ends, or the grace does."""
    end = row["expiry_date"] + timedelta(days=0 if near else conf.credential_grace_days)
    return {
        "kind": "ID_EXPIRING" if near else "ID_EXPIRED",
        "happened_on": day,
        "reference": reference,
        "follow_up_on": max(end, day),
    }


DOCUMENTS = Job(JOB, _("Clock of documents: expiry, grace, restrictions"), RIGHTS, start)
