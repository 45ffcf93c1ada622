"""Watching customers: who wants to be told of which, and what they have read."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from customers.models import OF_CUSTOMERS, Subscription
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW, resolve
from customers.selectors.notices import notices, subscriptions
from mdm.errors import Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record

#: The most customers that one user watches.
MOST = 200


def subscribe(actor: Actor, number: str, kinds: Collection[str], *, at: datetime) -> Subscription:
    """Have the actor told of a customer from now on; a second time changes of what.

    NotAllowed, NotFound `customer.unknown`, Invalid `subscription.kinds`, `subscription.many`.
    """
    told, user_id = told_of(kinds, OF_CUSTOMERS), watcher(actor)
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        own = Subscription.objects.filter(user_id=user_id)
        if own.exclude(customer_id__in=view.member_ids).count() >= MOST:
            raise Invalid("subscription.many", _("You watch as many customers as can be watched."))
        before = own.filter(customer_id__in=view.member_ids)
        since = before.aggregate(since=Min("created_at"))["since"] or at
        read = sorted({key for one in before for key in one.read})
        before.exclude(customer_id=view.golden_id).delete()
        held, _made = Subscription.objects.update_or_create(
            customer_id=view.golden_id,
            user_id=user_id,
            defaults={"kinds": told, "created_at": since, "read": read},
        )
        _log(actor, "notice.subscribe", held, at, {"kinds": told})
    return held


def told_of(kinds: Collection[str], known: Collection[str]) -> list[str]:
    """What somebody wants to be told of, in order. Invalid `subscription.kinds` for nothing, or what is not known."""
    told = sorted(set(kinds))
    if not told or not set(told) <= set(known):
        raise Invalid("subscription.kinds", _("Choose what you want to be told of."))
    return told


def watcher(actor: Actor) -> int:
    """The account that is told. NotAllowed for the product's own actors."""
    if actor.user_id is None:
        raise NotAllowed("access.denied", _("Only users and client systems watch customers."))
    return actor.user_id


def unsubscribe(actor: Actor, subscription_id: int, *, at: datetime) -> Subscription:
    """End one of the actor's own subscriptions, and others to what is the same customer by now; answers what it was.

    NotFound `subscription.unknown`.
    """
    with in_scope(actor, VIEW):
        held = next((one for one in subscriptions(actor) if one.pk == subscription_id), None)
        if held is None:
            raise NotFound("subscription.unknown", _("There is no such subscription."))
        _log(actor, "notice.unsubscribe", held, at, {})
        ids = resolve(actor, customer_no(held.customer_id)).member_ids
        Subscription.objects.filter(user_id=held.user_id, customer_id__in=ids).delete()
    return held


def watching(actor: Actor, number: str) -> Subscription | None:
    """The actor's subscription of a customer; None for none. NotFound `customer.unknown`."""
    with in_scope(actor, VIEW):
        ids = resolve(actor, number).member_ids
        return next((one for one in subscriptions(actor) if one.customer_id in ids), None)


def mark_read(actor: Actor, keys: Sequence[str], *, at: datetime) -> int:
    """Note that these notices, of those the actor is told of, were read; answers how many were unread."""
    with in_scope(actor, VIEW):
        told = notices(actor, at=at)
        mine = [one.pk for one in subscriptions(actor)]
        read = {one.key for one in told if one.unread} & set(keys)
        current = {one.key for one in told}
        for held in Subscription.objects.select_for_update().filter(pk__in=mine):
            held.read = sorted((set(held.read) | read) & current)
            held.save(update_fields=["read"])
        record(actor, "notice.read", at, subject="notice", fields={"read": len(read)})
    return len(read)


def _log(actor: Actor, action: str, held: Subscription, at: datetime, fields: dict[str, object]) -> None:
    record(
        actor,
        action,
        at,
        subject="subscription",
        object_id=held.pk,
        customer_id=held.customer_id,
        fields=fields,
    )
