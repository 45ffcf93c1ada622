"""Restrictions that the product itself puts on a customer and lifts again; those of people it never touches."""

from collections.abc import Sequence
from typing import Any

from customers.models import Customer, Restriction
from customers.services.operating import add_rows
from mdm.bulk.stamp import Stamp
from mdm.history.models import Status
from mdm.history.writing import save_with_history
from mdm.subjects import registry
from security.audit.log import record

#: The source of what the product's own rules say of a customer.
SOURCE = "control"


def own_restrictions(family: Sequence[int], kind: str) -> list[Any]:
    """The product's own restrictions of a kind that hold."""
    rows = Restriction.objects.filter(
        customer_id__in=list(family), kind=kind, source_system=SOURCE, status=Status.ACTIVE
    )
    return list(rows.order_by("pk"))


def restrict(golden: Customer, kind: str, stamp: Stamp) -> None:
    """Restrict a locked golden customer in everything, for a reason; an active one is restricted from now on."""
    values = {"kind": kind, "extent": "ALL", "begun_on": stamp.business_date}
    row_id = add_rows(registry.facet("restriction"), [(golden.pk, values)], stamp, SOURCE)[0]
    if golden.lifecycle_status == "ACTIVE":
        _become(golden, "RESTRICTED", stamp)
    _log(golden, "restriction.impose", row_id, stamp)


def lift(golden: Customer, rows: Sequence[Any], stamp: Stamp) -> None:
    """Lift restrictions of a locked golden customer; with the last that is on everything it is active again."""
    for row in rows:
        row.status, row.valid_to = Status.ENDED, stamp.business_date
        row.lifted_on, row.lifted_by = stamp.business_date, stamp.actor.name
        save_with_history(row, stamp)
        _log(golden, "restriction.lift", row.pk, stamp)
    family = [golden.pk, *golden.members]
    held = Restriction.objects.filter(customer_id__in=family, extent="ALL", status=Status.ACTIVE)
    if rows and golden.lifecycle_status == "RESTRICTED" and not held.exists():
        _become(golden, "ACTIVE", stamp)


def _become(golden: Customer, status: str, stamp: Stamp) -> None:
    golden.lifecycle_status = status
    save_with_history(golden, stamp)


def _log(golden: Customer, action: str, row_id: int, stamp: Stamp) -> None:
    record(
        stamp.actor,
        action,
        stamp.at,
        subject="restriction",
        object_id=row_id,
        customer_id=golden.pk,
        reason=stamp.reason,
    )
