"""Explaining access to one customer: page, endpoint and command ask this."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id
from mdm.bulk.tables import own_fields
from mdm.errors import FieldError, Invalid, NotFound
from mdm.history.models import SubjectModel
from mdm.subjects import registry
from security.access.actor import Actor, staff_actor
from security.access.client import client_actor
from security.access.explaining import Explanation, explain
from security.access.scope import in_scope
from security.audit.log import record
from security.models import ApiClient, User

RIGHT = "access.explain"


def explain_access(actor: Actor, username: str, number: str, field: str = "", *, at: datetime) -> Explanation:
    """Why a user sees a customer, or a field of it (`facet.field`), or not; the question is logged.

    Nothing of the customer is told but its branch and protection. Raises NotFound for a user or customer
    outside the branches at which the actor may ask, Invalid `explain.field`.
    """
    facet, name = _field(field)
    with in_scope(actor, RIGHT):
        user = User.objects.select_related("org").filter(username=username).first()
        if user is None or not (user.org and actor.may_at(RIGHT, user.org.path)):
            raise NotFound("user.unknown", _("There is no such account."))
        found = Customer.objects.filter(pk=customer_id(number) or 0).first()
        row = found if found is None or found.golden_id is None else Customer.objects.get(pk=found.golden_id)
        if row is None:
            raise NotFound("customer.unknown", _("There is no such customer."))
        asked = {"user": username, "field": field}
        record(actor, "access.explain", at, subject="customer", customer_id=row.pk, fields=asked)
        return explain(user, _as_it_acts(user, at), row, at, facet, name)


def _as_it_acts(user: User, at: datetime) -> Actor:
    """The actor of a member of staff, or of a client system: its scopes narrow what its roles allow."""
    client = ApiClient.objects.select_related("user__org").filter(user=user).first()
    return client_actor(client, at) if client else staff_actor(user, at)


def _names(model: type[SubjectModel]) -> set[str]:
    """What may be hidden of a facet: its columns, and what the bank added."""
    return {field.attname for field in (*model._meta.concrete_fields, *own_fields(model))}


def _field(told: str) -> tuple[str, str]:
    """The facet and the field; Invalid where there is no such field."""
    facet, _dot, name = told.partition(".")
    known = {f.name: f.model for f in registry.facets()}
    if told and not (facet in known and name in _names(known[facet])):
        text = _("There is no such field.")
        raise Invalid("explain.field", text, [FieldError("/field", "explain.field", text)])
    return facet, name
