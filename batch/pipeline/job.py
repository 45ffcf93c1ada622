"""One load: who loads which admitted file in which layout, and what became of its rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from subprocess import Popen

from django.db.models import QuerySet

from batch.formats.admission import Admitted
from batch.layouts.layout import Layout
from customers.models import Customer
from security.access.actor import Actor

#: A worker beside the process that started it.
Process = Popen[bytes]


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
class Reach:
    """How far a load writes: to customers of these branches (None: of all), and to protected ones of these kinds
    only (None: of all). It is that of who ordered the load, not that of the worker."""

    orgs: frozenset[int] | None = None
    guards: frozenset[str] | None = None

    @property
    def bounded(self) -> bool:
        """Whether there is any customer out of it."""
        return self.orgs is not None or self.guards is not None

    def customers(self) -> QuerySet[Customer]:
        """The customers within."""
        found = Customer.objects.all()
        if self.orgs is not None:
            found = found.filter(org_path__overlap=sorted(self.orgs))
        return found if self.guards is None else found.filter(guarded__contained_by=sorted(self.guards))


@dataclass(frozen=True, slots=True)
class Job:
    """One load: who loads which admitted file in which layout, for which business date.

    `reach` is that of who ordered it, outside which nothing is written. A `full` file holds all that its source
    has: what it leaves out ends, however much with `accept_missing`. `asker` is the account in whose name a second
    person is asked, where a row takes one. `sources` are those as which rows may be told (None: as any). `others`
    are the processes that share the work with this one, where the file is worth it.
    """

    actor: Actor
    file: Admitted
    layout: Layout
    business_date: date
    run_id: int | None = None
    reason: str = ""
    reach: Reach = Reach()
    counts: Counts = field(default_factory=Counts)
    full: bool = False
    accept_missing: bool = False
    others: tuple[Process, ...] = ()
    asker: Actor | None = None
    sources: frozenset[str] | None = None

    @property
    def workers(self) -> int:
        """How many processes work on the file, this one among them."""
        return 1 + len(self.others)
