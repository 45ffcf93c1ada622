"""How an id in a log is named: the app that owns a kind of object says its number and its page."""

from collections.abc import Callable
from dataclasses import dataclass

from mdm.paging import number_in


@dataclass(frozen=True, slots=True)
class Naming:
    """One kind of object: `number(id)`, `url(id)`, and `id_of(number)`, None for no number."""

    number: Callable[[int], str]
    url: Callable[[int], str]
    id_of: Callable[[str], int | None]


_namings: dict[str, Naming] = {}


def register(kind: str, naming: Naming) -> None:
    """Say how objects of a kind are named."""
    _namings[kind] = naming


def naming(kind: str) -> Naming:
    """The naming of a kind; the bare id where nobody registered one."""
    return _namings.get(kind) or Naming(str, lambda _id: "", number_in)
