"""The doors through which customers ask something above them: who might be the same, what does a number tell, what
follows from a change?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mdm.bulk.stamp import Stamp
from mdm.subjects import Bundle, Row


@dataclass(frozen=True, slots=True)
class Suspect:
    """A stored customer that may be the one at hand: rule that says so, its class, its score 0 … 1."""

    customer_id: int
    rule: str
    outcome: str
    score: float


class DuplicateFinder(Protocol):
    """What consolidation provides at start-up."""

    def find(self, bundle: Bundle) -> list[Suspect]:
        """Customers that may be the one the bundle tells of, most likely first."""
        ...

    def count(self, customer_ids: Sequence[int]) -> int:
        """How many of these new customers have at least one suspect."""
        ...


class _Nobody:
    """Stands in until consolidation has registered; finds nothing."""

    def find(self, bundle: Bundle) -> list[Suspect]:
        return []

    def count(self, customer_ids: Sequence[int]) -> int:
        return 0


_finder: DuplicateFinder = _Nobody()


def provide(finder: DuplicateFinder) -> None:
    """Register the finder (called once, in `ConsolidationConfig.ready`)."""
    global _finder  # noqa: PLW0603 (set once, at start-up)
    _finder = finder


def duplicate_finder() -> DuplicateFinder:
    """The registered finder."""
    return _finder


#: Whether there is an entry with an id about one of some customers.
Exists = Callable[[Sequence[int], int], bool]
_linkable: dict[str, Exists] = {}


def provide_linkable(name: str, exists: Exists) -> None:
    """Let documents belong to entries of an app above (`AppConfig.ready`), told by this name."""
    _linkable[name] = exists


def linkable() -> dict[str, Exists]:
    """What documents may belong to besides rows of facets, by name."""
    return _linkable


#: What follows from a written row: (locked golden customer, facet, stamp).
Settling = Callable[[int, str, Stamp], None]
_settling: list[Settling] = []


def provide_settling(settling: Settling) -> None:
    """Register what an app above does after each row that is written online (`AppConfig.ready`)."""
    if settling not in _settling:
        _settling.append(settling)


def settled(golden: int, facet: str, stamp: Stamp) -> None:
    """A row of a facet of a locked golden customer was written: what the apps above keep follows."""
    for settling in _settling:
        settling(golden, facet, stamp)


#: What a document's number itself tells of its holder: (type, number as typed) to fields of `person_profile`.
Telling = Callable[[str, str], Row]
_telling: list[Telling] = []


def provide_telling(telling: Telling) -> None:
    """Register who reads document numbers (`AppConfig.ready`)."""
    _telling[:] = [telling]


def told_by_number(kind: str, number: str) -> Row:
    """What a valid number tells of its holder, so that nobody types it again; empty where it tells nothing."""
    return _telling[0](kind, number) if _telling else {}
