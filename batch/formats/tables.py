"""A table that a person sends: a spreadsheet, a text with rows, or what was copied out of one and pasted.

Unlike a file interface it is forgiving about form (UTF-8 or GB18030, comma, tab, semicolon or bar, columns in any
order and only those that are needed, headings in either language) and not at all about content: a cell that cannot be
taken is an error of its row.
"""

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from batch.formats.errors import error, place, refuse, text
from batch.formats.header import Shape
from batch.formats.lines import Lines, Record, Row, RowError
from batch.formats.profile import Profile
from batch.formats.survey import Span
from batch.formats.syntax import FORBIDDEN, split_line
from mdm.errors import FieldError
from security.content.admission import rows_of, sheet
from security.content.kinds import CSV
from security.content.rows import FAULTY, FORMULA, ROUNDED

#: What may stand between the values of a text; a tab is what spreadsheets copy.
SEPARATORS = "\t,;|"
_CODES = {FORMULA: "value.formula", FAULTY: "value.faulty", ROUNDED: "value.rounded"}
#: How much is repeated of a heading that nobody knows.
_NAME = 60


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, each a record with values in the order of `columns`, or the error that makes it unreadable."""

    columns: tuple[str, ...]
    rows: list[Row]


def read_table(
    data: bytes, headings: Mapping[str, str], most: int, *, declared: str = "", file_name: str = ""
) -> Table:
    """The table in a workbook or a text; `headings` maps what may stand in the first row (lower case) to columns.

    Invalid `content.…` for a file that is refused as such, `file.…` for one without rows, with more than `most` of
    them, or with headings that do not fit.
    """
    clean = sheet(data, declared=declared, file_name=file_name)
    if clean.media_type == CSV:
        return _of_text(_decoded(data), headings, most)
    return _of_sheet(rows_of(clean.data, most + 2), headings, most)


def _decoded(data: bytes) -> str:
    """UTF-8, or what Chinese spreadsheets write instead."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.removeprefix(codecs.BOM_UTF8).decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse([error("file.encoding_unknown", place())])


def _of_text(sent: str, headings: Mapping[str, str], most: int) -> Table:
    lines = [line for line in sent.replace("\r\n", "\n").split("\n") if line.strip(SEPARATORS + " ")]
    _check_size(lines, most)
    separator = max(SEPARATORS, key=lambda one: (lines[0].count(one), one == "\t"))
    profile = Profile(separator=separator, quoting=True, strip=True)
    heads = split_line(lines[0], profile) or lines[0].split(separator)
    columns = _columns(heads, headings)
    shape = Shape(columns, tuple(range(len(columns))), len(columns), Span(0, 0, 2))
    return Table(columns, Lines(profile, shape).parse(2, "\n".join(lines[1:]).encode()))


def _of_sheet(told: list[list[str | None]], headings: Mapping[str, str], most: int) -> Table:
    _check_size(told, most)
    heads = [cell or "" for cell in told[0]]
    while heads and not heads[-1]:
        heads.pop()
    columns = _columns(heads, headings)
    return Table(columns, [_sheet_row(line, cells, columns) for line, cells in enumerate(told[1:], 2)])


def _check_size(rows: Sequence[object], most: int) -> None:
    if len(rows) < 2:
        raise refuse([error("file.no_rows_sent", place())])
    if len(rows) - 1 > most:
        raise refuse([error("file.too_many_rows", place(), most=most)])


def _columns(heads: Sequence[str], headings: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that the headings name; Invalid with every heading that names none, or one that was named."""
    found = [headings.get(head.strip().lower(), "") for head in heads]
    if not any(found):
        raise refuse([error("file.header", place(1))])
    if wrong := list(_wrong(heads, found)):
        raise refuse(wrong)
    return tuple(found)


def _wrong(heads: Sequence[str], found: Sequence[str]) -> Iterator[FieldError]:
    for head, column in zip(heads, found, strict=True):
        if not column:
            shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in head[:_NAME])
            yield error("file.header_unknown", place(1, shown))
    for column, times in Counter(filter(None, found)).items():
        if times > 1:
            yield error("file.header_duplicate", place(1, column))


def _sheet_row(line: int, cells: list[str | None], columns: tuple[str, ...]) -> Row:
    """One row of a sheet: what stands right of the last heading must be empty."""
    width = len(columns)
    if any(cells[width:]):
        found = max(at for at, cell in enumerate(cells, 1) if cell)
        return RowError(line, "", "", "row.columns", text("row.columns", found=found, expected=width))
    values = [*cells[:width], *[None] * (width - len(cells))]
    for column, value in zip(columns, values, strict=True):
        if code := _fault(value):
            return RowError(line, "", column, code, text(code))
    return Record(line, "", values)


def _fault(value: str | None) -> str:
    """The code of a cell that cannot be taken; empty where it can."""
    if not value:
        return ""
    if value in _CODES:
        return _CODES[value]
    return "value.control" if FORBIDDEN.search(value) or "\n" in value else ""
