"""Emergency access ("break glass"): asked for with a reason, allowed by two others, ended by itself, alarmed.

It is the one way round separation of duties, so it never stands: a role for at most two hours, and every
request, decision and opening is in the operation log and, once open, an alarm.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.access.persons import accounts_of, person_of, person_with
from security.audit.log import record
from security.audit.reasons import refuse_sensitive
from security.models import BreakGlass, BreakGlassState, Grant, Organisation, Role, User
from security.services.alerts import alarm

ROLE = "break_glass"
#: How many others must allow it, the longest it holds, and how long a request waits to be allowed.
ALLOWING = 2
LONGEST = 120
WAITS = timedelta(minutes=60)
SHORTEST_REASON = 10


def ask(actor: Actor, *, minutes: int, reason: str, at: datetime) -> BreakGlass:
    """Ask for emergency access at the home branch. Raises NotAllowed, Invalid `breakglass.reason`,
    `reason.sensitive` or `breakglass.minutes`, Duplicate `breakglass.open` where one is asked for or open already."""
    actor.require("breakglass.ask")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid("breakglass.reason", _("Say in a sentence what has happened."))
    refuse_sensitive(reason)
    if not 1 <= minutes <= LONGEST:
        raise Invalid("breakglass.minutes", _("Emergency access lasts from 1 to %d minutes.") % LONGEST)
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=actor.user_id or 0)
        if _standing(user, at):
            raise Duplicate("breakglass.open", _("You have asked for emergency access already."))
        asked = BreakGlass.objects.create(
            user=user,
            person=person_of(user),
            role=Role.objects.get(code=ROLE),
            minutes=minutes,
            reason=reason,
            asked_at=at,
        )
        _log(actor, "breakglass.ask", asked, at)
        alarm("BREAKGLASS", actor, at)
    return asked


def allow(actor: Actor, request_id: int, *, at: datetime) -> BreakGlass:
    """Allow a request; the second who does opens it. Raises NotFound, NotAllowed `breakglass.self` for one's own
    request or a second time, Duplicate `breakglass.decided` where it is decided or waited too long."""
    with transaction.atomic():
        asked = _asked(actor, request_id, at)
        person = person_with(actor.user_id)
        if not person or person in has_allowed(asked):
            raise NotAllowed("breakglass.self", _("Two different people allow emergency access."))
        asked.allowed_by = [*asked.allowed_by, actor.user_id or 0]
        asked.allowed_persons = [*asked.allowed_persons, person]
        if len(asked.allowed_by) >= ALLOWING:
            _open(asked, at)
        asked.save(update_fields=["allowed_by", "allowed_persons", "state", "grant", "ends_at"])
        _log(actor, "breakglass.allow", asked, at)
    return asked


def refuse(actor: Actor, request_id: int, *, reason: str, at: datetime) -> BreakGlass:
    """Refuse a request."""
    with transaction.atomic():
        asked = _asked(actor, request_id, at)
        asked.state = BreakGlassState.REFUSED
        asked.save(update_fields=["state"])
        _log(actor, "breakglass.refuse", asked, at, reason)
    return asked


def close(actor: Actor, request_id: int, *, at: datetime) -> BreakGlass:
    """End open access before its time: by who has it, or who may allow it."""
    with transaction.atomic():
        opened = BreakGlass.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
        if opened is None or not (
            opened.user_id == actor.user_id or visible(actor).filter(pk=opened.pk).exists()
        ):
            raise NotFound("breakglass.unknown", _("There is no such request."))
        if opened.state != BreakGlassState.OPEN or opened.grant is None:
            raise Duplicate("breakglass.decided", _("This request is not open."))
        Grant.objects.filter(pk=opened.grant.pk).update(valid_to=at)
        opened.state, opened.ends_at = BreakGlassState.CLOSED, at
        opened.save(update_fields=["state", "ends_at"])
        _log(actor, "breakglass.close", opened, at)
    return opened


def visible(actor: Actor) -> QuerySet[BreakGlass]:
    """Requests of others at the branches at which the actor may allow them."""
    actor.require("breakglass.allow")
    orgs = actor.orgs("breakglass.allow")
    own = User.objects.filter(pk=actor.user_id or 0).first()
    rows = BreakGlass.objects.exclude(user__in=accounts_of(own)) if own else BreakGlass.objects.all()
    return rows if orgs is None else rows.filter(user__org__path__overlap=sorted(orgs))


def has_allowed(asked: BreakGlass) -> set[str]:
    """The persons who have allowed a request: as they were then, and as they are now."""
    return {*asked.allowed_persons, *(person_with(user_id) for user_id in asked.allowed_by)}


def _standing(user: User, at: datetime) -> bool:
    own = BreakGlass.objects.filter(user__in=accounts_of(user))
    waiting = own.filter(state=BreakGlassState.ASKED, asked_at__gt=at - WAITS)
    return waiting.exists() or own.filter(ends_at__gt=at).exists()


def _asked(actor: Actor, request_id: int, at: datetime) -> BreakGlass:
    """A request that waits, locked, for one of those who may allow it and did not ask for it."""
    actor.require("breakglass.allow")
    found = BreakGlass.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
    home = found.user.org if found else None
    if found is None or home is None or not actor.may_at("breakglass.allow", home.path):
        raise NotFound("breakglass.unknown", _("There is no such request."))
    if person_with(actor.user_id) in {found.person, person_of(found.user)}:
        raise NotAllowed("breakglass.self", _("Nobody allows their own emergency access."))
    if found.state != BreakGlassState.ASKED or found.asked_at <= at - WAITS:
        raise Duplicate("breakglass.decided", _("This request is decided, or it waited too long."))
    return found


def _open(asked: BreakGlass, at: datetime) -> None:
    """Give the role for its minutes, at the home branch, and raise the alarm."""
    org = asked.user.org or Organisation.objects.get(parent=None)
    asked.ends_at = at + timedelta(minutes=asked.minutes)
    told = {"valid_from": at, "valid_to": asked.ends_at}
    asked.grant = Grant.objects.update_or_create(user=asked.user, role=asked.role, org=org, defaults=told)[0]
    asked.state = BreakGlassState.OPEN
    name = asked.user.get_username()
    alarm("BREAKGLASS", Actor(name, "staff", (), user_id=asked.user_id, org_code=org.code), at)


def _log(actor: Actor, action: str, asked: BreakGlass, at: datetime, reason: str = "") -> None:
    fields = {"user": asked.user.get_username(), "minutes": asked.minutes, "state": str(asked.state)}
    record(
        actor,
        action,
        at,
        subject="breakglass",
        object_id=asked.pk,
        fields=fields,
        reason=reason or asked.reason,
    )
