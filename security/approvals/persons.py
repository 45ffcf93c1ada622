"""Who stands in for whom, and the actor of a maker. Which accounts are one person: `security.access.persons`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from security.access.actor import Actor, Right, staff_actor
from security.access.approval import Approval
from security.access.client import client_actor, in_force
from security.approvals.models import ChangeRequest, Delegation
from security.approvals.policy import SHIPPED
from security.models import ApiClient

VIEW = "approval.view"
#: What a delegation lends for looking at what is to be decided.
_LOOKING = frozenset({VIEW, "customer.view"})
#: Every right to decide; shipped ones, those of the bank's own rules begin with the same word.
DECIDING = frozenset(level for rule in SHIPPED for level in rule.levels)


def decides(permission: str) -> bool:
    """Whether a right lets decide requests."""
    return permission in DECIDING or (permission.startswith("approval.") and permission != VIEW)


def delegations(user_id: int | None, at: datetime) -> Iterator[Delegation]:
    """The delegations in force that let an account stand in for others."""
    if user_id is not None:
        yield from Delegation.objects.filter(
            taker_id=user_id, begins_at__lte=at, ends_at__gt=at
        ).select_related("giver__org")


def standing_in(actor: Actor, at: datetime) -> Actor:
    """The actor with what it may decide in the stead of others: where they may, only what both may.

    A delegation passes on no right that the other does not hold somewhere, and is not passed on again.
    """
    if not any(decides(permission) for right in actor.rights for permission in right.permissions):
        return actor
    lent = [right for found in delegations(actor.user_id, at) for right in lent_rights(actor, found, at)]
    return replace(actor, rights=(*actor.rights, *lent)) if lent else actor


def lent_rights(actor: Actor, found: Delegation, at: datetime) -> list[Right]:
    """What one delegation lends: the giver's rights to decide that the actor holds too, and to look."""
    lent = []
    for right in staff_actor(found.giver, at).rights:
        both = frozenset(p for p in right.permissions if decides(p) and actor.may(p))
        looking = frozenset(p for p in right.permissions & _LOOKING if actor.may(p))
        if both:
            lent.append(replace(right, permissions=both | looking))
    return lent


def maker_actor(request: ChangeRequest, approvers: Iterable[str], at: datetime) -> Actor:
    """The maker as of now, acting under the approval: what the maker may not do any more is not done.

    The request's number stands in the request id of all that is written, history included.
    """
    client = _client_of(request)
    maker = client_actor(client, at) if client else staff_actor(request.maker, at, request.channel)
    ticket = Approval(request.pk, request.operation, request.target, tuple(approvers))
    return replace(maker.asking(request.number), approval=ticket)


def has_left(request: ChangeRequest, at: datetime) -> bool:
    """Whether the maker's account is closed, or the client system that asked may not call any more."""
    client = _client_of(request)
    return not request.maker.is_active or (client is not None and not in_force(client, at))


def _client_of(request: ChangeRequest) -> ApiClient | None:
    """The client system that asked; None where a person did."""
    return ApiClient.objects.select_related("user__org").filter(user_id=request.maker_id).first()
