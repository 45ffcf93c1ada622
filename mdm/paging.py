"""Keyset pages: constant cost at any depth, no counting."""

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)

#: The largest page a caller may ask for.
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, the id after which the next page begins (None on the last), about how many there are."""

    rows: list[T]
    next: int | None
    about: int | None = None


def newest_first(rows: QuerySet[M], after: int | None, size: int) -> Page[M]:
    """A page of rows by descending id, beginning below `after`."""
    size = max(1, min(size, LARGEST))
    below = rows.filter(pk__lt=after) if after is not None else rows
    found = list(below.order_by("-pk")[: size + 1])
    return Page(found[:size], found[size - 1].pk if len(found) > size else None)


def estimated(rows: QuerySet[Any]) -> int:
    """About how many rows there are, as the planner sees it: constant cost, rounded to two digits."""
    plan = json.loads(rows.order_by().explain(format="json"))
    told = int(plan[0]["Plan"]["Plan Rows"])
    step = 10 ** max(0, len(str(told)) - 2)
    return int(round(told / step) * step)
