"""What a well-formed file may look like, whatever its sender's habits."""

from pathlib import Path

import pytest

from batch.formats.admission import admit
from batch.formats.delimited import read
from batch.formats.header import REJECT_COLUMNS, shape
from batch.formats.profile import Encoding, Profile
from tests.batch.formats.files import COLUMNS, put, records_of, values_of

VALUES = [["1", "张三", "北京"], ["2", "䶮𬎆㛃", None]]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("separator", ["|!", "|+|", "@|@", "\x1b", "\x01", ",", "|", "\x1b|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("trailing", [False, True])
def test_every_habit(
    tmp_path: Path, encoding: Encoding, separator: str, end: str, mark: str, trailing: bool
) -> None:
    profile = Profile(encoding=encoding, separator=separator, trailing_separator=trailing)
    lines = [COLUMNS, ("1", "张三", "北京"), ("2", "䶮𬎆㛃", "\\N")]
    tail = (separator if trailing else "") + end
    text = mark + "".join(separator.join(line) + tail for line in lines)
    assert values_of(put(tmp_path, text.encode(encoding)), profile) == VALUES


def test_a_separator_whose_byte_is_part_of_a_character(tmp_path: Path) -> None:
    """In GB18030 the second byte of 剕 is that of |: bytes must be decoded before they are split."""
    assert "剕".encode("gb18030")[1:] == b"|"
    profile = Profile(encoding="gb18030", separator="|")
    assert values_of(put(tmp_path, "key|name|city\n1|剕|x\n".encode("gb18030")), profile) == [
        ["1", "剕", "x"]
    ]


def test_unicode_line_separators_do_not_end_a_line(tmp_path: Path) -> None:
    text = "key,name,city\n1,a\u2028b\u0085c,x\n"
    assert values_of(put(tmp_path, text.encode()), Profile()) == [["1", "a\u2028b\u0085c", "x"]]


def test_quoted_values(tmp_path: Path) -> None:
    text = 'key,name,city\n1,"a,""b""",x\n"2","",\n'
    profile = Profile(quoting=True)
    assert values_of(put(tmp_path, text.encode()), profile) == [["1", 'a,"b"', "x"], ["2", None, None]]


def test_a_quote_means_nothing_where_the_layout_does_not_quote(tmp_path: Path) -> None:
    assert values_of(put(tmp_path, b'key,name,city\n1,"a,x"\n'), Profile()) == [["1", '"a', 'x"']]


def test_without_a_header(tmp_path: Path) -> None:
    profile = Profile(header=False)
    found = records_of(put(tmp_path, b"\xef\xbb\xbf1,a,x\n2,b,y\n"), profile)
    assert [(row.line, row.values) for row in found] == [(1, ["1", "a", "x"]), (2, ["2", "b", "y"])]


def test_padding_is_taken_off_where_the_profile_says_so(tmp_path: Path) -> None:
    path = put(tmp_path, b"key , name, city\n 1, a  b ,\n")
    assert values_of(path, Profile(strip=True)) == [["1", "a  b", None]]


def test_columns_in_another_order(tmp_path: Path) -> None:
    found = records_of(put(tmp_path, b"city,key,name\nx,1,a\n"), Profile())
    assert [(row.raw_line, row.values) for row in found] == [("1,a,x", ["1", "a", "x"])]


@pytest.mark.parametrize("header", [True, False])
def test_a_corrected_reject_file_is_read_as_if_it_had_no_reject_columns(tmp_path: Path, header: bool) -> None:
    text = ",".join([*COLUMNS, *REJECT_COLUMNS]) + "\n1,a,x,17,name,V01,why\n"
    path = put(tmp_path, text.encode())
    found = records_of(path, Profile(header=header))
    assert [(row.line, row.raw_line, row.values) for row in found] == [(2, "1,a,x", ["1", "a", "x"])]
    assert admit(path, Profile(header=header), COLUMNS).survey.rows == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"separator": ""},
        {"separator": "\n"},
        {"separator": '"', "quoting": True},
        {"separator": ", ", "strip": True},
        {"encoding": "latin-1"},
        {"nulls": ("\\N",)},
    ],
)
def test_a_profile_that_contradicts_itself(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Profile(**wrong)  # type: ignore[arg-type]


def test_the_stream_comes_in_parts(tmp_path: Path) -> None:
    path = put(tmp_path, b"key,name,city\n" + b"1,a,x\n" * 100_000)
    parts = list(read(path, Profile(), shape(path, Profile(), COLUMNS)))
    assert sum(map(len, parts)) == 100_000
    assert max(map(len, parts)) < 10_000
