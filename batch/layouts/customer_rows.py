"""New customers in a table that a person sends: the columns of the core system's file, as many as are needed.

Attributes that the bank added have columns by their code or their label. What a row tells becomes a bundle, as
behind any other door. A person is there to be told, so what cannot be taken whole refuses its row: a cell that is no
date, no number or no code, one that says nothing about this kind of customer.
"""

import codecs
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils import translation

from batch.formats.errors import text
from batch.formats.lines import Record, RowError
from batch.formats.profile import Profile
from batch.formats.syntax import join_line
from batch.formats.tables import Table, read_table
from batch.layouts.attributes import places
from batch.layouts.compile import Converted
from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.layout import Column, Layout
from mdm.codes import label
from mdm.errors import FieldError, Text
from mdm.extension.attributes import Dictionary, current
from mdm.subjects import Bundle

#: The column that says which row of a batch a corrected one replaces.
ROW = "row"
_BASE = replace(
    CORE_CUSTOMER,
    name="customer_rows",
    label=label("批量新建客户", "New customers"),
    profile=Profile(separator=",", quoting=True, strip=True),
    columns=(
        Column(ROW, label("行号", "Row")),
        *(column for column in CORE_CUSTOMER.columns if column.name != "last_updated"),
    ),
    control_required=False,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One row as it was sent: the sender's key, the customer it tells of (None where it cannot be read) and why not.

    `replaces` is the number of the row that it corrects; `tabular` rows name their columns as places.
    """

    source_key: str
    bundle: Bundle | None
    errors: list[FieldError] = field(default_factory=list)
    replaces: int | None = None
    tabular: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """The table by one model dictionary: its layout, and what may stand above a column (lower case)."""

    dictionary: Dictionary
    layout: Layout
    headings: dict[str, str]


class _Last:
    """The form of the newest dictionary that this process was asked with."""

    form: _Form | None = None


def _form() -> _Form:
    form, dictionary = _Last.form, current()
    if form is None or form.dictionary is not dictionary:
        form = _Last.form = _made(dictionary)
    return form


def _made(dictionary: Dictionary) -> _Form:
    added = places(_BASE, [one for found in dictionary.by_facet.values() for one in found])
    layout = replace(_BASE, columns=(*_BASE.columns, *(one.column for one in added)))
    headings = {one.place.lower(): one.column.name for one in added}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for column in reversed(layout.columns):  # where two are called alike it is the product's own
                headings[str(column.label).lower()] = column.name
    return _Form(dictionary, layout, headings | {name.lower(): name for name in layout.names})


def columns() -> dict[str, Text]:
    """What each column is called; behind the product's own come those of the attributes in force."""
    return {column.name: column.label for column in _form().layout.columns}


def headings() -> dict[str, str]:
    """What may stand above a column: its name, or its label in any language; lower case."""
    return _form().headings


def template() -> bytes:
    """A file to fill in: the headings in the reader's language, in UTF-8 that spreadsheets know as such."""
    known, told = headings(), {name: str(label) for name, label in columns().items() if name != ROW}
    heads = [label if known.get(label.lower()) == name else name for name, label in told.items()]
    return codecs.BOM_UTF8 + (join_line(heads, _BASE.profile) + "\r\n").encode()


def told_rows(
    data: bytes, source_system: str, most: int, *, declared: str = "", file_name: str = ""
) -> list[Told]:
    """The rows of a workbook or a text, in its order. Invalid as `read_table`."""
    form = _form()
    table = read_table(data, form.headings, most, declared=declared, file_name=file_name)
    layout = replace(form.layout, source_system=source_system)
    return [_told(layout, table, row) for row in table.rows]


def column_of(bundle: Bundle, pointer: str) -> str:
    """The column that a place of a bundle (`/phone/0/number`) was read from; its facet and field where none was."""
    facet, *rest = pointer.removeprefix("/").split("/")
    inside = len(rest) == 2 and rest[0].isdigit() and int(rest[0]) < len(bundle.rows(facet))
    column = _form().layout.reading.column(bundle, facet, int(rest[0]), rest[1]) if inside else ""
    return column or ".".join(part for part in (facet, *rest[1:]) if part)


def _told(layout: Layout, table: Table, row: Record | RowError) -> Told:
    if isinstance(row, RowError):
        return Told("", None, [FieldError(row.field, row.code, row.detail)], tabular=True)
    values = dict(zip(table.columns, row.values, strict=True))
    record = Record(row.line, "", [values.get(name) for name in layout.names])
    read = layout.reading.bundles([record])
    bundle, errors = next(iter(read.bundles), None), _errors(read)
    number = values.get(ROW) or ""
    replaces = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else None
    return Told(values.get("source_key") or "", None if errors else bundle, errors, replaces, tabular=True)


def _errors(read: Converted) -> list[FieldError]:
    """What could not be taken, by column."""
    refused = [FieldError(one.field, one.code, one.detail) for one in read.rejects]
    return refused + [FieldError(one.column, one.code, text(one.code)) for one in read.findings]
