"""Changing one row of one facet: authorise, lock, screen, save with history, refresh, audit."""

from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id as id_of
from customers.rules.number import customer_no
from mdm.bulk.changing import refresh
from mdm.bulk.reading import read_bundles
from mdm.bulk.rows import insert_with_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import own_fields
from mdm.bulk.writing import allocate_ids
from mdm.errors import Duplicate, FieldError, Invalid, NotFound
from mdm.history.models import Status, SubjectModel
from mdm.history.writing import check_version, require_reason, save_with_history
from mdm.quality.issues import replace_issues
from mdm.quality.rules import Finding
from mdm.quality.screening import refuse_blocked, screened
from mdm.subjects import Bundle, Facet, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scope_q
from security.audit.log import record

#: The source system of what people enter; a steward's entry is a source record like any other.
ONLINE = "online"


def add(
    actor: Actor, number: str, facet_name: str, values: dict[str, Any], *, reason: str, at: datetime
) -> SubjectModel:
    """Add a row to a customer. Raises NotFound, Duplicate `customer.merged`, Invalid."""
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        customer = _locked_customer(actor, facet, id_of(number))
        stamp = _stamp(actor, at, reason)
        row = _told_row(facet, customer, values)
        _screen_with(customer.pk, facet, None, row, stamp)
        insert_with_history(facet, [row], stamp)
        return _finish(facet, row["id"], customer.pk, "add", sorted(values), stamp)


def change(
    actor: Actor, facet_name: str, row_id: int, version: int, changes: dict[str, Any], *, reason: str, at: datetime
) -> SubjectModel:
    """Change fields of a row that is at `version`. Raises NotFound, Stale `row.stale`, Invalid; nothing
    is written where nothing differs."""
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        row, customer = _locked_row(actor, facet, row_id)
        stamp = _stamp(actor, at, reason)
        check_version(row, version)
        changed = _assign(facet, row, changes)
        if not changed:
            return row
        _screen_with(customer.pk, facet, row.pk, _clear(facet, row), stamp)
        save_with_history(row, stamp)
        return _finish(facet, row.pk, customer.pk, "change", changed, stamp)


def end(actor: Actor, facet_name: str, row_id: int, version: int, *, reason: str, at: datetime) -> SubjectModel:
    """End a row: it stays, with its history, but holds no longer."""
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        row, customer = _locked_row(actor, facet, row_id)
        stamp = _stamp(actor, at, reason)
        check_version(row, version)
        if facet.name == "customer" or not facet.multiple:
            raise Invalid("row.not_endable", _("This can be changed but not ended."))
        row.status, row.valid_to = Status.ENDED, stamp.business_date
        save_with_history(row, stamp)
        return _finish(facet, row.pk, customer.pk, "end", ["status"], stamp)


def _facet(name: str) -> Facet:
    try:
        return registry.facet(name)
    except KeyError as unknown:
        raise NotFound("facet.unknown", _("There is no such kind of information.")) from unknown


def _stamp(actor: Actor, at: datetime, reason: str) -> Stamp:
    return Stamp(actor, at, require_reason(reason), timezone.localtime(at).date())


def _locked_customer(actor: Actor, facet: Facet, customer_id: int | None) -> Customer:
    """The customer, locked; NotFound out of scope, Duplicate where it was merged into another."""
    visible = Customer.objects.select_for_update().filter(scope_q(actor, facet.permission))
    customer = visible.filter(pk=customer_id).first() if customer_id is not None else None
    if customer is None:
        raise NotFound("customer.unknown", _("There is no such customer."))
    if customer.golden_id is not None:
        survivor = customer_no(customer.golden_id)
        raise Duplicate("customer.merged", _("This customer was merged into %s.") % survivor)
    return customer


def _locked_row(actor: Actor, facet: Facet, row_id: int) -> tuple[SubjectModel, Customer]:
    """The row and the golden customer it counts for; rows of merged members are changed through it."""
    found = facet.model._default_manager.select_for_update().filter(pk=row_id).first()
    if found is None:
        raise NotFound("row.unknown", _("There is no such entry."))
    owner = found if isinstance(found, Customer) else Customer.objects.filter(pk=found.customer_id).first()  # type: ignore[attr-defined]
    if isinstance(found, Customer) or owner is None:
        return found, _locked_customer(actor, facet, row_id)
    return found, _locked_customer(actor, facet, owner.golden_id or owner.pk)


def _told_row(facet: Facet, customer: Customer, values: dict[str, Any]) -> dict[str, Any]:
    """A new row from what a person entered; its slot is its id, since people enter any number of rows."""
    if not facet.multiple:
        raise Invalid("row.exists", _("There is one already: change it instead."))
    names = {field.attname for field in own_fields(facet.model)}
    _refuse_unknown(set(values) - names)
    row_id = allocate_ids(facet.model._meta.db_table, 1)[0]
    told = {"source_system": ONLINE, "source_key": str(customer.pk), "slot": f"online-{row_id}"}
    return {**values, **told, "id": row_id, "customer_id": customer.pk}


def _refuse_unknown(names: set[str]) -> None:
    if names:
        errors = [FieldError(f"/{name}", "field.unknown", _("There is no such field.")) for name in sorted(names)]
        raise Invalid("field.unknown", _("There is no such field."), errors)


def _assign(facet: Facet, row: SubjectModel, changes: dict[str, Any]) -> list[str]:
    """Set what differs; returns the names of the changed fields."""
    fields = {field.attname: field for field in own_fields(facet.model)}
    _refuse_unknown(set(changes) - set(fields))
    before = _clear(facet, row)
    changed = [name for name, value in changes.items() if (before[name] or None) != (value or None)]
    for name in changed:
        value = changes[name]
        setattr(row, name, value if value is not None or fields[name].null else "")
    return changed


def _clear(facet: Facet, row: Model) -> dict[str, Any]:
    """The own fields of a row in clear."""
    values = {field.attname: getattr(row, field.attname) for field in own_fields(facet.model)}
    return {name: value.open() if hasattr(value, "open") else value for name, value in values.items()}


def _screen_with(customer_id: int, facet: Facet, row_id: int | None, values: dict[str, Any], stamp: Stamp) -> None:
    """Screen the customer as it will be; BLOCK refuses, the rest become issues."""
    bundles, row_ids = read_bundles([customer_id])
    bundle = bundles[0]
    told = bundle.facets.setdefault(facet.name, [])
    index = next((i for (name, i), stored in row_ids[0].items() if name == facet.name and stored == row_id), None)
    if index is None:
        told.append(dict(values))
    else:
        told[index].update(values)
    findings = screened(bundle, stamp.business_date)
    refuse_blocked(bundle, findings)
    _note(customer_id, bundle, findings, stamp)


def _note(customer_id: int, bundle: Bundle, findings: list[Finding], stamp: Stamp) -> None:
    replace_issues(customer_id, bundle, findings, stamp)


def _finish(
    facet: Facet, row_id: int, customer_id: int, verb: str, fields: list[str], stamp: Stamp
) -> SubjectModel:
    """Refresh what is derived, write the operation log, give the row back as stored."""
    row = facet.model._default_manager.get(pk=row_id)
    owner = row_id if facet.name == "customer" else row.customer_id
    refresh([owner])
    record(
        stamp.actor,
        f"{facet.name}.{verb}",
        stamp.at,
        subject=facet.name,
        object_id=row_id,
        customer_id=customer_id,
        fields={"fields": fields, "version": row.version},
        reason=stamp.reason,
    )
    return row
