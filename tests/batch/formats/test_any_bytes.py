"""Whatever the bytes: a file is refused with a code, or every one of its lines is accounted for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.formats.admission import Admitted, admit
from batch.formats.delimited import read
from batch.formats.header import REJECT_COLUMNS
from batch.formats.lines import Record, RowError
from batch.formats.profile import Profile
from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout
from mdm.errors import Invalid
from tests.batch.formats.files import COLUMNS, put

PROFILES = st.builds(
    Profile,
    encoding=st.sampled_from(["utf-8", "gb18030"]),
    separator=st.sampled_from(["|!", ",", "\x1b"]),
    quoting=st.booleans(),
    header=st.booleans(),
    trailing_separator=st.booleans(),
    strip=st.booleans(),
    max_field=st.just(20),
    max_line=st.just(60),
)
#: Bytes that files are made of, and bytes that break them.
PIECES = [b"|!", b",", b"\x1b", b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\\N", b" ", b"a", "张".encode()]
PIECES += [
    "张".encode("gb18030"),
    b"\xff",
    b"\x81",
    b"\xef\xbb\xbf",
    b"x" * 30,
    b"y" * 100,
    b"key,name,city\n",
]
PIECES += [b"key|!name|!city\n", b"1|!a|!b\n", b"1,a,b\n"]
PIECES += [",".join([*COLUMNS, *REJECT_COLUMNS, "\n"]).encode()]
BYTES = st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))


@settings(max_examples=600, deadline=None)
@given(profile=PROFILES, data=BYTES)
def test_any_file(tmp_path_factory: pytest.TempPathFactory, profile: Profile, data: bytes) -> None:
    path = put(tmp_path_factory.getbasetemp(), data, "any.csv")
    admitted: Admitted | None = None
    codes: list[str] = []
    try:
        admitted = admit(path, profile, COLUMNS)
    except Invalid as refused:
        codes = [error.code for error in refused.errors]
    assert bool(codes) != (admitted is not None)
    assert all(code.startswith("file.") for code in codes)
    if admitted is None:
        return
    rows = [row for some in read(path, profile, admitted.shape) for row in some]
    first = admitted.shape.data.first_line
    assert [row.line for row in rows] == list(range(first, first + len(rows)))
    assert len(rows) == admitted.survey.rows == data[admitted.shape.data.start :].count(b"\n")
    assert all(len(row.values) == len(COLUMNS) for row in rows if isinstance(row, Record))
    assert all(row.code.startswith("row.") for row in rows if isinstance(row, RowError))


@settings(max_examples=400, deadline=None)
@given(
    layout=st.sampled_from([CORE_CUSTOMER, FEBRL]),
    texts=st.lists(st.one_of(st.none(), st.text(min_size=1, max_size=12)), min_size=60, max_size=60),
    party=st.sampled_from(["PERSON", "SME", "企业", None]),
)
def test_any_values(layout: Layout, texts: list[str | None], party: str | None) -> None:
    values = texts[: len(layout.names)]
    if layout.party_column:
        values[layout.names.index(layout.party_column)] = party
    converted = layout.reading.bundles([Record(1, "", values)])
    assert len(converted.bundles) + len(converted.rejects) == 1
    for bundle in converted.bundles:
        kept = [
            text
            for rows in bundle.facets.values()
            for row in rows
            for text in row.get("raw_values", {}).values()
        ]
        assert set(kept) <= set(texts)
