"""Files that are refused whole: each gets its code and its place (security 6.4)."""

from pathlib import Path

import pytest

from batch.formats.profile import Profile
from tests.batch.formats.files import put, refusal

UTF8 = Profile(separator="|!")
GB18030 = Profile(separator="|!", encoding="gb18030")
HEADER = "key|!name|!city\n"
ROW = "1|!张三|!北京\n"


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv", UTF8) == [("file.missing", "/file")]


def test_an_empty_file(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, b""), UTF8) == [("file.empty", "/file")]


def test_a_byte_order_mark_and_nothing_else(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, b"\xef\xbb\xbf"), UTF8)[-1][0] == "file.no_rows"


def test_a_header_and_nothing_else(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, HEADER.encode()), UTF8) == [("file.no_rows", "/file")]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (HEADER.encode() + "1|!José|!x\n".encode("latin-1"), 2),
        (HEADER.encode() + ROW.encode() + ROW.encode("gb18030"), 3),
        (HEADER.encode() + b"1|!\xed\xa0\x80|!x\n", 2),  # a lone surrogate, as broken writers encode it
        (HEADER.encode() + b"1|!\xc0\xaf|!x\n", 2),  # an overlong form
        (HEADER.encode("utf-16"), 1),
        (HEADER.encode() + ROW.encode()[:-2] + b"\n", 2),  # cut inside a character
    ],
    ids=["latin-1", "gb18030", "surrogate", "overlong", "utf-16", "cut"],
)
def test_bytes_that_are_not_utf_8(tmp_path: Path, data: bytes, line: int) -> None:
    assert ("file.encoding", f"/line/{line}") in refusal(put(tmp_path, data), UTF8)


def test_the_offset_of_the_first_wrong_byte_is_told(tmp_path: Path) -> None:
    data = HEADER.encode() + b"x" * 2_000_000 + b"\xff\n"
    assert refusal(put(tmp_path, data), UTF8)[0] == ("file.encoding", "/line/2")


@pytest.mark.parametrize("tail", [b"1|!\x81", b"1|!\x80|!x\n", b"1|!\xff\xff|!x\n"])
def test_bytes_that_are_not_gb18030(tmp_path: Path, tail: bytes) -> None:
    assert ("file.encoding", "/line/2") in refusal(put(tmp_path, HEADER.encode() + tail), GB18030)


def test_utf_8_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, (HEADER + "1|!张三丰|!北\n").encode()), GB18030) == [
        ("file.encoding_utf8", "/file")
    ]


def test_a_few_characters_that_could_be_either_are_what_is_declared(tmp_path: Path) -> None:
    either = "жЏж\u0383".encode()  # GB18030 reads two Chinese characters
    either.decode("gb18030")
    assert refusal(put(tmp_path, HEADER.encode() + b"1|!" + either + b"|!x\n"), GB18030) == []


def test_a_file_cut_anywhere_is_never_silently_short(tmp_path: Path) -> None:
    """Cut at a line end the rows before are whole; anywhere else the file is refused."""
    data = (HEADER + ROW * 3).encode()
    for length in range(len(data)):
        found = refusal(put(tmp_path, data[:length]), UTF8)
        assert bool(found) != (data[:length].count(b"\n") > 1 and data[:length].endswith(b"\n")), length
        if length and not data[:length].endswith(b"\n"):
            assert "file.truncated" in [code for code, _ in found]


def test_a_duplicate_column(tmp_path: Path) -> None:
    data = b"key|!name|!city|!name\n1|!a|!b|!c\n"
    assert refusal(put(tmp_path, data), UTF8) == [("file.header_duplicate", "/line/1/field/name")]


def test_missing_and_unknown_columns(tmp_path: Path) -> None:
    data = b"key|!nome|!city\n1|!a|!b\n"
    assert refusal(put(tmp_path, data), UTF8) == [
        ("file.header_missing", "/line/1/field/name"),
        ("file.header_unknown", "/line/1/field/nome"),
    ]


def test_a_column_name_is_escaped_in_its_pointer(tmp_path: Path) -> None:
    data = b"key|!name|!city|!a/b~c\n1|!a|!b|!c\n"
    assert refusal(put(tmp_path, data), UTF8) == [("file.header_unknown", "/line/1/field/a~1b~0c")]


def test_a_homoglyph_is_another_name(tmp_path: Path) -> None:
    data = "key|!nаme|!city\n1|!a|!b\n".encode()  # a Cyrillic a
    assert [code for code, _ in refusal(put(tmp_path, data), UTF8)] == [
        "file.header_missing",
        "file.header_unknown",
    ]


def test_a_wrong_separator(tmp_path: Path) -> None:
    assert refusal(put(tmp_path, b"key,name,city\n1,a,b\n"), UTF8) == [("file.separator", "/line/1")]


def test_a_hundred_thousand_columns(tmp_path: Path) -> None:
    header = "|!".join(["key", "name", *map(str, range(100_000)), "city" * 99])
    found = refusal(put(tmp_path, f"{header}\n1|!a|!b\n".encode()), UTF8)
    assert len(found) == 100
    assert found[0] == ("file.header_missing", "/line/1/field/city")
    assert found[1] == ("file.header_unknown", "/line/1/field/0")


def test_all_errors_of_a_file_come_together(tmp_path: Path) -> None:
    codes = [code for code, _ in refusal(put(tmp_path, b"key|!name|!name\n1|!\xff"), UTF8)]
    assert codes == ["file.encoding", "file.truncated", "file.header_duplicate", "file.header_missing"]
