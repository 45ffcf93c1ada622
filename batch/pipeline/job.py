"""One load: who loads which admitted file in which layout, and what became of its rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from batch.formats.admission import Admitted
from batch.layouts.layout import Layout
from security.access.actor import Actor


@dataclass(slots=True)
class Counts:
    """What became of the rows of a file; each row is in exactly one of the first four."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rows: int = 0
    suspects: int = 0
    issues: int = 0
    ended: int = 0

    def add(self, other: "Counts") -> None:
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    def set(self, told: Mapping[str, int]) -> None:
        """Take the counts over that a run holds."""
        for name in asdict(self):
            setattr(self, name, told.get(name, 0))


@dataclass(frozen=True, slots=True)
class Job:
    """One load: who loads which admitted file in which layout, for which business date.

    `orgs` are the branches of who ordered it, outside which nothing is written (None: everywhere). A `full`
    file holds all that its source has: what it leaves out ends, however much with `accept_missing`. `workers`
    processes share the work on a file that is worth it. `asker` is the account in whose name a second person is
    asked, where a row takes one. `sources` are those as which rows may be told (None: as any).
    """

    actor: Actor
    file: Admitted
    layout: Layout
    business_date: date
    run_id: int | None = None
    reason: str = ""
    orgs: frozenset[int] | None = None
    counts: Counts = field(default_factory=Counts)
    full: bool = False
    accept_missing: bool = False
    workers: int = 1
    asker: Actor | None = None
    sources: frozenset[str] | None = None
