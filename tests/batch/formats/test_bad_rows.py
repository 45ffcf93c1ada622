"""Rows that are refused while the rest of the file is read: line, field and code of each."""

import tracemalloc
from pathlib import Path

import pytest
from django.utils.translation import override

from batch.formats.delimited import read
from batch.formats.header import shape
from batch.formats.lines import Record, RowError
from batch.formats.profile import Profile
from tests.batch.formats.files import COLUMNS, errors_of, put, rows_of, values_of

PLAIN = Profile(separator="|!")
QUOTED = Profile(separator=",", quoting=True)


def lines(*rows: str, separator: str = "|!") -> bytes:
    return "".join(f"{line}\n" for line in (separator.join(COLUMNS), *rows)).encode()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2|!b", (3, "", "row.columns")),
        ("2|!b|!c|!d", (3, "", "row.columns")),
        ("", (3, "", "row.columns")),
        ("2,b,c", (3, "", "row.columns")),
        ("2|!b\0b|!c", (3, "name", "row.nul")),
        ("2|!b\x07|!c", (3, "name", "row.control")),
        ("2|!b|!c\tc", (3, "city", "row.control")),
        ("2|!b|!c\rc", (3, "city", "row.control")),
        ("\ufeff2|!b|!c", (3, "key", "row.control")),
        ("2|!b|!" + "c" * 4_001, (3, "city", "row.field_too_long")),
        ("2|!b|!" + "c" * 64_001, (3, "", "row.too_long")),
    ],
)
def test_one_bad_row_among_good_ones(tmp_path: Path, row: str, expected: tuple[int, str, str]) -> None:
    path = put(tmp_path, lines("1|!a|!x", row, "3|!c|!z"))
    assert errors_of(path, PLAIN) == [expected]
    assert [row.line for row in rows_of(path, PLAIN)] == [2, 3, 4]


@pytest.mark.parametrize("row", ['2,"b,c', '2,b"b,c', '2,"b"b,c', '2,b,"', '"2,b,c', '2,"""b,c'])
def test_an_unbalanced_quote_is_an_error_of_its_line_only(tmp_path: Path, row: str) -> None:
    path = put(tmp_path, lines("1,a,x", row, "3,c,z", separator=","))
    assert errors_of(path, QUOTED) == [(3, "", "row.quote")]
    assert len(rows_of(path, QUOTED)) == 3


def test_the_raw_line_comes_back_with_the_error(tmp_path: Path) -> None:
    row = rows_of(put(tmp_path, lines("2|!b")), PLAIN)[0]
    assert isinstance(row, RowError)
    assert row.raw_line == "2|!b"
    with override("en"):
        assert str(row.detail) == "The row has 2 columns instead of 3."


def test_a_field_of_ten_megabytes_is_one_error_and_little_memory(tmp_path: Path) -> None:
    path = put(tmp_path, lines("1|!a|!x", "2|!" + "b" * 10_000_000 + "|!y", "3|!c|!z"))
    tracemalloc.start()
    rows = [row for some in read(path, PLAIN, shape(path, PLAIN, COLUMNS)) for row in some]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [type(row) for row in rows] == [Record, RowError, Record]
    assert [row.line for row in rows] == [2, 3, 4]
    assert (rows[1].raw_line, peak < 4_000_000) == ("2|!" + "b" * 63_997, True)


def test_a_long_line_of_wide_characters_is_cut_between_characters(tmp_path: Path) -> None:
    profile = Profile(separator="|!", encoding="gb18030", max_line=1_000, max_field=500)
    text = f"key|!name|!city\n1|!{'䶮𬎆' * 60_000}|!x\n2|!b|!y\n"
    found = rows_of(put(tmp_path, text.encode("gb18030")), profile)
    assert [(row.line, len(row.raw_line)) for row in found] == [(2, 1_000), (3, 7)]


def test_a_missing_trailing_separator(tmp_path: Path) -> None:
    profile = Profile(separator="|", trailing_separator=True)
    data = b"key|name|city|\n1|a|x|\n2|b|y\n3|c|\n"
    assert errors_of(put(tmp_path, data), profile) == [(3, "", "row.columns"), (4, "", "row.columns")]


def test_bad_rows_in_every_block_leave_the_good_ones_alone(tmp_path: Path) -> None:
    """More rows than one block holds, so that lines cross its borders."""
    rows = [f"{n}|!a" if n % 97 == 0 else f"{n}|!{'名' * (n % 50)}|!x" for n in range(20_000)]
    path = put(tmp_path, lines(*rows))
    found = rows_of(path, PLAIN)
    assert [row.line for row in found] == list(range(2, 20_002))
    assert [row.line - 2 for row in found if isinstance(row, RowError)] == list(range(0, 20_000, 97))
    assert all(row.values[0] == str(row.line - 2) for row in found if isinstance(row, Record))


def test_both_ways_of_parsing_give_the_same_rows(tmp_path: Path) -> None:
    """One odd row makes its block be parsed line by line; the other rows must not change for it."""
    rows = ["1|!a |! x", "2|!|!\\N", "3|! |!张三"]
    profile = Profile(separator="|!", strip=True)
    clean = values_of(put(tmp_path, lines(*rows)), profile)
    mixed = [row for row in rows_of(put(tmp_path, lines(*rows, "bad")), profile) if isinstance(row, Record)]
    assert clean == [row.values for row in mixed] == [["1", "a", "x"], ["2", None, None], ["3", None, "张三"]]
