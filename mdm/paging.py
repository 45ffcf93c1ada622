"""Keyset pages: constant cost at any depth, no counting; what may be asked of a list."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid

T = TypeVar("T")
M = TypeVar("M", bound=Model)
V = TypeVar("V")

#: The largest page a caller may ask for.
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, the id after which the next page begins (None on the last), about how many there are."""

    rows: list[T]
    next: int | None
    about: int | None = None


def number_in(told: str, digits: int = 18) -> int | None:
    """The whole number in an address or a form; None where it is none, or has more digits than any row id.

    Python takes `²` and `１` for digits as well, and would then fail to read the one and read the other.
    """
    return int(told) if told.isascii() and told.isdigit() and len(told) <= digits else None


def chosen_filters(filters: Mapping[str, V] | None, known: Collection[str]) -> dict[str, V]:
    """The filters that say something. Invalid `filter.unknown` for one that is not `known`."""
    chosen = {name: value for name, value in (filters or {}).items() if value}
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise Invalid("filter.unknown", _("There is no filter “%s”.") % unknown[0])
    return chosen


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
