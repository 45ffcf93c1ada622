"""What one pass over a file finds, and files cut into parts for several workers."""

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.formats.delimited import read
from batch.formats.header import shape
from batch.formats.profile import Encoding, Profile
from batch.formats.survey import BLOCK, Span, ranges, rest, survey
from tests.batch.formats.files import COLUMNS, put


def test_rows_bytes_and_digest(tmp_path: Path) -> None:
    data = "key,name,city\n1,张三,x\n2,b,y\n".encode()
    found = survey(put(tmp_path, data), Profile())
    assert (found.rows, found.bytes, found.line_ended, found.encoding_error_at) == (2, len(data), True, -1)
    assert found.sm3 == hashlib.new("sm3", data).hexdigest()


def test_the_digest_is_sm3_of_the_standard(tmp_path: Path) -> None:
    found = survey(put(tmp_path, b"abc"), Profile(header=False))
    assert found.sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GM/T 0004 A.1


@pytest.mark.parametrize(
    ("data", "header", "rows"),
    [(b"", True, 0), (b"h\n", True, 0), (b"h", True, 0), (b"h\na", True, 1), (b"a\nb\n", False, 2)],
)
def test_rows_are_counted_without_the_header(tmp_path: Path, data: bytes, header: bool, rows: int) -> None:
    assert survey(put(tmp_path, data), Profile(header=header)).rows == rows


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_characters_across_block_borders_are_sound(tmp_path: Path, encoding: Encoding) -> None:
    data = b"x" + "𬎆".encode(encoding) * (BLOCK // 2)
    assert survey(put(tmp_path, data), Profile(encoding=encoding)).encoding_error_at == -1


def test_the_place_of_a_wrong_byte_beyond_the_first_block(tmp_path: Path) -> None:
    data = "𬎆\n".encode() * 400_000
    at = 5 * 300_000
    broken = data[:at] + b"\xff" + data[at:]
    found = survey(put(tmp_path, broken), Profile())
    assert (found.encoding_error_at, found.encoding_error_line) == (at, 300_001)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.text("aé张𬎆", max_size=30), max_size=60),
    shares=st.lists(st.integers(1, 4), min_size=1, max_size=12),
)
def test_the_parts_of_a_file_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], shares: list[int]
) -> None:
    data = "key,name,city\n" + "".join(f"{n},{text},x\n" for n, text in enumerate(rows))
    path = put(tmp_path_factory.mktemp("parts"), data.encode())
    lies = shape(path, Profile(), COLUMNS)
    spans = ranges(path, lies.data, shares)
    whole = [row for some in read(path, Profile(), lies) for row in some]
    assert [row for span in spans for some in read(path, Profile(), lies, span) for row in some] == whole
    assert len(spans) <= len(shares)
    assert len(whole) == len(rows)


@pytest.mark.parametrize("after", [0, 1, 2, 1_000, 119_999, 120_000, 120_001, 400_000])
def test_what_comes_after_a_line(tmp_path: Path, after: int) -> None:
    path = put(tmp_path, b"key,name,city\n" + b"".join(b"%d,a,x\n" % n for n in range(2, 120_002)))
    lies = shape(path, Profile(), COLUMNS)
    span = rest(path, lies.data, after)
    rows = [row for some in read(path, Profile(), lies, span) for row in some]
    assert len(rows) == min(120_000, max(0, 120_001 - after))
    assert all(row.raw_line.startswith(f"{row.line},") for row in rows)
    assert not rows or rows[0].line == max(2, after + 1)


def test_parts_are_of_nearly_equal_size(tmp_path: Path) -> None:
    chance = random.Random(7)
    data = b"".join(b"x" * chance.randrange(200) + b"\n" for _ in range(30_000))
    spans = ranges(put(tmp_path, data), Span(0, len(data), 1), [1] * 4)
    assert len(spans) == 4
    assert all(abs((span.end - span.start) - len(data) / 4) < 400 for span in spans)
    assert [span.first_line for span in spans] == [data[: span.start].count(b"\n") + 1 for span in spans]
