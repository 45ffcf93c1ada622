"""What the subscriber of a branch is told of: read from the history of all its customers when somebody looks.

As with single customers (`customers.selectors.notices`): no value, nothing missed or told twice, scope asked again at
every look. Of one customer, what happened to one kind of information is told once, the newest.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg import sql

from customers.models import BranchSubscription, Customer, NoticeKind
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW
from customers.selectors.notices import KEPT, MOST, Notice, notices, told_from
from customers.selectors.panorama import EXPIRY_NOTICE
from mdm.codes.tables.credential import GONE_STATES
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record

#: What the key of a notice of a branch begins with.
PREFIX = "branch"
#: Golden customer, kind, facet, number of the history row (or document), time.
_Event = tuple[int, str, str, int, datetime]


def branch_subscriptions(actor: Actor) -> Sequence[BranchSubscription]:
    """What branches the actor watches and may still see customers of, by code."""
    held = BranchSubscription.objects.select_related("org").filter(user_id=actor.user_id or 0)
    return [one for one in held.order_by("org__code") if actor.may_at(VIEW, one.org.path)]


def branch_notices(actor: Actor, *, at: datetime) -> list[Notice]:
    """Everything the actor is told of branches, newest first; the look is logged with whom it shows."""
    with in_scope(actor, VIEW):
        found = [one for held in branch_subscriptions(actor) for one in _told(actor, held, at, at - KEPT)]
        shown = sorted({pk for pk, _notice in found})
        if found:
            fields = {"shown": len(found)}
            record(actor, "notice.list", at, subject="customer", fields=fields, shown=shown)
    return sorted((one for _pk, one in found), key=lambda one: one.at, reverse=True)[:MOST]


def everything_told(actor: Actor, *, at: datetime) -> list[Notice]:
    """The notices of customers and of branches that the actor watches, newest first."""
    found = [*notices(actor, at=at), *branch_notices(actor, at=at)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def branch_unread(actor: Actor, at: datetime) -> int:
    """How many of them wait; only what came since is looked for. It tells of nobody, so it is not logged."""
    with in_scope(actor, VIEW):
        held = branch_subscriptions(actor)
        return sum(len(_told(actor, one, at, max(one.read_until, at - KEPT))) for one in held)


def _told(actor: Actor, held: BranchSubscription, at: datetime, since: datetime) -> list[tuple[int, Notice]]:
    """The notices of one subscription that came since, with the golden customers they are about."""
    start = max(since, held.created_at)
    newest: dict[tuple[int, str, str], _Event] = {}
    for event in sorted(_events(held, start, at), key=lambda event: event[4]):
        newest[event[:3]] = event
    seen = scoped(Customer.objects.filter(golden=None, pk__in={key[0] for key in newest}), actor, VIEW)
    visible = set(seen.values_list("pk", flat=True))
    return [(event[0], _notice(held, event)) for event in newest.values() if event[0] in visible]


def _notice(held: BranchSubscription, event: _Event) -> Notice:
    owner, kind, name, number, when = event
    label = str(registry.facet(name).model._meta.verbose_name)
    key = f"{PREFIX}:{held.pk}:{when.isoformat()}:{name}:{number}"
    return Notice(key, customer_no(owner), kind, name, label, when, when > held.read_until, held.org.code)


def _events(held: BranchSubscription, since: datetime, at: datetime) -> Iterable[_Event]:
    kinds, told = set(held.kinds), {"org": held.org_id, "since": since, "most": MOST}
    facets = _facets(kinds)
    if facets:
        for name, owner, number, when in _rows(_history(facets), told):
            told_as = NoticeKind.RESTRICTED if name == "restriction" else NoticeKind.CHANGED
            yield owner, told_as, name, number, when
    if kinds & {NoticeKind.NEW, NoticeKind.STATUS, NoticeKind.MERGED, NoticeKind.CHANGED}:
        for owner, number, when, *difference in _rows(_CUSTOMERS, told):
            kind = _kind(*difference)
            if kind in kinds:
                yield owner, kind, "customer", number, when
    if NoticeKind.EXPIRING in kinds:
        yield from _expiring(told, at)


def _facets(kinds: Collection[str]) -> tuple[str, ...]:
    """The facets whose history tells of these kinds."""
    changed, restricted = NoticeKind.CHANGED in kinds, NoticeKind.RESTRICTED in kinds
    names = [facet.name for facet in registry.facets() if facet.name != "customer"]
    return tuple(name for name in names if (restricted if name == "restriction" else changed))


def _kind(is_new: bool, moved: bool, stepped: bool) -> str:
    if is_new:
        return NoticeKind.NEW
    if moved:
        return NoticeKind.MERGED
    return NoticeKind.STATUS if stepped else NoticeKind.CHANGED


def _rows(statement: Any, told: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return list(cursor.fetchall())


@cache
def _history(facets: tuple[str, ...]) -> sql.Composed:
    """The newest history rows of a branch's customers in some facets, but those a customer was created with."""
    part = (
        "(SELECT {}::text, coalesce(c.golden_id, c.id), h.history_id, h.history_date AS moment FROM {} h"
        " JOIN customers_customer c ON c.id = h.customer_id"
        " WHERE h.history_date > %(since)s AND h.history_date > c.created_at AND c.org_path @> ARRAY[%(org)s]::int[]"
        " ORDER BY h.history_date DESC LIMIT %(most)s)"
    )
    parts = [
        sql.SQL(part).format(
            sql.Literal(name), sql.Identifier(registry.facet(name).model.history.model._meta.db_table)
        )
        for name in facets
    ]
    whole = sql.SQL(" UNION ALL ").join(parts)
    return sql.SQL("SELECT * FROM ({}) x ORDER BY moment DESC LIMIT %(most)s").format(whole)


#: Customers' own rows, each with what differs from the one before it.
_CUSTOMERS = """
SELECT coalesce(c.golden_id, c.id), h.history_id, h.history_date, p.history_id IS NULL,
    p.golden_id IS DISTINCT FROM h.golden_id, p.lifecycle_status IS DISTINCT FROM h.lifecycle_status
FROM customers_historicalcustomer h JOIN customers_customer c ON c.id = h.id
LEFT JOIN LATERAL (
    SELECT b.history_id, b.golden_id, b.lifecycle_status FROM customers_historicalcustomer b
    WHERE b.id = h.id AND b.history_id < h.history_id ORDER BY b.history_id DESC LIMIT 1) p ON true
WHERE h.history_date > %(since)s AND c.org_path @> ARRAY[%(org)s]::int[]
ORDER BY h.history_date DESC LIMIT %(most)s
"""


def _expiring(told: dict[str, Any], at: datetime) -> Iterable[_Event]:
    """Documents in force that have come within the notice since then; those that were told before are on the radar."""
    first = timezone.localtime(told["since"]).date() + timedelta(days=EXPIRY_NOTICE)
    last = timezone.localtime(at).date() + timedelta(days=EXPIRY_NOTICE)
    documents: Any = registry.facet("credential").model._default_manager
    soon = documents.filter(
        customer__org_path__contains=[told["org"]],
        status="ACTIVE",
        expiry_date__gt=first,
        expiry_date__lte=last,
    ).exclude(lifecycle_state__in=GONE_STATES)
    for pk, golden, row, expiry in soon.values_list(
        "customer_id", "customer__golden_id", "id", "expiry_date"
    )[:MOST]:
        yield golden or pk, NoticeKind.EXPIRING, "credential", row, told_from(expiry)
