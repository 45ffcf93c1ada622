"""Rows of one facet across customers, and one row with what it belongs to: for lists and forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.customer import VIEW
from customers.selectors.gathering import gather
from customers.selectors.panorama import display_name, header
from mdm.bulk.tables import own_fields
from mdm.display import shown
from mdm.errors import Invalid, NotFound
from mdm.history.models import Status, SubjectModel
from mdm.paging import Page, newest_first
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
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
    """One row to look at or to change: the row itself, and the head of its golden customer."""

    facet: Facet
    row: SubjectModel
    head: Json
    closed: bool


def list_rows(
    actor: Actor,
    facet_name: str,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: dict[str, str] | None = None,
) -> Page[Entry]:
    """A page of rows of one facet, newest first. `filters` are coded fields of the facet and `status`."""
    facet, chosen = registry.facet(facet_name), filters or {}
    if set(chosen) - {*facet.model.CODES, "status"}:
        raise Invalid("filter.unknown", _("There is no filter “%s”.") % min(set(chosen) - set(facet.model.CODES)))
    with in_scope(actor, VIEW):
        rows = scoped(facet.model._default_manager.all(), actor, VIEW, path="customer__org_path")
        page = newest_first(rows.filter(**chosen), after, size)
        names = _names({row.customer_id for row in page.rows}, actor)  # type: ignore[attr-defined]
        record(actor, f"{facet_name}.list", at, subject=facet_name, fields={"shown": len(page.rows)})
        return Page([_entry(facet, row, names, actor) for row in page.rows], page.next)


def _names(ids: set[int], actor: Actor) -> dict[int, str]:
    """Masked names of the customers the rows came with."""
    found = gather(sorted(ids))
    owners = {name: _by_owner(rows) for name, rows in found.items() if name != "customer"}
    own = {pk: {name: rows.get(pk, []) for name, rows in owners.items()} for pk in ids}
    return {pk: display_name(gathered, actor.mask_profile) for pk, gathered in own.items()}


def _by_owner(rows: Sequence[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    owned: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        owned.setdefault(row["customer_id"], []).append(row)
    return owned


def _entry(facet: Facet, row: Any, names: dict[int, str], actor: Actor) -> Entry:
    return Entry(
        row.pk,
        customer_no(row.customer_id),
        names.get(row.customer_id, ""),
        row.status,
        texts(facet, row, actor.mask_profile),
        row.updated_at,
        row.updated_by,
    )


def texts(facet: Facet, row: SubjectModel, profile: str) -> dict[str, str]:
    """The own fields of a row as a reader may see them."""
    fields = own_fields(facet.model)
    clear = {field.attname: _clear(row, field.attname) for field in fields}
    return {f.attname: str(shown(facet.model, f, clear[f.attname], clear, profile)["text"]) for f in fields}


def _clear(row: SubjectModel, name: str) -> Any:
    value = getattr(row, name)
    return value.open() if hasattr(value, "open") else value


def get_row(actor: Actor, facet_name: str, row_id: int, *, at: datetime) -> RowView:
    """One row of a facet. NotFound where there is none, or its customer is out of scope; the read is logged."""
    facet = registry.facet(facet_name)
    with in_scope(actor, VIEW):
        row: Any = facet.model._default_manager.filter(pk=row_id).first()
        owner_id = (row_id if facet_name == "customer" else row.customer_id) if row is not None else None
        visible = scoped(Customer.objects.select_related("org"), actor, VIEW)
        owner = visible.filter(pk=owner_id).first()
        golden = visible.filter(pk=owner.golden_id or owner.pk).first() if owner else None
        if row is None or owner is None or golden is None:
            raise NotFound("row.unknown", _("There is no such entry."))
        record(actor, f"{facet_name}.read", at, subject=facet_name, object_id=row_id, customer_id=golden.pk)
        found = gather([golden.pk, *golden.members])
        ended = row.status == Status.ENDED
        merged = facet_name == "customer" and owner.golden_id is not None
        return RowView(facet, row, header(golden, found, actor.mask_profile), merged or ended)


def values_at(actor: Actor, facet: Facet, row_id: int, version: int) -> Json | None:
    """The own fields of a row in clear as they stood at a version; None where no history row tells.

    For comparing on the server (an edit conflict), never for showing; `get_row` has checked the scope.
    """
    with in_scope(actor, VIEW):
        past = facet.model.history.filter(id=row_id, version=version)  # type: ignore[attr-defined]
        told = past.order_by("-history_id").first()
        return {field.attname: _clear(told, field.attname) for field in own_fields(facet.model)} if told else None
