"""Protecting customers, and naming who looks after them: what filters of grants ask for."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import AccessMark, Customer, MarkKind
from customers.models.derived import settle_paths
from customers.selectors.customer import resolve
from customers.services.locking import lock
from mdm.errors import FieldError, Invalid, NotFound
from mdm.history.writing import require_reason
from security.access.actor import Actor
from security.access.grants import GUARDS
from security.access.scope import in_scope
from security.audit.log import record
from security.models import User

RIGHT = "customer.protect"


def mark(actor: Actor, number: str, kind: str, value: str, *, reason: str, at: datetime) -> AccessMark:
    """Say of a customer that it is protected (`value` a kind of GUARDS), whom it is looked after by, or whose
    relative it is (`value` a user name). Nothing is written where it is said already.

    Raises NotFound out of scope, Invalid `mark.value`. Whoever protects a customer without seeing protected
    ones of that kind does not see it from then on.
    """
    with in_scope(actor, RIGHT):
        customer = _locked(actor, number)
        stored = _value(kind, value)
        told = {"since": at, "set_by": actor.name, "reason": require_reason(reason)}
        made, new = AccessMark.objects.get_or_create(
            customer=customer, kind=kind, value=stored, ended_at=None, defaults=told
        )
        if new:
            _settle(actor, "customer.mark", made, reason, at)
    return made


def unmark(actor: Actor, number: str, kind: str, value: str, *, reason: str, at: datetime) -> AccessMark:
    """End a mark. Raises NotFound where the customer is out of scope or does not bear it."""
    with in_scope(actor, RIGHT):
        customer = _locked(actor, number)
        found = AccessMark.objects.filter(
            customer_id__in=[customer.pk, *customer.members],
            kind=kind,
            value=_value(kind, value),
            ended_at=None,
        ).first()
        if found is None:
            raise NotFound("mark.unknown", _("The customer does not bear this mark."))
        found.ended_at, found.ended_by, found.end_reason = at, actor.name, require_reason(reason)
        found.save(update_fields=["ended_at", "ended_by", "end_reason"])
        _settle(actor, "customer.unmark", found, reason, at)
    return found


def _locked(actor: Actor, number: str) -> Customer:
    """The golden customer, locked with its members; NotFound where the actor may not protect it."""
    found = resolve(actor, number, RIGHT).customer
    lock([found.pk])
    return found


def _value(kind: str, value: str) -> str:
    """The value as stored: a kind of protection, or a user's id."""
    if kind == MarkKind.PROTECTED and value in GUARDS:
        return value
    user = User.objects.filter(username=value).first() if kind in (MarkKind.MANAGER, MarkKind.KIN) else None
    if user is None:
        text = _("This is neither a kind of protection nor a user name.")
        raise Invalid("mark.value", text, [FieldError("/value", "mark.value", text)])
    return str(user.pk)


def _settle(actor: Actor, action: str, told: AccessMark, reason: str, at: datetime) -> None:
    """Write the operation, then what follows for the customer's row: it may leave the actor's sight with it."""
    fields = {"fields": [told.kind], "mark": told.pk}
    record(actor, action, at, subject="customer", customer_id=told.customer_id, fields=fields, reason=reason)
    settle_paths([told.customer_id])


def is_relative(user_id: int | None, customer: Customer) -> bool:
    """Whether a customer is a member of staff, or a relative of one, in the eyes of `MarkKind.KIN`."""
    members = [customer.pk, *customer.members]
    told = AccessMark.objects.filter(customer_id__in=members, kind=MarkKind.KIN, value=str(user_id))
    return told.filter(ended_at=None).exists()
