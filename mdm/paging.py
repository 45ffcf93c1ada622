"""Keyset pages: constant cost at any depth, no counting."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)

#: The largest page a caller may ask for.
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the id after which the next page begins; None on the last."""

    rows: list[T]
    next: int | None


def newest_first(rows: QuerySet[M], after: int | None, size: int) -> Page[M]:
    """A page of rows by descending id, beginning below `after`."""
    size = max(1, min(size, LARGEST))
    below = rows.filter(pk__lt=after) if after is not None else rows
    found = list(below.order_by("-pk")[: size + 1])
    return Page(found[:size], found[size - 1].pk if len(found) > size else None)
