"""Reading the operation log: keyset pages by time, filters on indexed columns. The read itself is logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from security.access.actor import Actor
from security.audit.log import record
from security.models import OperationLog, Organisation

VIEW = "audit.view"
#: The largest page.
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Operations:
    """A page of the log, and the cursor of the next; empty on the last."""

    rows: Sequence[OperationLog]
    next: str


def list_operations(
    actor: Actor, *, at: datetime, after: str = "", size: int = 50, filters: Mapping[str, str] | None = None
) -> Operations:
    """Operations, newest first, at the branches where the actor holds the right.

    `filters`: `actor`, `action`, `result` (`refused` for all that was not ok), `day` (ISO 8601),
    `customer` (id). `after` is the `next` of the page before.
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


def _visible(actor: Actor) -> QuerySet[OperationLog]:
    """What was done at the actor's branches; at head office also what systems did, who have no branch."""
    orgs = actor.orgs(VIEW)
    if orgs is None or Organisation.objects.filter(parent=None, pk__in=orgs).exists():
        return OperationLog.objects.all()
    codes = Organisation.objects.filter(path__overlap=sorted(orgs)).values("code")
    return OperationLog.objects.filter(Q(org_code__in=codes) | Q(actor_id=actor.user_id))


def _narrowed(rows: QuerySet[OperationLog], filters: Mapping[str, str]) -> QuerySet[OperationLog]:
    found = rows
    for name in ("actor", "action"):
        if filters.get(name):
            found = found.filter(**{name: filters[name]})
    if filters.get("customer"):
        found = found.filter(customer_id=int(filters["customer"]))
    if filters.get("result") == "refused":
        found = found.exclude(result="ok")
    if filters.get("day"):
        begin = timezone.make_aware(datetime.combine(date.fromisoformat(filters["day"]), time()))
        found = found.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    return found


def _place(after: str) -> tuple[datetime, int] | None:
    """The place a cursor names; None for no cursor and for one that is none of ours."""
    moment, _, number = after.rpartition("_")
    if not number.isdigit() or len(number) > 18:
        return None
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (found, int(number)) if found.tzinfo else None
