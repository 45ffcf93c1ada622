"""Half a minute of chance each for the reader of files and for the rules: whatever comes, nothing breaks.

`FUZZ_SECONDS=600` lets each go on for ten minutes. What hypothesis finds it makes small and prints.
"""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.formats.admission import admit
from batch.formats.delimited import read
from batch.formats.errors import TEXTS
from batch.formats.lines import Record
from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout
from mdm.bulk.tables import own_fields
from mdm.codes import get as code_list
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import Invalid
from mdm.quality.screening import screened
from mdm.subjects import Bundle, Facet, registry
from tests.batch.services.bad_files import core, febrl
from tests.factories.customers import DAY
from tests.factories.files import firm, line

SECONDS = float(os.environ.get("FUZZ_SECONDS", "30"))
SMALL = settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def again_and_again(check: Callable[[], None], tried: list[object], fewest: int) -> None:
    """Run a property on new cases until the time is over; fewer than `fewest` say that the test is no test."""
    until = monotonic() + SECONDS
    while monotonic() < until:
        check()
    assert len(tried) >= fewest


def sound() -> list[tuple[Layout, bytes]]:
    """A good file of each layout, to be spoilt."""
    rows = core(line("A"), firm("B", registered_capital="100.00"), line("C", name="阿卜杜拉·买买提"))
    comma = febrl("rec-1,anna,white,1,street,,perth,6000,wa,19800101,1234567", "rec-2,ben,,,,,,,,,")
    host = rows.decode().encode("gb18030")
    return [(CORE_CUSTOMER, rows), (CORE_CUSTOMER_GB18030, host), (FEBRL, comma)]


TOKENS = [
    b"|!",
    b"|",
    b",",
    b'"',
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\x1a",
    b"\x1b",
    b"\\N",
    b"\xef\xbb\xbf",
    b"\xff",
]
TOKENS += [
    b"\xed\xa0\x80",
    b"\x81\x30",
    "张".encode(),
    "张".encode("gb18030"),
    b"x" * 5_000,
    b"|!" * 200,
    b"PK\x03\x04",
]
TOKENS += [
    "１２".encode(),
    b"=1+1",
    b"99991231",
    b"-1",
    b"1e400",
    "\u202e\u200b".encode(),
    "\U0010ffff".encode(),
    b" ",
]
SPOILING = st.lists(
    st.tuples(
        st.sampled_from(["insert", "remove", "repeat", "flip", "cut"]),
        st.floats(0, 1),
        st.integers(0, 60),
        st.one_of(st.sampled_from(TOKENS), st.binary(max_size=8)),
    ),
    min_size=1,
    max_size=6,
)


def spoilt(data: bytes, changes: list[tuple[str, float, int, bytes]]) -> bytes:
    """A file after some accidents, each at a share of its length."""
    for how, where, length, token in changes:
        at = int(where * len(data))
        match how:
            case "insert":
                data = data[:at] + token + data[at:]
            case "remove":
                data = data[:at] + data[at + length :]
            case "repeat":
                data = data[:at] + data[at : at + length] * 3 + data[at:]
            case "flip":
                data = (
                    data[:at] + bytes(byte ^ (1 << length % 8) for byte in data[at : at + 1]) + data[at + 1 :]
                )
            case _:
                data = data[:at]
    return data


def test_any_file_is_refused_or_read_to_its_last_line(tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    tried: list[object] = []
    admitted: list[object] = []
    codes: set[str] = set()

    @SMALL
    @given(
        of=st.sampled_from(sound()), changes=SPOILING, rubbish=st.one_of(st.none(), st.binary(max_size=200))
    )
    def check(of: tuple[Layout, bytes], changes: Any, rubbish: bytes | None) -> None:
        layout, data = of
        data = spoilt(data, changes) if rubbish is None else rubbish
        path.write_bytes(data)
        nonlocal codes
        tried.append(layout)
        try:
            file = admit(path, layout.profile, layout.names)
        except Invalid as refusal:
            codes |= {error.code for error in refusal.errors}
            return
        admitted.append(layout)
        rows = [row for some in read(path, layout.profile, file.shape) for row in some]
        assert len(rows) == file.survey.rows == data.count(b"\n") - 1
        assert [row.line for row in rows] == list(range(2, len(rows) + 2))
        records = [row for row in rows if isinstance(row, Record)]
        converted = layout.reading.bundles(records)
        assert len(converted.bundles) + len(converted.rejects) == len(records)
        for bundle in converted.bundles:
            assert all(str(finding.text) for finding in screened(bundle, DAY))

    again_and_again(check, tried, 500)
    assert len(admitted) >= 25, "of many files rows were read"
    assert codes <= TEXTS.keys()
    assert len(codes) >= 5, "files were refused for many reasons"


PIECES = [
    " ",
    "　",
    "-",
    "0",
    "１２３",
    "٣٤٥",
    "1" * 40,
    "11010519491231002X",
    "110105491231002",
    "91350100M000100Y43",
]
PIECES += [
    "+8613912345670",
    "00",
    "转8001",
    "a@b.cn",
    "@",
    "欧阳知远",
    "阿卜杜拉·买买提",
    "𠮷",
    "e\u0301",
    "\u200b\u202e",
    "\ue000",
]
PIECES += [
    "\ufffd",
    "\U0001f600",
    "=1+1",
    "<b>",
    "测试",
    "不详",
    "长" * 160,
    "x" * 4_000,
    "110105",
    "CHN",
    "156",
    "中国",
]
TEXT = st.one_of(
    st.sampled_from(PIECES),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
)


def value(facet: Facet, field: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of a bundle may hold (the contract of `mdm.subjects.Bundle`)."""
    codes = getattr(facet.model, "CODES", {}).get(field.name, "")
    match field:
        case models.DateField():
            return st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
        case models.BooleanField():
            return st.none() | st.booleans()
        case models.DecimalField():
            return st.none() | st.decimals(-(10**15), 10**15, places=2)
        case models.IntegerField():
            return st.none() | st.integers(-(2**31), 2**31 - 1)
    known = st.sampled_from(sorted(code_list(codes))[:60]) if codes else st.nothing()
    return st.none() | known | TEXT


def rows_of(facet: Facet) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Some rows of a facet, with texts that could not be read."""
    members = {field.name: value(facet, field) for field in own_fields(facet.model)}
    raw = st.dictionaries(st.sampled_from(sorted(members)), TEXT, max_size=2)
    row = st.fixed_dictionaries({}, optional={**members, "slot": TEXT, "raw_values": raw})
    return st.lists(row, min_size=1, max_size=3 if facet.multiple else 1)


def test_no_bundle_breaks_a_fix_or_a_rule() -> None:
    tried: list[object] = []
    found: set[str] = set()
    facets = {facet.name: rows_of(facet) for facet in registry.facets()}
    kinds = sorted(code_list("party_type"))
    some = st.lists(st.sampled_from(sorted(facets)), max_size=4, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: facets[name] for name in names})
    )

    @SMALL
    @given(
        kind=st.sampled_from(kinds),
        key=TEXT,
        told=some,
        day=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    )
    def check(kind: str, key: str, told: dict[str, list[dict[str, Any]]], day: date) -> None:
        bundle = Bundle("core_customer", key, kind, told)
        tried.append(kind in PERSON_TYPES)
        for finding in screened(bundle, day):
            found.add(finding.rule)
            assert str(finding.text)
            assert finding.facet in (*facets, "")
        again = screened(bundle, day)
        assert all(str(finding.text) for finding in again)

    again_and_again(check, tried, 200)
    assert len(found) >= 20, "rules were put to work"
