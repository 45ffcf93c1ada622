"""Which restrictions of customers hold: neither ended nor lifted, and not run out."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Q

from customers.models import Restriction
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
