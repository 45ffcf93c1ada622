"""The registry of subjects and facets, and the shape in which a source tells of a customer.

The engine knows nobody: apps register here in `AppConfig.ready`; panorama, loader, exporter,
consolidation and data quality walk what is registered. A facet is one table of rows that belong to
a customer; a subject is a group of facets that people see as one thing (design section 4).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

if TYPE_CHECKING:
    from mdm.bulk.stamp import Stamp
    from mdm.history.models import SubjectModel

Row = dict[str, Any]

#: Customer id -> what was written of it: facet, and the fields that are another than before (or told of a new row).
Changes = dict[int, list[tuple[str, frozenset[str]]]]

#: Begins the slot of a row that its source tells by itself: what the source tells of the customer as a whole, which
#: does not know of such rows, leaves them alone.
APART = "~"


class Expected(NamedTuple):
    """Something that is asked of a customer: the facet in which it is entered, what it is called, whether it is
    there and holds."""

    facet: str
    label: "str | Promise"
    there: bool


class Place(NamedTuple):
    """One field of one row of a source record."""

    facet: str
    slot: str
    field: str


@dataclass(slots=True)
class Bundle:
    """One customer as one source tells it, in clear, before anything is stored.

    `facets` maps a facet's name to its rows; a row maps a field to a Python value and may hold
    `slot` (which row of the source record it is) and `raw_values` (texts that could not be converted).
    """

    source_system: str
    source_key: str
    party_type: str
    facets: dict[str, list[Row]] = field(default_factory=dict)
    line: int = 0
    #: What rules worked out of the values, for others that need the same; it goes with the bundle.
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, facet: str) -> list[Row]:
        """The rows of one facet; empty where the source tells nothing."""
        return self.facets.get(facet, [])

    def first(self, facet: str) -> Row:
        """The first row of a facet, or an empty one."""
        rows = self.facets.get(facet)
        return rows[0] if rows else {}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A kind of exact search over sealed values: which texts of a bundle are digested under it.

    `number` is stored, so it is never reused. `values(bundle)` yields (facet name, row index, text);
    a text is already normalised. `unique` kinds name one customer (the source key). `norm` is the version of the
    normalisation: who changes what it makes of any text counts it up, leaves `oldest_norm` where stored digests
    may still be, and has the kind's key rotated (`manage.py keys rotate --purpose index.KIND`).
    """

    kind: str
    number: int
    values: Callable[[Bundle], Iterable[tuple[str, int, str]]]
    unique: bool = False
    norm: int = 1
    oldest_norm: int | None = None


#: The columns that say who verified a row, of one that nobody has.
UNVERIFIED: Mapping[str, Any] = {"verified_by": "", "verified_at": None, "verified_how": ""}


@dataclass(frozen=True, slots=True)
class Facet:
    """One table of a subject. `kind_field` names the column that tells rows apart inside a source record.

    `derive(bundles)` gives, for each bundle, the columns of its first row that are computed from the
    whole bundle (search tokens, organisation path); they are no one's input and have no history.
    `settle(customer ids)` writes, of rows that are there already, the columns in `settled`: those that
    depend on other customers (the members of a golden one).
    `lock(customer ids)` locks all customers that writing to these touches, until the transaction ends; every
    writer calls the one of the customer facet before it reads what it will change.
    `permission` is the right that changing rows takes. Rows of a facet that is not `told` come only from an operation
    of their own: no file, no body and no form tells them.
    `guard(customer id, row before, row after)` refuses what nobody may do to a row by hand (None: not there before,
    or ended; `before` holds the row's id): a record that was approved stays as it was. Loads, which bring what their
    source tells, do not ask it.
    `follows(row before, row after)` gives the columns that follow from a change, by whatever door it comes, unless it
    tells them itself: who confirmed a number has confirmed no other.
    `holding(row as stored, what its source newly tells)` names the fields that stay as they are all the same: a state
    that does not follow from the one on file. A load leaves them, and a finding says so.
    `live(row)` says whether a row in force is something that the customer still holds with the bank.
    `fits(party type)` says whether a customer of that kind may have rows: nobody adds one by hand to another.
    """

    model: "type[SubjectModel]"
    name: str
    kind_field: str = ""
    multiple: bool = False
    permission: str = "customer.change"
    told: bool = True
    derive: Callable[[list[Bundle]], list[Row]] | None = None
    settle: Callable[[list[int]], None] | None = None
    settled: frozenset[str] = frozenset()
    lock: Callable[[Iterable[int]], object] | None = None
    guard: Callable[[int, Row | None, Row | None], None] | None = None
    follows: Callable[[Row, Row], Row] | None = None
    holding: Callable[[Row, Row], frozenset[str]] | None = None
    live: Callable[[Row], bool] | None = None
    fits: Callable[[str], bool] = field(default=lambda _party_type: True)

    @property
    def recorded(self) -> bool:
        """Whether a row stands as it was recorded: nobody changes or ends it."""
        return self.model.RECORDED

    def slot(self, row: Row) -> str:
        """Which row of the source record this is; the same in every delivery."""
        return str(row.get("slot") or row.get(self.kind_field) or "")


@dataclass(frozen=True, slots=True)
class Subject:
    """One of the nine subjects: number, name, label in the reader's language, facets in display order."""

    number: int
    name: str
    label: str | Promise
    facets: tuple[Facet, ...]


class Registry:
    """What the apps told of themselves at start-up."""

    def __init__(self) -> None:
        self._subjects: dict[int, Subject] = {}
        self._facets: dict[str, Facet] = {}
        self._lookups: dict[str, Lookup] = {}
        self._derivations: dict[str, Derivation] = {}
        #: Functions (actor, customer ids) -> JSON rows that apps above add to the panorama.
        self.panels: list[Callable[[Any, list[int]], list[dict[str, Any]]]] = []
        #: Functions (rows in force by facet, day) -> what must be done about a customer: code, text, due.
        self.obligations: list[Callable[[dict[str, list[Row]], date], list[dict[str, Any]]]] = []
        #: Functions (rows in force by facet, day) -> what the rules ask of a customer: completeness counts it.
        self.expectations: list[Callable[[dict[str, list[Row]], date], list[Expected]]] = []
        #: Functions (what a source changed of known customers, stamp) that write what follows, many at once.
        self.followers: list[Callable[[Changes, Stamp], None]] = []

    def register(self, subject: Subject) -> None:
        """Add a subject, or further facets to one another app has begun (by its number)."""
        known = self._subjects.get(subject.number)
        if known is None:
            self._subjects[subject.number] = subject
        else:
            merged = known.facets + tuple(f for f in subject.facets if f not in known.facets)
            self._subjects[subject.number] = Subject(known.number, known.name, known.label, merged)
        self._facets = {facet.name: facet for facet in self.facets()}

    def register_lookup(self, lookup: Lookup) -> None:
        """Add a kind of exact search; its stored number must be its own."""
        clash = {entry.number for entry in self._lookups.values() if entry.kind != lookup.kind}
        if lookup.number in clash:
            raise ImproperlyConfigured(f"lookup number {lookup.number} is taken")
        # these need the models, which load after this module
        from mdm.bulk.reindexing import register_lookup_holder
        from security.crypto.blind_index import declare

        declare(lookup.kind, lookup.norm, oldest=lookup.oldest_norm)
        self._lookups[lookup.kind] = lookup
        register_lookup_holder(lookup)

    def register_derivation(self, derivation: "Derivation") -> None:
        """Add rows that are computed from whole bundles and stored beside them."""
        self._derivations[derivation.name] = derivation

    @property
    def subjects(self) -> list[Subject]:
        return [self._subjects[number] for number in sorted(self._subjects)]

    @property
    def lookups(self) -> list[Lookup]:
        return list(self._lookups.values())

    @property
    def derivations(self) -> list["Derivation"]:
        return list(self._derivations.values())

    def facets(self) -> Iterator[Facet]:
        """Every facet, the customer's own first (children refer to it)."""
        for subject in self.subjects:
            yield from subject.facets

    def facet(self, name: str) -> Facet:
        """The facet called `name`; KeyError where there is none."""
        return self._facets[name]

    def lookup(self, kind: str) -> Lookup:
        """The lookup kind called `kind`; KeyError where there is none."""
        return self._lookups[kind]


@dataclass(frozen=True, slots=True)
class Derived:
    """What a derivation computed: its table's rows, and for the lookup index (position of the bundle, digest,
    version of the digest's key)."""

    rows: list[tuple[Any, ...]]
    digests: list[tuple[int, bytes, int]]


@dataclass(frozen=True, slots=True)
class Derivation:
    """A table computed from bundles, in the order of `columns` (of PostgreSQL `types`).

    The first column is `customer_id`, unique in the table; storing again replaces. The digests go into
    the lookup index under the number `lookup`.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    lookup: int
    compute: Callable[[list[int], list[Bundle]], Derived]


registry = Registry()
