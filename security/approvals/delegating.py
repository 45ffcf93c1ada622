"""Standing in: somebody decides in somebody else's stead for a time, within rights that both hold."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, FieldError, Invalid, NotFound, Text
from security.access.actor import Actor, staff_actor
from security.access.persons import person_of
from security.approvals.models import Delegation
from security.approvals.persons import VIEW, decides
from security.audit.log import record
from security.models import User

#: The longest a delegation holds: a longer absence is a matter of roles.
LONGEST = timedelta(days=92)


def may_delegate(actor: Actor) -> bool:
    """Whether the actor decides anything that could be passed on."""
    return any(decides(permission) for right in actor.rights for permission in right.permissions)


def delegate(
    actor: Actor, taker_name: str, *, begins_at: datetime, ends_at: datetime, reason: str, at: datetime
) -> Delegation:
    """Let a colleague decide in the actor's stead.

    Raises NotAllowed for who decides nothing, Invalid `delegation.period`, `delegation.self` (also another
    account of one's own), `delegation.rights` where the two have no right to decide in common, and
    Duplicate `delegation.exists` where that person stands in already at that time.
    """
    giver = User.objects.filter(pk=actor.user_id or 0, is_active=True).first()
    rights = {p for right in actor.rights for p in right.permissions if decides(p)}
    if giver is None or not rights:
        actor.require("approval.customer")
    taker = User.objects.filter(username=taker_name.strip(), is_active=True, is_staff=True).first()
    if giver is None or taker is None:
        raise _wrong("delegation.taker", "taker", _("There is no such colleague."))
    _check(giver, taker, rights, begins_at, ends_at, at)
    return _made(actor, giver, taker, begins_at, ends_at, reason, at)


def _made(
    actor: Actor,
    giver: User,
    taker: User,
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    at: datetime,
) -> Delegation:
    with transaction.atomic():
        User.objects.select_for_update().get(pk=giver.pk)
        overlap = Delegation.objects.filter(
            giver=giver, taker=taker, begins_at__lt=ends_at, ends_at__gt=begins_at
        )
        if overlap.exists():
            raise Duplicate("delegation.exists", _("This colleague stands in for you at that time already."))
        made = Delegation.objects.create(
            giver=giver,
            taker=taker,
            begins_at=begins_at,
            ends_at=ends_at,
            reason=reason.strip()[:200],
            created_at=at,
        )
        _log(actor, "approval.delegate", made, at, reason)
        return made


def end_delegation(actor: Actor, delegation_id: int, *, reason: str, at: datetime) -> Delegation:
    """End a delegation now: by who gave it, or by who took it. NotFound `delegation.unknown` otherwise."""
    with transaction.atomic():
        found = own_delegations(actor).select_for_update(of=("self",)).filter(pk=delegation_id).first()
        if found is None:
            raise NotFound("delegation.unknown", _("There is no such delegation."))
        if found.ends_at > at:
            found.ends_at = max(at, found.begins_at)
            found.save(update_fields=["ends_at"])
            _log(actor, "approval.delegation_end", found, at, reason)
        return found


def own_delegations(actor: Actor) -> "QuerySet[Delegation]":
    """The delegations that an account gave or took, newest first."""
    rows = Delegation.objects.select_related("giver", "taker").order_by("-pk")
    return rows.filter(Q(giver_id=actor.user_id) | Q(taker_id=actor.user_id))


def _check(
    giver: User, taker: User, rights: set[str], begins_at: datetime, ends_at: datetime, at: datetime
) -> None:
    if person_of(giver) == person_of(taker):
        raise _wrong("delegation.self", "taker", _("Nobody stands in for themselves."))
    if not (begins_at < ends_at and at < ends_at and ends_at - begins_at <= LONGEST):
        period = _("A delegation ends after it begins, in the future, and within %d days.") % LONGEST.days
        raise _wrong("delegation.period", "ends_at", period)
    theirs = staff_actor(taker, at)
    if not theirs.may(VIEW) or not any(theirs.may(right) for right in rights):
        text = _("This colleague may decide nothing that you may decide.")
        raise _wrong("delegation.rights", "taker", text)


def _wrong(code: str, place: str, text: Text) -> Invalid:
    return Invalid(code, text, [FieldError(f"/{place}", code, text)])


def _log(actor: Actor, action: str, made: Delegation, at: datetime, reason: str) -> None:
    fields = {
        "giver": made.giver.get_username(),
        "taker": made.taker.get_username(),
        "from": made.begins_at.isoformat(),
        "until": made.ends_at.isoformat(),
    }
    record(actor, action, at, subject="delegation", object_id=made.pk, fields=fields, reason=reason)
