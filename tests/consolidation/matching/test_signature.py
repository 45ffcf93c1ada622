"""Signatures: what becomes a digest, what is missing, how rows are stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from consolidation.matching.records import MatchRecord, RecordAddress, RecordName
from consolidation.matching.signature import (
    BIRTH_PROVEN,
    SIGNATURE,
    VERSION,
    Signatures,
    from_bytes,
    signatures,
    to_bytes,
)
from tests.consolidation.matching.building import (
    CITIZEN,
    LONG_CITIZEN,
    SHORT_CITIZEN,
    bare,
    company,
    keyed,
    number,
    person,
    signed,
)

#: Columns that say what a record is, not what it tells.
_OWN = ("id", "version", "party", "flags")


def told(row: np.void) -> set[str]:
    """The columns that hold anything."""
    return {name for name in SIGNATURE.names or () if name not in _OWN and np.any(row[name])}


def test_a_row_is_small_and_fixed() -> None:
    assert SIGNATURE.itemsize == 206
    assert len(to_bytes(signed(person(1)))[0]) == 206


def test_a_record_that_tells_nothing_has_nothing_but_zeroes() -> None:
    assert told(signed(bare(1))[0]) == set()


@pytest.mark.parametrize("name", ["测试", "测试用户", "TEST", "未知", "无", "XXX", "unknown", "  ", "张张张"])
def test_a_placeholder_name_is_missing(name: str) -> None:
    assert told(signed(bare(1, names=[RecordName("LEGAL", name)]))[0]) == set()


@pytest.mark.parametrize(
    "phone", ["+8613800138000", "13800138000", "+8613888888888", "000", "+8612345678901"]
)
def test_a_placeholder_phone_is_missing(phone: str) -> None:
    assert told(signed(bare(1, phones=[phone]))[0]) == set()


@pytest.mark.parametrize("text", ["111111111111111111", "000000000", "12345678901234567X", "N/A", "无", "-"])
def test_a_placeholder_number_is_missing(text: str) -> None:
    assert told(signed(bare(1, credentials=[number(text, valid=False)]))[0]) == set()


@pytest.mark.parametrize("born", [date(1900, 1, 1), date(1970, 1, 1), date(9999, 12, 31), None])
def test_a_placeholder_birth_date_is_missing(born: date | None) -> None:
    assert told(signed(bare(1, birth_date=born))[0]) == set()


@pytest.mark.parametrize("mail", ["none@none.com", "test@bank.cn", "noreply@x.org", "no-at-sign", ""])
def test_a_placeholder_address_of_mail_is_missing(mail: str) -> None:
    assert told(signed(bare(1, emails=[mail]))[0]) == set()


def test_empty_addresses_are_missing() -> None:
    assert told(signed(bare(1, addresses=[RecordAddress()]))[0]) == set()


def test_digests_depend_on_the_key() -> None:
    def other(texts: Sequence[str]) -> NDArray[np.uint64]:
        digests = (hashlib.blake2b(text.encode(), digest_size=8, key=b"other").digest() for text in texts)
        return np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.uint64)

    ours, theirs = signed(person(1))[0], signatures([person(1)], other)[0]
    clear = {"sex", "birth"}  # the profile holds them in clear as well
    assert told(ours) == told(theirs)
    for column in told(ours) - clear:
        assert not np.array_equal(ours[column], theirs[column]), column


def test_no_text_of_the_record_stands_in_the_row() -> None:
    record = person(1, credentials=[number(CITIZEN)], emails=["wang@example.cn"])
    raw = to_bytes(signed(record))[0]
    for text in ("王", "小明", CITIZEN, "3812345670", "wang", "文三路", "478", "310013"):
        assert text.encode() not in raw
        assert text.encode("gb18030") not in raw


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    records = [person(1), company(2), person(3, "John Smith"), bare(4)]
    together = signed(*records)
    assert (together == np.concatenate([signed(record) for record in records])).all()
    assert (together[::-1] == signed(*records[::-1])).all()


def test_a_text_whose_digest_is_zero_is_still_there() -> None:
    def zero(texts: Sequence[str]) -> NDArray[np.uint64]:
        return np.zeros(len(texts), dtype=np.uint64)

    assert signatures([person(1)], zero)["name"][0] == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("王小明", "王 小明"),
        ("歐陽鋒", "欧阳锋"),
        ("John Smith", "SMITH, John"),
        ("José Núñez", "Jose Nunez"),
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提"),
    ],
)
def test_spellings_of_one_name_have_one_digest(left: str, right: str) -> None:
    rows = signed(person(1, left), person(2, right))
    assert rows["name"][0] == rows["name"][1] != 0


def test_a_short_number_is_its_long_form() -> None:
    rows = signed(bare(1, credentials=[number(SHORT_CITIZEN)]), bare(2, credentials=[number(LONG_CITIZEN)]))
    assert (rows["number"][0] == rows["number"][1]).all()


def test_a_checked_number_proves_the_birth_date() -> None:
    record = person(1, credentials=[number(LONG_CITIZEN)])
    row = signed(record)[0]
    assert row["birth"] == 19781027
    assert row["flags"] & BIRTH_PROVEN
    unchecked = signed(replace(record, credentials=[number(LONG_CITIZEN, valid=False)]))[0]
    assert unchecked["birth"] == 19900307
    assert not unchecked["flags"] & BIRTH_PROVEN


def test_an_impossible_date_is_kept_as_its_digits() -> None:
    assert signed(bare(1, birth_raw="19560231"))["birth"][0] == 19560231
    assert signed(bare(1, birth_raw="560231"))["birth"][0] == 0


def test_rows_come_back_from_bytes() -> None:
    rows = signed(person(1), company(2))
    assert (from_bytes(to_bytes(rows)) == rows).all()
    assert (from_bytes(b"".join(to_bytes(rows))) == rows).all()
    assert len(from_bytes([])) == 0


def test_rows_of_another_version_are_refused() -> None:
    rows = signed(person(1))
    rows["version"] = VERSION + 1
    with pytest.raises(ValueError, match="another version"):
        from_bytes(to_bytes(rows))


def test_keyed_is_asked_for_each_text_once() -> None:
    asked: list[str] = []

    def counting(texts: Sequence[str]) -> NDArray[np.uint64]:
        asked.extend(texts)
        return keyed(texts)

    same: list[MatchRecord] = [person(at) for at in range(5)]
    rows: Signatures = signatures(same, counting)
    assert len(set(rows["name"].tolist())) == 1
    assert asked.count("n:王小明") == 1
