"""Exceptions for single customers: opened to, or closed for, one user or one group, for a time."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.selectors.customer import resolve
from mdm.errors import FieldError, Invalid, NotAllowed, NotFound
from mdm.history.writing import require_reason
from security.access.actor import Actor
from security.access.exceptions import CLOSES, OPENS_READING, OPENS_WRITING
from security.access.persons import same_person
from security.access.scope import in_scope
from security.audit.log import record
from security.models import GroupException, User, UserException

RIGHT = "customer.share"
#: What an exception may do -> its name in guardian's tables.
EFFECTS = {"OPEN": OPENS_READING, "OPEN_TO_CHANGE": OPENS_WRITING, "CLOSE": CLOSES}


def share(
    actor: Actor, number: str, to: str, effect: str, *, expires_at: datetime | None, reason: str, at: datetime
) -> UserException | GroupException:
    """Open a customer to, or close it for, a user (`to` a user name) or a group (`group:` and its name).

    Opening ends at a time; closing may stand. Raises NotFound out of scope, NotAllowed for oneself, Invalid
    `exception.effect`, `exception.to`, `exception.expiry`.
    """
    if effect not in EFFECTS:
        raise _invalid("effect", _("An exception opens or closes."))
    if (expires_at is None and effect != "CLOSE") or (expires_at is not None and expires_at <= at):
        raise _invalid("expiry", _("An exception that opens needs an end that lies ahead."))
    with in_scope(actor, RIGHT):
        customer = resolve(actor, number, RIGHT).customer
        model, who = _who(actor, to)
        permission = _permission(effect)
        told = {
            "content_type": permission.content_type,
            "expires_at": expires_at,
            "given_by": actor.name,
            "given_at": at,
            "reason": require_reason(reason),
        }
        given: UserException | GroupException = model.objects.update_or_create(
            permission=permission, object_pk=str(customer.pk), defaults=told, **who
        )[0]
        _log(actor, "customer.share", customer.pk, given, effect, to, reason, at)
    return given


def end(actor: Actor, number: str, to: str, effect: str, *, reason: str, at: datetime) -> None:
    """End an exception now; it stays as ended. Raises NotFound out of scope or where there is none in force."""
    with in_scope(actor, RIGHT):
        customer = resolve(actor, number, RIGHT).customer
        model, who = _who(actor, to)
        rows: Any = model.objects.filter(object_pk=str(customer.pk), **who)
        given = rows.filter(permission__codename=EFFECTS.get(effect, "")).first()
        if given is None or (given.expires_at is not None and given.expires_at <= at):
            raise NotFound("exception.unknown", _("There is no such exception."))
        given.expires_at = at
        given.save(update_fields=["expires_at"])
        _log(actor, "customer.unshare", customer.pk, given, effect, to, require_reason(reason), at)


def _who(actor: Actor, to: str) -> tuple[Any, dict[str, Any]]:
    """The table, and the column that names whom it is for. Nobody opens anything to themselves, by whichever of
    their accounts."""
    if to.startswith("group:"):
        group = Group.objects.filter(name=to.removeprefix("group:")).first()
        if group is None:
            raise _invalid("to", _("There is no such user or group."))
        if any(same_person(actor.user_id, member) for member in group.user_set.all()):
            raise NotAllowed("grant.self", _("Nobody gives or takes their own rights."))
        return GroupException, {"group": group}
    user = User.objects.filter(username=to).first()
    if user is None:
        raise _invalid("to", _("There is no such user or group."))
    if same_person(actor.user_id, user):
        raise NotAllowed("grant.self", _("Nobody gives or takes their own rights."))
    return UserException, {"user": user}


def _permission(effect: str) -> Permission:
    kind = {"content_type__app_label": "customers", "content_type__model": Customer._meta.model_name}
    return Permission.objects.select_related("content_type").get(codename=EFFECTS[effect], **kind)


def _invalid(place: str, text: Any) -> Invalid:
    return Invalid(f"exception.{place}", text, [FieldError(f"/{place}", f"exception.{place}", text)])


def _log(
    actor: Actor, action: str, customer_id: int, given: Any, effect: str, to: str, reason: str, at: datetime
) -> None:
    fields = {"effect": effect, "to": to, "expires": str(given.expires_at or "")}
    record(
        actor,
        action,
        at,
        subject="exception",
        object_id=given.pk,
        customer_id=customer_id,
        fields=fields,
        reason=reason,
    )
