"""Records for the tests of matching: a person and a company to vary, and a keyed digest."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from consolidation.matching.comparison import Comparison, compare
from consolidation.matching.records import (
    ORGANISATION,
    PERSON,
    MatchRecord,
    RecordAddress,
    RecordCredential,
    RecordName,
)
from consolidation.matching.signature import Signatures, signatures
from mdm.quality.numbers import gb11643_sign


def citizen(sequence: str, born: str = "19900307", region: str = "330106") -> str:
    """A made-up citizen number with a right check digit; an odd sequence is a man's."""
    body = region + born + sequence
    return body + gb11643_sign(body)


CITIZEN, OTHER_CITIZEN = citizen("123"), citizen("125")
#: One number in its two forms.
SHORT_CITIZEN, LONG_CITIZEN = "330106781027002", "330106197810270021"
USCC, OTHER_USCC = "91330106MA27Y4U47R", "91110000600037341L"

HOME = RecordAddress("330106", "浙江省", "杭州市", "西湖区", "文三路478号华星时代广场1201室", "310013")
AWAY = RecordAddress("510104", "四川省", "成都市", "锦江区", "春熙路88号2单元301", "610021")


def keyed(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Keyed 64-bit digests, as the product makes with HMAC-SM3."""
    made = (hashlib.blake2b(text.encode(), digest_size=8, key=b"test").digest() for text in texts)
    return np.array([int.from_bytes(digest, "little") for digest in made], dtype=np.uint64)


def number(text: str, kind: str = "P01", *, valid: bool = True, verified: bool = False) -> RecordCredential:
    return RecordCredential(kind, text, "CHN", verified, valid)


def person(record_id: int, name: str = "王小明", **changes: Any) -> MatchRecord:
    """王小明 of Hangzhou with birth date, mobile and address, without a number; `changes` are fields."""
    record = MatchRecord(
        id=record_id,
        party_type=PERSON,
        names=[RecordName("LEGAL", name)] if name else [],
        sex="M",
        birth_date=date(1990, 3, 7),
        nationality="CHN",
        phones=["+8613812345670"],
        addresses=[HOME],
    )
    return replace(record, **changes)


def bare(record_id: int, **given: Any) -> MatchRecord:
    """A person of whom only `given` is known."""
    return MatchRecord(id=record_id, party_type=PERSON, **given)


def company(record_id: int, name: str = "杭州明德科技有限公司", **changes: Any) -> MatchRecord:
    record = MatchRecord(
        id=record_id,
        party_type=ORGANISATION,
        registered_name=name,
        credentials=[number(USCC, "O01")],
        phones=["+8657188886666"],
        addresses=[HOME],
    )
    return replace(record, **changes)


def signed(*records: MatchRecord) -> Signatures:
    return signatures(records, keyed)


def compared(left: MatchRecord, right: MatchRecord) -> Comparison:
    rows = signed(left, right)
    return compare(rows[:1], rows[1:])


def no_pairs() -> np.ndarray[Any, Any]:
    return np.zeros((0, 2), dtype=np.int64)
