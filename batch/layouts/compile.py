"""From a layout's description to a fast reading of its records: at least 60,000 bundles a second a core.

For each row of a facet that a line may tell there is one plan; a plan fetches its columns together,
makes a dictionary of them and converts what is not text. Only the plans of the line's kind of customer
are followed.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from batch.formats.errors import text
from batch.formats.lines import Record, RowError, Values
from batch.layouts.convert import Remembered, converter
from batch.layouts.layout import Column, Composed, Layout, Target
from mdm.codes import get
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import FieldError, Invalid
from mdm.subjects import Bundle, Row

#: As long as the database keeps a source key.
KEY_LENGTH = 120
Fetch = Callable[[Sequence[str | None]], tuple[str | None, ...]]


class Conversion(NamedTuple):
    """A value that was read but is not what its column holds; the row loads all the same.

    `code` is one of `value.date`, `value.int`, `value.decimal`, `value.code`, `value.bool`,
    `value.not_applicable` (nothing of this kind of customer) and `value.incomplete` (a row without its
    essential field, left out). Facet, slot and field are empty for a value that goes nowhere.
    """

    line: int
    column: str
    code: str
    facet: str = ""
    slot: str = ""
    field: str = ""


class Converted(NamedTuple):
    """What records tell: bundles, findings that do not reject, rows without a key or a known party type."""

    bundles: list[Bundle]
    findings: list[Conversion]
    rejects: list[RowError]


class _Plan:
    """How one row of a facet is made from a line."""

    def __init__(self, layout: Layout, row: str, columns: list[Column], is_person: bool) -> None:
        composed = [one for one in layout.composed if one.row == row]
        targets = [target for column in columns if (target := column.target(is_person))]
        self.facet, _, self.slot = row.removesuffix("]").partition("[")
        self.fetch = _fetch_all(layout, columns, composed)
        self._columns = [column.name for column in columns]
        self._fields = [target.field for target in targets] + [
            Target.parse(one.target).field for one in composed
        ]
        converters = [converter(column, layout.source_system) for column in columns]
        self._conversions = [
            (target.field, f"value.{column.kind}", convert)
            for target, column, convert in zip(targets, columns, converters, strict=True)
            if convert
        ]
        fixed = {"slot": self.slot} if self.slot and self.facet not in layout.slot_by else {}
        self._constants = fixed | dict(layout.constants.get(row, {}))
        self._essential = layout.essential.get(row, "")

    def build(self, fetched: tuple[str | None, ...], line: int, findings: list[Conversion]) -> Row | None:
        """The row of what `fetch` fetched, or None where its essential field is left out."""
        row: Row = dict(zip(self._fields, fetched, strict=False))
        if self._essential and row[self._essential] is None:
            findings.append(self._finding(line, self._essential, "value.incomplete"))
            return None
        for field, code, convert in self._conversions:
            given = row[field]
            if given is not None:
                row[field] = value = convert(given)
                if value is None:
                    row.setdefault("raw_values", {})[field] = given
                    findings.append(self._finding(line, field, code))
        row.update(self._constants)
        return row

    def made(self, row: Row) -> bool:
        """Whether this plan made the row, as its fixed fields tell."""
        return all(row.get(field) == value for field, value in self._constants.items())

    def column(self, field: str) -> str:
        """The column that `field` is read from; "" for a fixed or composed one."""
        place = self._fields.index(field) if field in self._fields else len(self._columns)
        return self._columns[place] if place < len(self._columns) else ""

    def _finding(self, line: int, field: str, code: str) -> Conversion:
        return Conversion(line, self.column(field), code, self.facet, self.slot, field)


def _fetch_all(layout: Layout, columns: list[Column], composed: list[Composed]) -> Fetch:
    """A function that takes the values of `columns` from a line and after them the composed ones."""
    fetch = _fetch([layout.names.index(column.name) for column in columns])
    if not composed:
        return fetch
    parts = [(one.joiner, _fetch([layout.names.index(name) for name in one.columns])) for one in composed]

    def fetch_and_compose(values: Sequence[str | None]) -> tuple[str | None, ...]:
        made = (joiner.join(filter(None, take(values))) or None for joiner, take in parts)
        return (*fetch(values), *made)

    return fetch_and_compose


def _fetch(indexes: Sequence[int]) -> Fetch:
    """A function that takes these places of a line, always as a tuple."""
    if len(indexes) == 1:
        only = indexes[0]
        return lambda values: (values[only],)
    return itemgetter(*indexes) if indexes else lambda values: ()


class _Side:
    """All plans for one kind of customer, and the columns that say nothing about it."""

    def __init__(self, layout: Layout, is_person: bool) -> None:
        rows: dict[str, list[Column]] = {"customer": []}
        for column in layout.columns:
            if target := column.target(is_person):
                rows.setdefault(target.row, []).append(column)
        for one in layout.composed:
            rows.setdefault(one.row, [])
        self._plans = [_Plan(layout, row, columns, is_person) for row, columns in rows.items()]
        self._slot_by = tuple(layout.slot_by.items())
        idle = [column.name for column in layout.columns if _idle(column, is_person)]
        self._idle, self._fetch_idle = idle, _fetch([layout.names.index(name) for name in idle])

    def facets(self, values: Values, line: int, findings: list[Conversion]) -> dict[str, list[Row]]:
        """Every row the line tells, by facet."""
        facets: dict[str, list[Row]] = {}
        for plan in self._plans:
            fetched = plan.fetch(values)
            if any(fetched) and (row := plan.build(fetched, line, findings)):
                facets.setdefault(plan.facet, []).append(row)
        for facet, field in self._slot_by:
            _tell_apart(facets.get(facet, ()), field)
        if any(self._fetch_idle(values)):
            told = zip(self._idle, self._fetch_idle(values), strict=True)
            findings += [Conversion(line, name, "value.not_applicable") for name, value in told if value]
        return facets

    def column(self, facet: str, row: Row, field: str) -> str:
        """The column that a field of a row of `facet` is read from; "" where none is."""
        plans = (plan for plan in self._plans if plan.facet == facet and plan.made(row))
        return next((column for plan in plans if (column := plan.column(field))), "")


def _idle(column: Column, is_person: bool) -> bool:
    """Whether the column speaks of the other kind of customer only."""
    return not column.target(is_person) and column.target(not is_person) is not None


def _tell_apart(rows: Iterable[Row], field: str) -> None:
    """Name each row by the value of `field`; by its place too where that is missing or taken."""
    taken: set[str] = set()
    for place, row in enumerate(rows, 1):
        name = row[field] or "#"
        row["slot"] = name if name not in taken and row[field] else f"{name}-{place}"
        taken.add(name)


class Reading:
    """The compiled form of a layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._sides = {True: _Side(layout, True), False: _Side(layout, False)}
        self._key = layout.names.index(layout.key)
        self._party = layout.names.index(layout.party_column) if layout.party_column else -1
        codes = get("party_type")
        self._party_types = Remembered(lambda given: codes.resolve(given, layout.source_system))

    def bundles(self, records: Iterable[Record]) -> Converted:
        """What the records tell, in their order."""
        converted = Converted([], [], [])
        for record in records:
            self._add(record, converted)
        return converted

    def bundle(self, values: Sequence[str | None], line: int = 0) -> Bundle:
        """What one line tells, values in the layout's order; Invalid where it has no key or party type."""
        converted = self.bundles([Record(line, "", list(values))])
        for reject in converted.rejects:
            place = f"/line/{line}/field/{reject.field}"
            raise Invalid(reject.code, reject.detail, [FieldError(place, reject.code, reject.detail)])
        return converted.bundles[0]

    def column(self, bundle: Bundle, facet: str, index: int, field: str) -> str:
        """The column of the file that a field of a bundle comes from; "" where none is (composed, fixed).

        So a finding about a bundle can name the place in the line that it was read from.
        """
        side = self._sides[bundle.party_type in PERSON_TYPES]
        return side.column(facet, bundle.rows(facet)[index], field)

    def _add(self, record: Record, converted: Converted) -> None:
        line, raw_line, values = record
        key = values[self._key]
        if key is None or len(key) > KEY_LENGTH:
            code, limit = ("row.key_too_long", {"limit": KEY_LENGTH}) if key else ("row.required", {})
            converted.rejects.append(RowError(line, raw_line, self._layout.key, code, text(code, **limit)))
            return
        party = self._party_type(values)
        if party is None:
            reject = RowError(
                line, raw_line, self._layout.party_column, "row.party_type", text("row.party_type")
            )
            converted.rejects.append(reject)
            return
        facets = self._sides[party in PERSON_TYPES].facets(values, line, converted.findings)
        facets.setdefault("customer", [{}])[0]["party_type"] = party
        converted.bundles.append(Bundle(self._layout.source_system, key, party, facets, line))

    def _party_type(self, values: Values) -> str | None:
        if self._party < 0:
            return self._layout.party_type
        given = values[self._party]
        return self._party_types[given] if given else None
