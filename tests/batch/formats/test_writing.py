"""The writer and the reader are each other's inverse, and what cannot be read back is not written."""

import io
from pathlib import Path

import pytest
from django.utils.translation import override
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from batch.formats.delimited import read
from batch.formats.errors import text
from batch.formats.header import shape
from batch.formats.lines import Record, RowError
from batch.formats.profile import Encoding, Profile
from batch.formats.survey import survey
from batch.formats.writer import RejectWriter, Writer, create
from mdm.errors import Invalid
from tests.batch.formats.files import COLUMNS, put, rows_of, values_of

SEPARATORS = ["|!", "|+|", "@|@", "aa", "\x1b", "\x01", ",", "|", "\x1b|", ";;"]
PROFILES = st.builds(
    Profile,
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    separator=st.sampled_from(SEPARATORS),
    quoting=st.booleans(),
    header=st.booleans(),
    trailing_separator=st.booleans(),
)
#: Any text: also controls, quotes, pieces of separators, characters beyond the basic plane.
VALUES = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text(st.sampled_from('|!+@a;,"\\N\x01\x1b\0\r\n 张䶮𬎆\ufeff\u2028'), max_size=8),
)

PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C"]))


@settings(max_examples=400, deadline=None)
@given(profile=PROFILES, rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=5))
def test_what_is_written_is_read_back_or_refused(
    tmp_path_factory: pytest.TempPathFactory, profile: Profile, rows: list[tuple[str | None, ...]]
) -> None:
    path = tmp_path_factory.mktemp("round") / "data.csv"
    codes = []
    try:
        with create(path, profile, COLUMNS) as writer:
            writer.write(rows)
    except Invalid as refusal:
        codes = [error.code for error in refusal.errors]
    assert all(code.startswith("value.") for code in codes)
    assert path.exists() != bool(codes)
    if codes:
        return
    assert writer.survey() == survey(path, profile)
    assert values_of(path, profile) == [[value or None for value in row] for row in rows]


@settings(max_examples=200, deadline=None)
@given(
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    separator=st.sampled_from(SEPARATORS),
    rows=st.lists(st.tuples(PRINTABLE, PRINTABLE, PRINTABLE), max_size=5),
)
def test_any_text_without_the_separator_is_written(
    tmp_path_factory: pytest.TempPathFactory, encoding: Encoding, separator: str, rows: list[tuple[str, ...]]
) -> None:
    assume(not any(set(value) & set(separator) or value == "\\N" for row in rows for value in row))
    path = tmp_path_factory.mktemp("round") / "data.csv"
    profile = Profile(encoding=encoding, separator=separator)
    with create(path, profile, COLUMNS) as writer:
        writer.write(rows)
    if rows:
        assert values_of(path, profile) == [[value or None for value in row] for row in rows]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["1", "a|!b", "x"], "value.separator"),
        (["1", "a\nb", "x"], "value.control"),
        (["1", "a\0b", "x"], "value.control"),
        (["1", "\\N", "x"], "value.null"),
        (["1", "a" * 4_001, "x"], "value.too_long"),
        (["1", "\ud800", "x"], "value.encoding"),
        (["1", "a"], "value.columns"),
    ],
)
def test_refused_values(row: list[str], code: str) -> None:
    out = io.BytesIO()
    writer = Writer(out, Profile(separator="|!"), COLUMNS)
    before = out.getvalue()
    with pytest.raises(Invalid) as refusal:
        writer.write([["0", "a", "b"], row])
    assert refusal.value.code == code
    assert refusal.value.errors[0].pointer.startswith("/line/3")
    assert out.getvalue() == before


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    with create(path, Profile(), COLUMNS) as writer:
        writer.write([["1", "a", "x"]])
        assert not path.exists()
    path.unlink()
    with pytest.raises(Invalid), create(path, Profile(), COLUMNS) as writer:
        writer.write([["1", "a,b", "x"]])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trailing", [False, True])
@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_rejects_are_corrected_and_sent_again(
    tmp_path: Path, trailing: bool, header: bool, encoding: Encoding
) -> None:
    profile = Profile(encoding=encoding, separator=",", trailing_separator=trailing, header=header)
    tail = "," if trailing else ""
    head = f"key,name,city{tail}\n" if header else ""
    good, short = f"1,张三,x{tail}\n", f"2,b{tail}\n"
    first = put(tmp_path, (head + good + short).encode(encoding))
    rejected = [row for row in rows_of(first, profile) if isinstance(row, RowError)]
    rejected.append(RowError(2 if header else 1, good.rstrip("\n"), "name", "V01", "not, a name\nat all"))

    out = io.BytesIO()
    writer = RejectWriter(out, profile, COLUMNS)
    with override("zh-hans"):
        writer.write(rejected)
    written = out.getvalue().decode(encoding)
    assert written.startswith("key,name,city,reject_line,reject_field,reject_code,reject_reason")
    assert writer.survey().rows == 2

    corrected = written.replace("2,b,", "2,b,y,", 1)
    path = put(tmp_path, corrected.encode(encoding), "again.csv")
    lies = shape(path, profile, COLUMNS)
    found = [row for some in read(path, profile, lies) for row in some]
    assert [row.values for row in found if isinstance(row, Record)] == [["2", "b", "y"], ["1", "张三", "x"]]


def test_the_text_of_a_code_fills_in_its_figures() -> None:
    with override("en"):
        assert str(text("row.too_long", limit=5)) == "The line is longer than 5 characters."
