"""Columns of files that tell attributes which the bank added: read where the file has them, never demanded."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from django.utils.text import format_lazy

from batch.formats.header import names_of
from batch.layouts.facet import FacetLayout
from batch.layouts.layout import Column, Kind, Layout
from batch.layouts.registry import layouts
from mdm.dictionary.layouts import LayoutTold
from mdm.extension.attributes import Attribute, current, refresh
from mdm.extension.kinds import Kind as Held

_KINDS: Mapping[str, Kind] = {
    Held.TEXT: "text",
    Held.WHOLE: "int",
    Held.AMOUNT: "decimal",
    Held.DAY: "date",
    Held.FLAG: "bool",
    Held.CODE: "code",
}


def suited(layout: Layout, path: Path) -> Layout:
    """The layout with the columns of attributes that the file at `path` has, as its header tells.

    The bank adds an attribute before its sources deliver it, and ends one before they stop: so no column is
    demanded, and that of an attribute which is not in force is read and left out. A file without a header has none.
    """
    if isinstance(layout, FacetLayout):
        refresh()
        return layout.of(path)
    known = known_columns(layout, refresh().attributes)
    if not known or not layout.profile.header or not path.is_file():
        return layout
    found = {  # of two columns that tell the same, the second is one that nobody knows
        known[name].place: known[name].named(name)
        for name in reversed(names_of(path, layout.profile))
        if name in known and name not in layout.names
    }
    return replace(layout, columns=(*layout.columns, *found.values())) if found else layout


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layout may tell an attribute: its row, and its column under the shortest name that is clear."""

    row: str
    attribute: Attribute
    column: Column

    @property
    def place(self) -> str:
        """Its code, as every layout that tells the row takes it: `phone[MOBILE].x_tier`."""
        return f"{self.row}.{self.attribute.key}"

    def named(self, name: str) -> Column:
        """The column under the name that a file has for it."""
        return replace(self.column, name=name)


def places(layout: Layout, attributes: Iterable[Attribute]) -> list[Place]:
    """Every place at which a layout may tell attributes, by the rows that it tells anyway."""
    rows = {"customer": None} | {
        target.row: None
        for column in layout.columns
        for side in (True, False)
        if (target := column.target(side))
    }
    found = [(row, one) for one in attributes for row in rows if row.partition("[")[0] == one.told.facet]
    times = Counter(one.key for _row, one in found)
    return [Place(row, one, _column(layout, row, one, alone=times[one.key] == 1)) for row, one in found]


def known_columns(layout: Layout, attributes: Iterable[Attribute]) -> dict[str, Place]:
    """What may stand above a column for an attribute: its code, the short one where it is clear, or the name that
    its definition gives for the layout."""
    found: dict[str, Place] = {}
    for one in places(layout, attributes):
        told = one.attribute.told.columns.get(layout.name) or {}
        found |= {one.column.name: one, one.place: one}
        if one.row == _row(one.attribute.told.facet, str(told.get("slot", ""))) and told:
            found[told["column"]] = one
    return found


def told_layouts() -> list[LayoutTold]:
    """What the model dictionary needs to know of the layouts."""
    return [
        LayoutTold(one.name, frozenset(one.names), one.profile.header, partial(_tells_at_all, one))
        for one in layouts()
        if not isinstance(one, FacetLayout)
    ]


def _tells_at_all(layout: Layout, facet: str, slot: str) -> bool:
    return any(sides(layout, facet, slot))


def sides(layout: Layout, facet: str, slot: str) -> tuple[bool, bool]:
    """Whether a layout tells a row of a facet of persons, and of organisations."""
    row = _row(facet, slot)
    return _tells(layout, row, is_person=True), _tells(layout, row, is_person=False)


def _tells(layout: Layout, row: str, *, is_person: bool) -> bool:
    targets = (column.target(is_person) for column in layout.columns)
    return row == "customer" or any(target is not None and target.row == row for target in targets)


def _row(facet: str, slot: str) -> str:
    return f"{facet}[{slot}]" if slot else facet


def _column(layout: Layout, row: str, attribute: Attribute, *, alone: bool) -> Column:
    """The column of an attribute: to its row, of persons, organisations or both; to nowhere if it is not in force."""
    told, key = attribute.told, attribute.key
    facet, _bracket, slot = row.removesuffix("]").partition("[")
    person, organisation = sides(layout, facet, slot)
    target = f"{row}.{key}" if attribute in current().of(told.facet) else ""
    return Column(
        key if alone else f"{row}.{key}",
        attribute.label
        if alone
        else format_lazy("{label} ({slot})", label=attribute.label, slot=slot or facet),
        _KINDS[told.kind],
        target if person else "",
        target if organisation else "",
        attribute.list_name,
    )
