"""What follows from a restriction that was entered, changed or ended: whether the customer as such is restricted."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models.functions import Coalesce

from customers.models import Customer, Restriction
from customers.selectors.restricted import by_restriction, on_everything
from mdm.bulk.stamp import Stamp
from mdm.history.writing import save_with_history

#: Fields on which it depends whether a restriction holds for everything.
_DECIDING = frozenset({"extent", "lifted_on", "ends_on", "status"})


def follow(golden: int, facet: str, verb: str, fields: Iterable[str], row: Any, stamp: Stamp) -> None:
    """After a row of a facet was written for a locked golden customer: a restriction on everything restricts it
    where it is active; with the last one that is lifted it is active again, if one made it so."""
    if facet != "restriction":
        return
    changed = set(fields)
    frees = verb != "add" and bool(changed & _DECIDING) and (row.extent == "ALL" or "extent" in changed)
    settle(Customer.objects.get(pk=golden), stamp, frees=frees)


def settle_written(customer_ids: Collection[int], stamp: Stamp) -> None:
    """The same after records as a whole were written by one act (created, or told anew by a file), locked: for those of
    which a restriction began, changed or ended."""
    rows = Restriction.objects.filter(customer_id__in=list(customer_ids), updated_at=stamp.at)
    owners = rows.values("customer_id")
    for golden in Customer.objects.filter(
        pk__in=Customer.objects.filter(pk__in=owners).values(own=Coalesce("golden_id", "id"))
    ).order_by("pk"):
        settle(golden, stamp, frees=True)


def settle(golden: Customer, stamp: Stamp, *, frees: bool) -> None:
    """Bring the status of a locked golden customer to what its restrictions say; only what lifts one `frees`, and
    only whom one restricted: who was made so by a source or by two persons (`customer.status`) stays so."""
    held = on_everything([golden.pk, *golden.members], stamp.business_date)
    if held and golden.lifecycle_status == "ACTIVE":
        _become(golden, "RESTRICTED", stamp)
    elif frees and not held and golden.lifecycle_status == "RESTRICTED" and by_restriction(golden):
        _become(golden, "ACTIVE", stamp)


def _become(golden: Customer, status: str, stamp: Stamp) -> None:
    golden.lifecycle_status = status
    save_with_history(golden, stamp)
