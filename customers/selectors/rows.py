"""Rows of one facet across customers, and one row with what it belongs to: for lists and forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW
from customers.selectors.gathering import gather, gather_each
from customers.selectors.panorama import NAMED, display_name, header
from mdm.bulk.tables import own_fields
from mdm.display import shown
from mdm.errors import NotFound
from mdm.extension.values import values_of
from mdm.history.models import Status, SubjectModel
from mdm.paging import Page, chosen_filters, estimated, newest_first
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.access.sight import NOTHING, Sight
from security.audit.log import record

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a facet as a list shows it; `texts` are masked."""

    id: int
    customer_no: str
    display_name: str
    status: str
    texts: dict[str, str]
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One row to look at or to change: the row itself, its golden customer and what stands at its head."""

    facet: Facet
    row: SubjectModel
    head: Json
    closed: bool
    customer: Customer


def list_rows(
    actor: Actor,
    facet_name: str,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: dict[str, str] | None = None,
    narrow: Q | None = None,
) -> Page[Entry]:
    """A page of rows of one facet, newest first. `filters` are coded fields of the facet and `status`; `narrow` is
    the caller's own condition."""
    facet = registry.facet(facet_name)
    chosen = chosen_filters(
        filters, {*facet.model.CODES, "status"}
    )  # attributes are sealed: nothing to compare
    with in_scope(actor, VIEW):
        rows = scoped(facet.model._default_manager.all(), actor, VIEW, path="customer__org_path")
        narrowed = rows.filter(narrow or Q(), **chosen)
        page = newest_first(narrowed, after, size)
        sights = _sights({row.customer_id for row in page.rows}, actor)  # type: ignore[attr-defined]
        names = _names(set(sights), sights)
        fields = {"shown": len(page.rows)}
        record(actor, f"{facet_name}.list", at, subject=facet_name, fields=fields, shown=sorted(sights))
        about = estimated(narrowed) if page.next is not None and after is None else None
        return Page([_entry(facet, row, names, sights) for row in page.rows], page.next, about)


def _names(ids: set[int], sights: Mapping[int, Sight]) -> dict[int, str]:
    """Names of the customers the rows came with, masked as each is seen."""
    own = gather_each({pk: (pk,) for pk in ids}, NAMED)
    return {pk: display_name(gathered, sights.get(pk, NOTHING)) for pk, gathered in own.items()}


def _sights(ids: set[int], actor: Actor) -> dict[int, Sight]:
    """How the reader sees each customer, inside `in_scope`."""
    if actor.one_sight is not None:
        return dict.fromkeys(ids, actor.one_sight)
    return {row.pk: actor.sight(row) for row in Customer.objects.filter(pk__in=ids)}


def _entry(facet: Facet, row: Any, names: dict[int, str], sights: Mapping[int, Sight]) -> Entry:
    return Entry(
        row.pk,
        customer_no(row.customer_id),
        names.get(row.customer_id, ""),
        row.status,
        texts(facet, row, sights.get(row.customer_id, NOTHING)),
        row.updated_at,
        row.updated_by,
    )


def texts(facet: Facet, row: SubjectModel, profile: str) -> dict[str, str]:
    """The own fields of a row as a reader may see them."""
    fields = own_fields(facet.model)
    clear = values_of(facet.model, row, fields)
    return {f.attname: str(shown(facet.model, f, clear[f.attname], clear, profile)["text"]) for f in fields}


def get_row(actor: Actor, facet_name: str, row_id: int, *, at: datetime) -> RowView:
    """One row of a facet; the read is logged. NotFound where there is none or it is out of scope."""
    facet = registry.facet(facet_name)
    with in_scope(actor, VIEW):
        row: Any = facet.model._default_manager.filter(pk=row_id).first()
        if row is None:
            raise _unknown()
        owner, golden = _owners(actor, row_id if facet_name == "customer" else row.customer_id)
        record(actor, f"{facet_name}.read", at, subject=facet_name, object_id=row_id, customer_id=golden.pk)
        found = gather([golden.pk, *golden.members])
        closed = row.status == Status.ENDED or (facet_name == "customer" and owner != golden)
        return RowView(facet, row, header(golden, found, actor.sight(golden)), closed, golden)


def _owners(actor: Actor, customer_id: int) -> tuple[Customer, Customer]:
    """The customer a row came with, and the golden customer it counts for; both in scope."""
    visible = scoped(Customer.objects.select_related("org"), actor, VIEW)
    owner = visible.filter(pk=customer_id).first()
    if owner is None:
        raise _unknown()
    golden = owner if owner.golden_id is None else visible.filter(pk=owner.golden_id).first()
    if golden is None:
        raise _unknown()
    return owner, golden


def _unknown() -> NotFound:
    return NotFound("row.unknown", _("There is no such entry."))


def values_at(actor: Actor, facet: Facet, row_id: int, version: int) -> Json | None:
    """The own fields of a row in clear as they stood at a version; None where no history row tells.

    For comparing on the server (an edit conflict), never for showing; `get_row` has checked the scope.
    """
    with in_scope(actor, VIEW):
        past = facet.model.history.filter(id=row_id, version=version)
        told = past.order_by("-history_id").first()
        return values_of(facet.model, told, own_fields(facet.model)) if told else None
