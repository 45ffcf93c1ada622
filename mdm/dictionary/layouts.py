"""What the app that loads files tells of its layouts, so that a definition can name columns of them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayoutTold:
    """One layout: its columns, whether its files name them, whether it tells a row (facet, slot) at all."""

    name: str
    columns: frozenset[str]
    headed: bool
    tells: Callable[[str, str], bool]


_tellers: list[Callable[[], list[LayoutTold]]] = []


def register(tell: Callable[[], list[LayoutTold]]) -> None:
    """Have an app tell of its layouts (`AppConfig.ready`)."""
    if tell not in _tellers:
        _tellers.append(tell)


def layouts() -> dict[str, LayoutTold]:
    """Every layout by name."""
    return {told.name: told for tell in _tellers for told in tell()}
