"""Watching branches: who wants to be told of what happens to their customers, and until when it was read."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from customers.models import BranchSubscription, NoticeKind
from customers.selectors.branch_notices import PREFIX, branch_subscriptions
from customers.selectors.customer import VIEW
from customers.services import subscribing
from mdm.errors import Invalid, NotFound
from mdm.paging import number_in
from security.access.actor import Actor
from security.audit.log import record
from security.models import Organisation

#: The most branches that one user watches.
MOST = 20


@transaction.atomic
def subscribe_branch(actor: Actor, code: str, kinds: Collection[str], *, at: datetime) -> BranchSubscription:
    """Have the actor told of the customers of a branch and all below it from now on; a second time changes of what.

    NotAllowed, NotFound `subscription.branch` (also for a branch at which the actor sees no customers), Invalid
    `subscription.kinds`, `subscription.many`.
    """
    told = subscribing.told_of(kinds, NoticeKind.values)
    actor.require(VIEW)
    user_id = subscribing.watcher(actor)
    org = Organisation.objects.filter(code=code).first()
    if org is None or not actor.may_at(VIEW, org.path):
        raise NotFound("subscription.branch", _("There is no such branch among yours."))
    if BranchSubscription.objects.filter(user_id=user_id).exclude(org=org).count() >= MOST:
        raise Invalid("subscription.many", _("You watch as many branches as can be watched."))
    held, _made = BranchSubscription.objects.update_or_create(
        org=org,
        user_id=user_id,
        defaults={"kinds": told},
        create_defaults={"kinds": told, "created_at": at, "read_until": at},
    )
    _log(actor, "notice.subscribe", held, at, {"kinds": told, "branch": code})
    return held


@transaction.atomic
def unsubscribe_branch(actor: Actor, subscription_id: int, *, at: datetime) -> BranchSubscription:
    """End one of the actor's own subscriptions to a branch; answers what it was. NotFound `subscription.unknown`."""
    own = BranchSubscription.objects.select_related("org").filter(user_id=actor.user_id or 0)
    held = own.filter(pk=subscription_id).first()
    if held is None:
        raise NotFound("subscription.unknown", _("There is no such subscription."))
    _log(actor, "notice.unsubscribe", held, at, {"branch": held.org.code})
    BranchSubscription.objects.filter(pk=held.pk).delete()
    return held


@transaction.atomic
def read_branches(actor: Actor, keys: Sequence[str], *, at: datetime) -> int:
    """Note that the notices of branches with these keys, and all before them, were read; answers of how many
    branches. Keys of other notices are left aside."""
    until: dict[int, datetime] = {}
    for key in keys:
        number, moment = _parsed(key)
        if moment is not None and moment <= at:
            until[number] = max(until.get(number, moment), moment)
    mine = [one.pk for one in branch_subscriptions(actor) if one.pk in until]
    for held in BranchSubscription.objects.select_for_update().filter(pk__in=mine):
        if until[held.pk] > held.read_until:
            held.read_until = until[held.pk]
            held.save(update_fields=["read_until"])
    if mine:
        record(actor, "notice.read", at, subject="notice", fields={"branches": len(mine)})
    return len(mine)


def read_notices(actor: Actor, keys: Sequence[str], *, at: datetime) -> int:
    """Note that notices of customers and of branches were read; answers how many were unread, a branch as one."""
    return subscribing.mark_read(actor, keys, at=at) + read_branches(actor, keys, at=at)


def _parsed(key: str) -> tuple[int, datetime | None]:
    """The subscription and the moment of a key; no moment for one of another kind."""
    prefix, _colon, rest = key.partition(":")
    told, _colon, when = rest.partition(":")
    number = number_in(told)
    if prefix != PREFIX or number is None:
        return 0, None
    try:
        moment = parse_datetime(":".join(when.split(":")[:-2]))
    except ValueError:
        return 0, None
    return number, moment if moment is not None and moment.tzinfo else None


def _log(
    actor: Actor, action: str, held: BranchSubscription, at: datetime, fields: dict[str, object]
) -> None:
    record(actor, action, at, subject="subscription", object_id=held.pk, fields=fields)
