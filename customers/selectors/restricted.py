"""Which restrictions of customers hold: neither ended nor lifted, and not run out; whether a customer is restricted as
such because of one."""

from collections.abc import Collection
from datetime import date
from itertools import takewhile
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from customers.models import Customer, Restriction
from mdm.bulk.last_told import SOURCES_WORD
from mdm.history.models import Status


def in_force(ids: Collection[int], day: date) -> Any:
    """The restrictions of these customers that hold on a day (query set).

    One that is to begin counts from when it is entered; the day on which it ends is its last.
    """
    rows = Restriction.objects.filter(customer_id__in=list(ids), status=Status.ACTIVE)
    unlifted = Q(lifted_on=None) | Q(lifted_on__gt=day)
    return rows.filter(unlifted, Q(ends_on=None) | Q(ends_on__gte=day))


def on_everything(ids: Collection[int], day: date) -> bool:
    """Whether a restriction on everything holds for one of these customers on a day."""
    return bool(in_force(ids, day).filter(extent="ALL").exists())


def by_restriction(golden: Customer) -> bool:
    """Whether a restricted customer came to be so by a restriction on everything: both were written by one act.
    Whom two persons made so is not freed by what one person entered and lifted; whom a source itself calls so is
    not either, though it told a restriction in the same breath."""
    began = _restricted_since(golden.pk)
    if began is None or began["by_source"]:
        return False
    family = [golden.pk, *golden.members]
    told = Restriction.history.filter(
        customer_id__in=family, history_date=began["history_date"], extent="ALL"
    )
    return bool(told.exists())


def _restricted_since(customer: int) -> dict[str, Any] | None:
    """When a customer was restricted last, and whether as a source's own word: the first of the unbroken run of
    history rows that say so."""
    rows = Customer.history.filter(id=customer).order_by("-history_date", "-history_id")
    by_source = ExpressionWrapper(SOURCES_WORD, BooleanField())
    told = rows.annotate(by_source=by_source).values("lifecycle_status", "history_date", "by_source")
    run = list(takewhile(lambda row: row["lifecycle_status"] == "RESTRICTED", told))
    return run[-1] if run else None
