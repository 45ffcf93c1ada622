"""What follows from a restriction that was entered, changed or ended: whether the customer as such is restricted."""

from collections.abc import Iterable
from typing import Any

from customers.models import Customer
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
