"""Which restrictions of customers hold: neither ended nor lifted, and not run out; whether a customer is restricted as
such because of one."""

from collections.abc import Collection
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from django.db.models import Q

from customers.models import Customer, Restriction
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
    Whom two persons, or a source, made so is not freed by what one person entered and lifted."""
    since = _restricted_since(golden.pk)
    family = [golden.pk, *golden.members]
    told = Restriction.history.filter(customer_id__in=family, history_date=since, extent="ALL")
    return since is not None and bool(told.exists())


def _restricted_since(customer: int) -> datetime | None:
    """When a customer was restricted last: the first of the unbroken run of history rows that say so."""
    rows = Customer.history.filter(id=customer).order_by("-history_date", "-history_id")
    told = rows.values_list("lifecycle_status", "history_date")
    moments = [at for _status, at in takewhile(lambda row: row[0] == "RESTRICTED", told)]
    return moments[-1] if moments else None
