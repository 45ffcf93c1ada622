"""What a subscriber is told of: read from the history when somebody looks, so nothing is missed or told twice.

A notice names the customer, the kind, the facet and the time, never a value. Scope is asked again at every look: of a
customer that is out of it nothing is told. What was told can be looked at for `KEPT`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from psycopg import sql

from customers.models import Customer, NoticeKind, Subscription
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW
from customers.selectors.panorama import EXPIRY_NOTICE
from mdm.codes.tables.credential import GONE_STATES
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record

#: How long a notice is shown, and how many there are at most, newest first.
KEPT, MOST = timedelta(days=30), 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told. `key` names it within its subscription's customer; `branch` is the code of the branch whose
    subscription tells it, empty for one of the customer's own."""

    key: str
    customer_no: str
    kind: str
    facet: str
    facet_label: str
    at: datetime
    unread: bool
    branch: str = ""


@dataclass(frozen=True, slots=True)
class _Watched:
    """A subscription and the customers whose rows count for it, and for no other of the same user."""

    held: Subscription
    ids: tuple[int, ...]


def notices(actor: Actor, *, at: datetime) -> list[Notice]:
    """Everything the actor is told of, newest first; the look is logged with whom it shows."""
    with in_scope(actor, VIEW):
        watched = _watched(actor)
        found = _notices(watched, at)
        shown = sorted({one.held.customer_id for one in watched}) if found else []
        record(actor, "notice.list", at, subject="customer", fields={"shown": len(found)}, shown=shown)
    return found


def unread(actor: Actor, at: datetime) -> int:
    """How many notices wait: what the menu says. It tells of nobody, so it is not logged."""
    with in_scope(actor, VIEW):
        return sum(one.unread for one in _notices(_watched(actor), at))


def subscriptions(actor: Actor) -> Sequence[Subscription]:
    """What the actor watches of whom it may see, the newest first."""
    with in_scope(actor, VIEW):
        return [one.held for one in _watched(actor)]


def list_subscriptions(actor: Actor, *, at: datetime) -> Sequence[Subscription]:
    """The same for somebody who looks; the look is logged with whom it shows."""
    with in_scope(actor, VIEW):
        held = subscriptions(actor)
        fields, shown = {"shown": len(held)}, [one.customer_id for one in held]
        record(actor, "notice.subscriptions", at, subject="customer", fields=fields, shown=shown)
        return held


def _watched(actor: Actor) -> list[_Watched]:
    """The actor's subscriptions whose customer, or the one it was merged into, is in scope: one a golden customer."""
    if actor.user_id is None:
        return []
    held = list(Subscription.objects.filter(user_id=actor.user_id).order_by("-id"))
    if not held:
        return []
    known = Customer.objects.filter(pk__in=[one.customer_id for one in held])
    golden = {pk: above or pk for pk, above in known.values_list("pk", "golden_id")}
    seen = scoped(Customer.objects.filter(golden=None), actor, VIEW)
    members = dict(seen.filter(pk__in=golden.values()).values_list("pk", "members"))
    watched: dict[int, list[Subscription]] = {}
    for one in held:
        watched.setdefault(golden.get(one.customer_id, 0), []).append(one)
    return [_Watched(_united(mine), (pk, *members[pk])) for pk, mine in watched.items() if pk in members]


def _united(held: Sequence[Subscription]) -> Subscription:
    """The newest of a user's subscriptions to what is one customer by now, to be told of what any of them is; for
    reading: it is not to be saved."""
    newest = held[0]
    newest.kinds = sorted({kind for one in held for kind in one.kinds})
    newest.read = sorted({key for one in held for key in one.read})
    newest.created_at = min(one.created_at for one in held)
    return newest


def _notices(watched: Sequence[_Watched], at: datetime) -> list[Notice]:
    if not watched:
        return []
    everybody = sorted({pk for one in watched for pk in one.ids})
    events = [*_changes(everybody, at - KEPT), *_expiring(everybody, timezone.localtime(at).date())]
    found = [
        _notice(one.held, *event)
        for one in watched
        for event in events
        if event[0] in one.ids and event[1] in one.held.kinds and _is_new(one.held, event)
    ]
    return sorted(found, key=lambda notice: (notice.at, notice.key), reverse=True)[:MOST]


#: Owner, kind, key, facet, time.
_Event = tuple[int, str, str, Facet, datetime]


def _notice(held: Subscription, _owner: int, kind: str, key: str, facet: Facet, at: datetime) -> Notice:
    label, told = str(facet.model._meta.verbose_name), max(at, held.created_at)
    return Notice(key, customer_no(held.customer_id), kind, facet.name, label, told, key not in held.read)


def _is_new(held: Subscription, event: _Event) -> bool:
    """Whether it came after somebody subscribed; a document that expires is told of at once."""
    return event[1] == NoticeKind.EXPIRING or event[4] > held.created_at


def _changes(owners: Sequence[int], since: datetime) -> Iterable[_Event]:
    """What the history of these customers tells since then; technical columns only, nothing is opened."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"ids": list(owners), "since": since, "most": MOST})
        found = cursor.fetchall()
    for name, owner, number, when in found:
        kind = NoticeKind.RESTRICTED if name == "restriction" else NoticeKind.CHANGED
        yield owner, kind, f"{name}:{number}", registry.facet(name), when
    yield from _of_customers(registry.facet("customer"), owners, since)


@cache
def _statement() -> sql.Composed:
    """The newest history rows of some customers in every facet but their own rows, in one statement."""
    part = (
        "SELECT {}::text AS facet, customer_id, history_id, history_date FROM {}"
        " WHERE customer_id = ANY(%(ids)s) AND history_date > %(since)s"
    )
    parts = [
        sql.SQL(part).format(sql.Literal(one.name), sql.Identifier(one.model.history.model._meta.db_table))
        for one in registry.facets()
        if one.name != "customer"
    ]
    whole = sql.SQL(" UNION ALL ").join(parts)
    return sql.SQL("SELECT * FROM ({}) x ORDER BY history_date DESC LIMIT %(most)s").format(whole)


def _of_customers(facet: Facet, owners: Sequence[int], since: datetime) -> Iterable[_Event]:
    """Customers' own rows, each told by what differs from the one before it."""
    names = ("id", "history_id", "history_date", "lifecycle_status", "golden_id")
    before: dict[str, Any] = {}
    for row in facet.model.history.filter(id__in=owners).order_by("id", "history_id").values(*names):
        if before and before["id"] == row["id"] and row["history_date"] > since:
            yield row["id"], _kind(before, row), f"customer:{row['history_id']}", facet, row["history_date"]
        before = row


def _kind(before: dict[str, Any], row: dict[str, Any]) -> str:
    if before["golden_id"] != row["golden_id"]:
        return NoticeKind.MERGED
    return NoticeKind.STATUS if before["lifecycle_status"] != row["lifecycle_status"] else NoticeKind.CHANGED


def _expiring(owners: Sequence[int], today: date) -> Iterable[_Event]:
    """Documents in force that expire soon, or have; told with the day from which they are told."""
    facet = registry.facet("credential")
    documents: QuerySet[Any] = facet.model._default_manager.all()
    soon = documents.filter(
        ~Q(lifecycle_state__in=GONE_STATES),
        customer_id__in=owners,
        status="ACTIVE",
        expiry_date__lte=today + timedelta(days=EXPIRY_NOTICE),
    )
    for owner, row, expiry in soon.values_list("customer_id", "id", "expiry_date"):
        key = f"expiring:{row}:{expiry.isoformat()}"
        yield owner, NoticeKind.EXPIRING, key, facet, told_from(expiry)


def told_from(expiry: date) -> datetime:
    """From when a document that ends on a day is told of."""
    return timezone.make_aware(datetime.combine(expiry - timedelta(days=EXPIRY_NOTICE), time()))
