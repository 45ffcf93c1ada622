"""Rows of one facet of one customer: what belongs to it and to the customers merged into it."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.rules.number import customer_no
from customers.selectors.customer import VIEW, CustomerView, resolve, visible
from mdm.errors import Duplicate, NotFound
from mdm.history.models import Status, SubjectModel
from mdm.paging import Page, newest_first
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record


def rows_of(
    actor: Actor,
    number: str,
    facet_name: str,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    ended: bool = False,
) -> Page[SubjectModel]:
    """A page of a customer's rows, newest first; those that have ended if asked. NotFound out of scope."""
    facet = registry.facet(facet_name)
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        rows = _rows(facet, view)
        page = newest_first(rows if ended else rows.filter(status=Status.ACTIVE), after, size)
        fields = {"shown": len(page.rows)}
        record(actor, f"{facet_name}.list", at, subject=facet_name, customer_id=view.golden_id, fields=fields)
        return page


def row_of(actor: Actor, number: str, facet_name: str, row_id: int, *, at: datetime) -> SubjectModel:
    """One row of a customer. NotFound for another customer's row, and out of scope."""
    facet = registry.facet(facet_name)
    with in_scope(actor, VIEW):
        view = resolve(actor, number)
        row = _rows(facet, view).filter(pk=row_id).first()
        if row is None:
            raise _unknown()
        record(
            actor, f"{facet_name}.read", at, subject=facet_name, object_id=row_id, customer_id=view.golden_id
        )
        return row


def require_row(actor: Actor, number: str, facet_name: str, row_id: int) -> None:
    """Raise NotFound unless the row is this customer's to change, Duplicate where the customer was merged."""
    facet = registry.facet(facet_name)
    with in_scope(actor, facet.permission):
        view = resolve(actor, number, facet.permission)
        if view.redirected_from:
            survivor = customer_no(view.golden_id)
            raise Duplicate("customer.merged", _("This customer was merged into %s.") % survivor)
        if not _rows(facet, view).filter(pk=row_id).exists():
            raise _unknown()


def current_version(actor: Actor, facet_name: str, row_id: int) -> int:
    """The version a row is at; NotFound where the actor may not change it."""
    facet = registry.facet(facet_name)
    with in_scope(actor, facet.permission):
        row: Any = facet.model._default_manager.filter(pk=row_id).first()
        owner = row and (row_id if facet_name == "customer" else row.customer_id)
        if owner is None or not visible(actor, owner, facet.permission):
            raise _unknown()
        return int(row.version)


def _rows(facet: Facet, view: CustomerView) -> QuerySet[SubjectModel]:
    """The rows of a customer and its members; row-level security narrows them too."""
    owner = "pk__in" if facet.name == "customer" else "customer_id__in"
    return facet.model._default_manager.filter(**{owner: view.member_ids})


def _unknown() -> NotFound:
    return NotFound("row.unknown", _("There is no such entry."))
