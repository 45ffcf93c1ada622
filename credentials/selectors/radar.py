"""The radar of documents: which have ended or end soon, by branch, and the work list of one band."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from credentials.rules.lifecycle import IDENTIFYING, target
from credentials.rules.standing import BANDS, band
from customers.models import Customer, Document
from customers.rules.number import customer_no
from customers.selectors import documents as kept
from customers.selectors.customer import VIEW
from customers.selectors.gathering import gather_each
from customers.selectors.panorama import NAMED, display_name
from customers.selectors.rows import texts
from mdm.conf import conf
from mdm.errors import Invalid
from mdm.history.models import Status
from mdm.paging import LARGEST, number_in
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record
from security.models import Organisation

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One branch: how many of its customers' documents have ended, and end within each band."""

    org: str
    name: str
    counts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Due:
    """A page of the work list; `next` is where the next one begins."""

    rows: list[Json]
    next: str | None


def day_of(at: datetime) -> date:
    """The bank's day of a moment."""
    return timezone.localtime(at).date()


def _due(actor: Actor, day: date, near: int | None) -> QuerySet[Credential]:
    """The documents that identify somebody and end within the band (0: have ended; None: any of these)."""
    rows = scoped(Credential.objects.all(), actor, VIEW, path="customer__org_path").filter(
        status=Status.ACTIVE,
        lifecycle_state__in=IDENTIFYING,
        expiry_date__lte=day + timedelta(days=BANDS[-1]),
    )
    if near is None:
        return rows
    after, until = _span(day, near)
    return rows.filter(expiry_date__gt=after, expiry_date__lte=until)


def radar(actor: Actor, *, at: datetime) -> list[Line]:
    """The branches whose customers the actor sees, most urgent first; merged customers count with their branch."""
    day = day_of(at)
    with in_scope(actor, VIEW):
        counted = (
            _due(actor, day, None)
            .values("customer__org_id")
            .annotate(n0=_count(day, 0), n30=_count(day, 30), n60=_count(day, 60), n90=_count(day, 90))
        )
        rows: list[Json] = [dict(row) for row in counted]
        names = {
            org.pk: org for org in Organisation.objects.filter(pk__in=[r["customer__org_id"] for r in rows])
        }
        record(actor, "credential.radar", at, subject="credential", fields={"branches": len(rows)})
    lines = [_line(names[row["customer__org_id"]], row) for row in rows]
    return sorted(lines, key=lambda line: ([-line.counts[near] for near in (0, *BANDS)], line.org))


def _count(day: date, near: int) -> Count:
    """How many documents end within a band."""
    after, until = _span(day, near)
    return Count("pk", filter=Q(expiry_date__gt=after, expiry_date__lte=until))


def _span(day: date, near: int) -> tuple[date, date]:
    """The days of a band: after the first, up to the second. Invalid `filter.unknown` for no band."""
    if near == 0:
        return date.min, day - timedelta(days=1)
    if near not in BANDS:
        raise Invalid("filter.unknown", _("There is no such band: 0, 30, 60 or 90."))
    nearer = max((days for days in BANDS if days < near), default=-1)
    return day + timedelta(days=nearer), day + timedelta(days=near)


def _line(org: Organisation, row: Json) -> Line:
    return Line(org.code, str(org), {near: row[f"n{near}"] for near in (0, *BANDS)})


def due(
    actor: Actor, *, at: datetime, near: int | None = None, org: str = "", after: str = "", size: int = 25
) -> Due:
    """A page of documents by the day they end, the first to end first. Invalid `filter.unknown` for no band."""
    day, size = day_of(at), max(1, min(size, LARGEST))
    with in_scope(actor, VIEW):
        rows = _due(actor, day, near)
        rows = rows.filter(customer__org__code=org) if org else rows
        rows = _beyond(rows, after).select_related("customer__org").order_by("expiry_date", "pk")
        found = list(rows[: size + 1])
        told = _rows(actor, found[:size], day)
        shown = [row.customer_id for row in found[:size]]
        record(actor, "credential.due", at, subject="credential", fields={"shown": len(told)}, shown=shown)
    last = found[size - 1] if len(found) > size else None
    return Due(told, f"{last.expiry_date:%Y%m%d}-{last.pk}" if last and last.expiry_date else None)


def _beyond(rows: QuerySet[Credential], after: str) -> QuerySet[Credential]:
    """What comes after a place in the list; the beginning for a place that is none."""
    day, _dash, told = after.partition("-")
    row_id = number_in(told)
    if row_id is None or number_in(day, digits=8) is None:
        return rows
    try:
        ends = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return rows
    return rows.filter(Q(expiry_date__gt=ends) | Q(expiry_date=ends, pk__gt=row_id))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What else is known of the documents of a page: the newest picture on file of each, what is renewed."""

    pictures: dict[int | None, int]
    renewed: frozenset[int | None]


def _rows(actor: Actor, found: list[Any], day: date) -> list[Json]:
    """What is told of each document, masked as its customer is seen."""
    owners = {row.customer_id: row.customer for row in found}
    names, beside = gather_each({pk: (pk,) for pk in owners}, NAMED), _beside(found)
    return [
        {
            **_row(row, day, owners[row.customer_id], names.get(row.customer_id, {}), actor),
            **_ways(row, owners[row.customer_id], actor, beside),
        }
        for row in found
    ]


def _beside(found: list[Any]) -> _Beside:
    ids, owners = [row.pk for row in found], [row.customer_id for row in found]
    shown = Document.objects.filter(
        customer_id__in=owners, about="credential", about_id__in=ids, status=Status.ACTIVE, disposed_on=None
    )
    after = Credential.objects.filter(customer_id__in=owners, replaces__in=ids, status=Status.ACTIVE)
    pictures = dict(shown.order_by("pk").values_list("about_id", "pk"))
    return _Beside(pictures, frozenset(after.values_list("replaces", flat=True)))


def _ways(row: Any, owner: Customer, actor: Actor, beside: _Beside) -> Json:
    """What the reader may do next: `picture` is the document on file that shows it (None for none, or where the reader
    may not see it), `may_add` whether one may be put on file, `may_renew` whether another may take its place."""
    hidden = actor.sight(owner).hides(kept.FACET, kept.CONTENT)
    sees = actor.may_on(kept.VIEW, owner) and not hidden
    return {
        "picture": beside.pictures.get(row.pk) if sees else None,
        "may_add": sees and actor.may_on(registry.facet(kept.FACET).permission, owner),
        "may_renew": actor.may_on(registry.facet("credential").permission, owner)
        and row.pk not in beside.renewed
        and target(row.lifecycle_state, "replace") is not None,
    }


def _row(row: Any, day: date, owner: Customer, named: Any, actor: Actor) -> Json:
    sight = actor.sight(owner)
    told = texts(registry.facet("credential"), row, sight)
    return {
        "id": row.pk,
        "customer_no": customer_no(row.customer_id),
        "display_name": display_name(named, sight),
        "org": owner.org.code,
        "branch": str(owner.org),
        "type": row.type,
        "kind": told["type"],
        "number": told["number"],
        "expiry_date": row.expiry_date,
        "days": (row.expiry_date - day).days,
        "band": band(row.expiry_date, day),
        "lifecycle_state": row.lifecycle_state,
        "state": told["lifecycle_state"],
        "restricted_from": row.expiry_date + timedelta(days=conf.credential_grace_days + 1),
    }


def expiring(actor: Actor, *, at: datetime, limit: int) -> int:
    """How many documents in force end within the last band, counted up to `limit`; for the home page."""
    day = day_of(at)
    with in_scope(actor, VIEW):
        return _due(actor, day, None).filter(expiry_date__gte=day).values("pk")[:limit].count()
