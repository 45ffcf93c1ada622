"""Who may see one customer besides by roles, and who saw clear values of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from customers.models import AccessMark, MarkKind
from customers.selectors.customer import resolve
from security.access.actor import Actor
from security.access.exceptions import CLOSES, OPENS_READING, OPENS_WRITING
from security.access.scope import in_scope
from security.audit.log import record
from security.models import GroupException, Reveal, User, UserException

RIGHT = "customer.share"
_EFFECT = {OPENS_READING: "OPEN", OPENS_WRITING: "OPEN_TO_CHANGE", CLOSES: "CLOSE"}
#: The newest unmaskings shown.
LATEST = 50


@dataclass(frozen=True, slots=True)
class Shared:
    """One exception in force."""

    to: str
    effect: str
    expires_at: datetime | None
    given_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Access:
    """Marks in force, exceptions in force, and the newest unmaskings."""

    customer_no: str
    marks: list[dict[str, Any]]
    shared: list[Shared]
    reveals: list[Reveal]


def access_of(actor: Actor, number: str, *, at: datetime) -> Access:
    """What there is for one customer; the read is logged. NotFound out of scope."""
    with in_scope(actor, RIGHT):
        customer = resolve(actor, number, RIGHT).customer
        ids = [customer.pk, *customer.members]
        record(actor, "access.read", at, subject="customer", customer_id=customer.pk)
        marks = AccessMark.objects.filter(customer_id__in=ids, ended_at=None).order_by("pk")
        reveals = list(Reveal.objects.filter(customer_id__in=ids).order_by("-at")[:LATEST])
        return Access(customer.customer_no, [_mark(row) for row in marks], _shared(ids, at), reveals)


def _mark(row: AccessMark) -> dict[str, Any]:
    value = row.value
    if row.kind != MarkKind.PROTECTED:
        user = User.objects.filter(pk=int(row.value)).first()
        value = user.get_username() if user else row.value
    told = {"kind": row.get_kind_display(), "value": value, "since": row.since}
    return {**told, "set_by": row.set_by, "reason": row.reason}


def _shared(ids: list[int], at: datetime) -> list[Shared]:
    named = Q(object_pk__in=list(map(str, ids)), permission__codename__in=list(_EFFECT))
    running = Q(expires_at=None) | Q(expires_at__gt=at)
    users = UserException.objects.filter(named, running).select_related("user", "permission")
    groups = GroupException.objects.filter(named, running).select_related("group", "permission")
    found = [(row.user.get_username(), row) for row in users]
    told: list[tuple[str, Any]] = [*found, *((f"group:{row.group.name}", row) for row in groups)]
    return [
        Shared(to, _EFFECT[row.permission.codename], row.expires_at, row.given_by, row.reason)
        for to, row in told
    ]
