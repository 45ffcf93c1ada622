"""What apps keep of a customer beside rows that name it: told here, so that an erasure forgets it too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is being erased: ids of a customer and its members, (source system, source key) of their source
    records, the load runs that told of them."""

    customer_ids: tuple[int, ...]
    source_keys: tuple[tuple[str, str], ...]
    run_ids: frozenset[int]


#: Forgets in the caller's transaction; returns the names of stored objects to be destroyed once it commits.
Forget = Callable[[Erased, datetime], set[str]]

_parts: list[Forget] = []


def register(forget: Forget) -> None:
    """Have an app forget its part (`AppConfig.ready`)."""
    if forget not in _parts:
        _parts.append(forget)


def forget_all(erased: Erased, at: datetime) -> set[str]:
    """Have every app forget. Returns the names of the stored objects that are to go."""
    return {name for forget in _parts for name in forget(erased, at)}
