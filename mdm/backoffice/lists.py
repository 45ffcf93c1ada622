"""Lists: columns, filters in the address, keyset pages. No list counts its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateparse import parse_date

from mdm.errors import Text
from mdm.paging import number_in
from mdm.quality.primitives import legible

R = TypeVar("R")
SIZES = (25, 50, 100)
#: Texts shorter than this, in characters, are not broken into lines.
SHORT = 18
CellKind = Literal["text", "tag", "time", "day", "mono", "num", "tick"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as drawn. `tone` colours a tag (ok, warn, bad, info); `url` makes it a link, and with
    `main` the link that the keys j, k and Enter use; `note` stands small below. A `tick` is a box of the form
    `several` below the list: `text` is what it sends (none where it is empty), `note` what it is called."""

    text: Any
    kind: CellKind = "text"
    tone: str = ""
    url: str = ""
    main: bool = False
    note: str = ""

    @property
    def short(self) -> bool:
        """Whether the text is kept on one line."""
        return len(str(self.text)) < SHORT


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its heading and how a row's cell is made."""

    label: Text
    cell: Callable[[R], Cell]
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that may stand in the address: codes, dates and names of staff, never customers' data."""

    name: str
    label: Text
    kind: Literal["choice", "text", "date"] = "choice"
    choices: Callable[[], Iterable[tuple[str, Text]]] = tuple

    def clean(self, value: str) -> str:
        """The value, or nothing where it is none that this filter knows."""
        if self.kind == "choice":
            return value if value in {code for code, _label in self.choices()} else ""
        if self.kind == "date":
            return value if _is_date(value) else ""
        return legible(value).strip()[:80]

    def said(self, value: str) -> Text:
        """The value in the reader's words."""
        return next((label for code, label in self.choices() if code == value), value)


def _is_date(value: str) -> bool:
    try:
        return parse_date(value) is not None
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address asks for."""

    filters: dict[str, str] = field(default_factory=dict)
    after: str = ""
    size: int = SIZES[0]

    @classmethod
    def read(cls, sent: QueryDict, filters: Sequence[Filter]) -> "ListQuery":
        """The known parameters with known values; the rest is left out."""
        cleaned = {known.name: known.clean(sent.get(known.name, "")) for known in filters}
        size = sent.get("size", "")
        return cls(
            {name: value for name, value in cleaned.items() if value},
            sent.get("after", "")[:80],
            int(size) if size in map(str, SIZES) else SIZES[0],
        )

    @property
    def after_id(self) -> int | None:
        """Below which id the page begins, where pages begin at ids; None for the first."""
        return number_in(self.after)

    def url(self, **changes: Any) -> str:
        """The address of this list with some parameters changed (empty ones go)."""
        kept: dict[str, Any] = {**self.filters, "size": self.size if self.size != SIZES[0] else "", **changes}
        return "?" + urlencode({name: value for name, value in kept.items() if value not in ("", None)})


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force and the address without it."""

    label: Text
    value: Text
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, ready to draw."""

    caption: Text
    columns: Sequence[Column[Any]]
    rows: list[list[Cell]]
    query: ListQuery
    filters: Sequence[Filter] = ()
    next: str = ""
    about: int | None = None
    empty: Text = ""
    empty_next: Text = ""

    @property
    def chips(self) -> list[Chip]:
        named = [(known, self.query.filters.get(known.name, "")) for known in self.filters]
        return [Chip(f.label, f.said(value), self.query.url(**{f.name: ""})) for f, value in named if value]

    @property
    def choices(self) -> list[tuple[Filter, str]]:
        """Each filter with its value in force."""
        return [(known, self.query.filters.get(known.name, "")) for known in self.filters]

    @property
    def kept(self) -> dict[str, str]:
        """What the address asks for besides the filters: it stays when these change."""
        known = {one.name for one in self.filters}
        return {name: value for name, value in self.query.filters.items() if name not in known}

    @property
    def bare_url(self) -> str:
        """The address without any filter."""
        return self.query.url(**{one.name: "" for one in self.filters})

    @property
    def long(self) -> bool:
        """Whether there is anything to page through."""
        return bool(self.next or self.query.after or len(self.rows) > SIZES[0])

    @property
    def first_url(self) -> str:
        return self.query.url() if self.query.after else ""

    @property
    def next_url(self) -> str:
        return self.query.url(after=self.next) if self.next else ""

    @property
    def sizes(self) -> list[tuple[int, str, bool]]:
        return [(size, self.query.url(size=size), size == self.query.size) for size in SIZES]


def listing(
    caption: Text, columns: Sequence[Column[R]], rows: Iterable[R], query: ListQuery, **more: Any
) -> Listing:
    """Draw `rows` by `columns`."""
    return Listing(caption, columns, [[c.cell(row) for c in columns] for row in rows], query, **more)


def text(label: Text, get: Callable[[R], Any]) -> Column[R]:
    """A column of plain text."""
    return Column(label, lambda row: Cell(get(row) or "—"))


def time(label: Text, get: Callable[[R], Any]) -> Column[R]:
    """A column of times."""
    return Column(label, lambda row: Cell(get(row), "time"))


def coded(
    label: Text, get: Callable[[R], str], labels: Mapping[str, Text], tones: Mapping[str, str]
) -> Column[R]:
    """A column of codes as tags: the word says it, the colour only helps."""
    return Column(label, lambda row: Cell(labels.get(get(row), get(row)), "tag", tones.get(get(row), "")))
