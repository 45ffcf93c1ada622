"""Restrictions that the product itself puts on a customer and lifts again; those of people it never touches."""

from collections.abc import Mapping, Sequence
from typing import Any

from customers.models import Customer, Restriction
from customers.services.operating import add_rows
from customers.services.restricting import settle
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


def restrict(golden: Customer, kind: str, stamp: Stamp, *, extent: str = "ALL") -> None:
    """Restrict a locked golden customer for a reason; in everything, an active one is restricted from now on."""
    values = {"kind": kind, "extent": extent, "begun_on": stamp.business_date}
    row_id = add_rows(registry.facet("restriction"), [(golden.pk, values)], stamp, SOURCE)[0]
    settle(golden, stamp, frees=False)
    _log(golden, "restriction.impose", row_id, stamp)


def run_out(owners: Mapping[int, Customer], stamp: Stamp) -> int:
    """End the restrictions whose last day is over, whoever imposed them; with the last that is on everything a
    customer is active again. `owners` maps locked customers to their golden ones. Returns how many ended."""
    held = Restriction.objects.filter(customer_id__in=list(owners), status=Status.ACTIVE)
    over = list(held.filter(ends_on__lt=stamp.business_date).order_by("pk"))
    for row in over:
        golden = owners[row.customer_id]
        row.status, row.valid_to = Status.ENDED, row.ends_on
        save_with_history(row, stamp)
        settle(golden, stamp, frees=row.extent == "ALL" and row.lifted_on is None)
        _log(golden, "restriction.run_out", row.pk, stamp)
    return len(over)


def lift(golden: Customer, rows: Sequence[Any], stamp: Stamp) -> None:
    """Lift restrictions of a locked golden customer; with the last that is on everything it is active again."""
    for row in rows:
        row.status, row.valid_to = Status.ENDED, stamp.business_date
        row.lifted_on, row.lifted_by = stamp.business_date, stamp.actor.name
        save_with_history(row, stamp)
        _log(golden, "restriction.lift", row.pk, stamp)
    settle(golden, stamp, frees=any(row.extent == "ALL" for row in rows))


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
