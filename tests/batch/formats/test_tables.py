"""Tables that people send: what is forgiven about their form, and what is never guessed about their content."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from batch.formats.lines import Record, RowError
from batch.formats.tables import Table, read_table
from mdm.errors import Invalid

HEADINGS = {
    "source_key": "source_key",
    "key": "source_key",
    "名称": "name",
    "name": "name",
    "birth_date": "birth_date",
}


def read(data: bytes, most: int = 3, name: str = "") -> Table:
    return read_table(data, HEADINGS, most, file_name=name)


def told(table: Table) -> list[Any]:
    """The values of each row, or the code and column of what is wrong with it."""
    return [
        tuple(row.values) if isinstance(row, Record) else (row.code, row.field)
        for row in table.rows
        if isinstance(row, Record | RowError)
    ]


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, target = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_is_read_whatever_separates_its_values(separator: str, encoding: str) -> None:
    lines = [
        separator.join(row)
        for row in (("Key ", "名称"), ("1", ' "林, 知远"'.strip()), ("", ""), ("2", "王伟"))
    ]
    table = read("\r\n".join(lines).encode(encoding))
    assert table.columns == ("source_key", "name")
    assert told(table) == [("1", "林, 知远"), ("2", "王伟")]


def test_a_bad_line_is_the_error_of_its_own_row() -> None:
    table = read(b'key,name\n1,"open\n2,b,c\n3,\x01\n')
    assert told(table) == [("row.quote", ""), ("row.columns", ""), ("row.control", "name")]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"key,name\n", "file.no_rows_sent"),
        (b"", "content.empty"),
        (b"\n\n", "file.no_rows_sent"),
        (b"key\n1\n2\n3\n4\n", "file.too_many_rows"),
        (b"1,2\n3,4\n", "file.header"),
        (b"key,colour\n1,2\n", "file.header_unknown"),
        (b"key,source_key\n1,2\n", "file.header_duplicate"),
        (b"key\n\xff\xff\xff\n", "file.encoding_unknown"),
        (b"<html><script>\n1\n", "content.unknown"),
    ],
)
def test_a_table_that_fits_nothing_is_refused_as_a_whole(sent: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(sent)
    assert refused.value.code == code


def test_a_sheet_is_read_as_one_would_have_typed_it() -> None:
    rows = (
        ("source_key", "name", "birth_date", None),
        (17, "林知远", date(1990, 2, 1)),
        (None, None, None),
        ("A-1 ", 2.5, datetime(1990, 2, 1)),  # noqa: DTZ001 (as a spreadsheet holds it)
    )
    table = read(workbook(*rows), name="people.xlsx")
    assert told(table) == [("17", "林知远", "1990-02-01"), ("A-1", "2.5", "1990-02-01")]


def test_no_formula_is_calculated_and_no_rounded_number_believed() -> None:
    rows = (("key", "name"), ("=1+1", "a"), (110105194912310020, "b"), ("3", '=HYPERLINK("http://x")'))
    assert told(read(workbook(*rows))) == [
        ("value.formula", "source_key"),
        ("value.rounded", "source_key"),
        ("value.formula", "name"),
    ]


def test_a_sheet_with_more_rows_than_are_taken_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read(workbook(("key",), *((n,) for n in range(4))))
    assert refused.value.code == "file.too_many_rows"


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    target = io.BytesIO(workbook(("key",), (1,)))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * (32 << 20))
    with pytest.raises(Invalid) as refused:
        read(target.getvalue())
    assert refused.value.code == "content.bomb"
