"""Reading the operation log: keyset pages by time, filters on indexed columns. The read itself is logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from security.access.actor import Actor
from security.audit.log import DONE, record
from security.models import OperationLog, Organisation

VIEW = "audit.view"
#: The largest page.
LARGEST = 200
#: Filters that compare a column: filter -> column.
EXACT = {"actor": "actor", "action": "action", "branch": "org_code", "channel": "channel", "code": "code"}
#: Actions that show a customer to somebody.
SEEN = r"\.(read|list|search|panorama|history|shown|recent|compare|reveal|relations|download)$"


@dataclass(frozen=True, slots=True)
class Operations:
    """A page of the log, and the cursor of the next; empty on the last."""

    rows: Sequence[OperationLog]
    next: str


def list_operations(
    actor: Actor, *, at: datetime, after: str = "", size: int = 50, filters: Mapping[str, str] | None = None
) -> Operations:
    """Operations, newest first, at the branches where the actor holds the right.

    `filters`: `actor`, `action`, `branch`, `channel`, `code`, `result` (`refused` for all that was not ok),
    `day`, `since`, `until` (ISO 8601, both days included), `customer` (id), `kind` (`seen`: customers shown to
    somebody). `after` is the `next` of the page before.
    """
    actor.require(VIEW)
    rows = _narrowed(_visible(actor), filters or {})
    place = _place(after)
    if place:
        rows = rows.filter(Q(at__lt=place[0]) | Q(at=place[0], id__lt=place[1]))
    size = min(size, LARGEST)
    found = list(rows.order_by("-at", "-id")[: size + 1])
    record(actor, "audit.read", at, subject="operation", fields={"shown": min(len(found), size)})
    last = found[size - 1] if len(found) > size else None
    return Operations(found[:size], f"{last.at.isoformat()}_{last.pk}" if last else "")


def each_operation(actor: Actor, upto: datetime, filters: Mapping[str, str]) -> QuerySet[OperationLog]:
    """Every operation up to a moment that the filters of `list_operations` let through, oldest first."""
    actor.require(VIEW)
    return _narrowed(_visible(actor), filters).filter(at__lte=upto).order_by("at", "id")


def _visible(actor: Actor) -> QuerySet[OperationLog]:
    """What was done at the actor's branches; at head office also what systems did, who have no branch."""
    orgs = actor.orgs(VIEW)
    if orgs is None or Organisation.objects.filter(parent=None, pk__in=orgs).exists():
        return OperationLog.objects.all()
    codes = Organisation.objects.filter(path__overlap=sorted(orgs)).values("code")
    return OperationLog.objects.filter(Q(org_code__in=codes) | Q(actor_id=actor.user_id))


def _narrowed(rows: QuerySet[OperationLog], filters: Mapping[str, str]) -> QuerySet[OperationLog]:
    told = {name: filters[key] for key, name in EXACT.items() if filters.get(key)}
    found = rows.filter(**told)
    if filters.get("customer"):
        found = found.filter(customer_id=int(filters["customer"]))
    if filters.get("result") == "refused":
        found = found.exclude(result=DONE)
    if filters.get("kind") == "seen":
        found = found.filter(customer_id__isnull=False, action__regex=SEEN)
    return _in_days(found, filters)


def _in_days(rows: QuerySet[OperationLog], filters: Mapping[str, str]) -> QuerySet[OperationLog]:
    """The rows of some days of the bank."""
    first = filters.get("since") or filters.get("day")
    last = filters.get("until") or filters.get("day")
    found = rows.filter(at__gte=_begin(first)) if first else rows
    return found.filter(at__lt=_begin(last) + timedelta(days=1)) if last else found


def _begin(day: str) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time()))


def _place(after: str) -> tuple[datetime, int] | None:
    """The place a cursor names; None for no cursor and for one that is none of ours."""
    moment, _, number = after.rpartition("_")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (found, int(number)) if found.tzinfo else None
