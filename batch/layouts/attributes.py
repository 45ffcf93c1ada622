"""Columns of files that tell attributes which the bank added: read where the file has them, never demanded."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

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
    told = {place["column"]: a for a in refresh().attributes if (place := a.told.columns.get(layout.name))}
    if not told or not layout.profile.header or not path.is_file():
        return layout
    there = [name for name in names_of(path, layout.profile) if name in told and name not in layout.names]
    grown = tuple(_column(layout, name, told[name]) for name in dict.fromkeys(there))
    return replace(layout, columns=(*layout.columns, *grown)) if grown else layout


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
    row = f"{facet}[{slot}]" if slot else facet
    return _tells(layout, row, is_person=True), _tells(layout, row, is_person=False)


def _tells(layout: Layout, row: str, *, is_person: bool) -> bool:
    targets = (column.target(is_person) for column in layout.columns)
    return row == "customer" or any(target is not None and target.row == row for target in targets)


def _column(layout: Layout, name: str, attribute: Attribute) -> Column:
    """The column of an attribute: to its row where the layout tells that row; to nowhere if it is not in force."""
    told, kind = attribute.told, _KINDS[attribute.told.kind]
    slot = str(told.columns[layout.name].get("slot", ""))
    row = f"{told.facet}[{slot}]" if slot else told.facet
    person, organisation = sides(layout, told.facet, slot)
    target = f"{row}.{attribute.key}" if attribute in current().of(told.facet) else ""
    return Column(
        name,
        attribute.label,
        kind,
        target if person else "",
        target if organisation else "",
        attribute.list_name,
    )
