"""The signature: one fixed-width row of small integers per record, all that matching ever reads of it.

Digests are keyed, so a stolen table tells nothing without the key; comparing needs equality only. 0 is a
missing value and equals nothing. Identity columns and blocking columns keep 64 bits of the digest, columns
that are only compared keep 32 or 16, where a chance collision is harmless because no decision rests on one
column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdm.quality.primitives import ascii_digits

from .features import address_grams, address_texts, contact_texts, name_texts, number_texts
from .numbers import Number, comparable_numbers
from .placeholders import is_placeholder_birth
from .records import MatchRecord, RecordAddress
from .sketches import SKETCH_SIZE, sketches

VERSION = 1
CLOSED, DECEASED, PROTECTED, SEX_VERIFIED, BIRTH_PROVEN = 1, 2, 4, 8, 16
NUMBER_SLOTS, PHONE_SLOTS = 3, 2

SIGNATURE = np.dtype(
    [
        ("id", "<i8"),
        ("version", "u1"),
        ("party", "u1"),
        ("flags", "u1"),
        ("sex", "u1"),  # 1 male, 2 female, 3 other
        ("birth", "<u4"),  # YYYYMMDD in clear, as the profile holds it; also of impossible dates
        ("name", "<u8"),
        ("name_bag", "<u8"),
        ("name_sound", "<u4"),
        ("alias", "<u4", (2,)),
        ("surname", "<u4"),
        ("surname_sound", "<u4"),
        ("surname_head", "<u4"),
        ("surname_tail", "<u4"),
        ("given", "<u4"),
        ("given_sound", "<u4"),
        ("given_head", "<u4"),
        ("given_tail", "<u4"),
        ("number", "<u8", (NUMBER_SLOTS,)),
        ("number_kind", "u1", (NUMBER_SLOTS,)),
        ("number_state", "u1", (NUMBER_SLOTS,)),
        ("part", "<u4", (3,)),
        ("core", "<u8"),
        ("phone", "<u8", (PHONE_SLOTS,)),
        ("phone_tail", "<u4", (PHONE_SLOTS,)),
        ("email", "<u8"),
        ("mailbox", "<u4"),
        ("nation", "<u2"),
        ("address", "<u4"),
        ("region", "<u4"),
        ("province", "<u2"),
        ("city", "<u4"),
        ("postcode", "<u4"),
        ("postcode_head", "<u2"),
        ("postcode_bag", "<u2"),
        ("house", "<u4"),
        ("street", "<u4"),
        ("street_sound", "<u4"),
        ("sketch", "u1", (SKETCH_SIZE,)),
    ]
)

_COLUMNS = frozenset(SIGNATURE.names or ())

Signatures = NDArray[np.void]
Keyed = Callable[[Sequence[str]], NDArray[np.uint64]]

# Texts of one space are comparable with each other, whatever column they stand in: a given name in the
# surname field is found there. The space is part of what is digested.
_SPACES = dict(
    pair.split(":")
    for pair in (
        "name:n alias0:n alias1:n name_bag:b name_sound:s surname:w given:w surname_sound:x given_sound:x "
        "surname_head:h given_head:h surname_tail:t given_tail:t number0:i number1:i number2:i core:c "
        "part0:p part1:p part2:p phone0:m phone1:m phone_tail0:q phone_tail1:q email:e mailbox:l nation:o "
        "address:a region:r province:v city:y postcode:z postcode_head:zh postcode_bag:zb house:d "
        "street:k street_sound:ks"
    ).split()
)
_SEXES = {"M": 1, "F": 2, "X": 3}


def signatures(records: Sequence[MatchRecord], keyed: Keyed) -> Signatures:
    """One row per record. `keyed` maps distinct texts to keyed 64-bit integers in bulk."""
    rows: Signatures = np.zeros(len(records), dtype=SIGNATURE)
    numbers = [comparable_numbers(record.credentials) for record in records]
    texts = [_texts(record, own) for record, own in zip(records, numbers, strict=True)]
    for column, told in _by_column(texts).items():
        _write_digests(_target(rows, column), _SPACES[column], *told, keyed)
    rows["sketch"] = sketches([address_grams(own) for own in texts], keyed)
    _write_plain(rows, records)
    _write_proven(rows, records, numbers)
    return rows


def _texts(record: MatchRecord, numbers: Sequence[Number]) -> dict[str, str]:
    return {
        **name_texts(record),
        **number_texts(numbers),
        **contact_texts(record),
        **address_texts(_address(record)),
        "nation": record.nationality,
    }


def _by_column(texts: Sequence[dict[str, str]]) -> dict[str, tuple[list[int], list[str]]]:
    """The places and the texts of each column, blank ones left out: most records have few of the columns."""
    told: dict[str, tuple[list[int], list[str]]] = {column: ([], []) for column in _SPACES}
    for at, own in enumerate(texts):
        for column, text in own.items():
            if text:
                places, words = told[column]
                places.append(at)
                words.append(text)
    return told


def _address(record: MatchRecord) -> RecordAddress | None:
    return record.addresses[0] if record.addresses else None


def _target(rows: Signatures, column: str) -> NDArray[Any]:
    """A column, or one slot of it: "phone1" is the second of "phone"."""
    cells: NDArray[Any] = rows[column] if column in _COLUMNS else rows[column[:-1]][:, int(column[-1])]
    return cells


def _write_digests(
    target: NDArray[Any], space: str, places: list[int], texts: list[str], keyed: Keyed
) -> None:
    distinct = list(dict.fromkeys(texts))
    digests = keyed([f"{space}:{text}" for text in distinct])
    known = dict(zip(distinct, truncated(digests, target.dtype).tolist(), strict=True))
    target[places] = list(map(known.__getitem__, texts))


def truncated(digests: NDArray[np.uint64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The low bits of digests, never 0, which would mean missing."""
    result: NDArray[Any] = np.maximum(digests.astype(dtype), dtype.type(1))
    return result


def _write_plain(rows: Signatures, records: Sequence[MatchRecord]) -> None:
    rows["version"] = VERSION
    rows["id"] = [record.id for record in records]
    rows["party"] = [record.party_type for record in records]
    rows["sex"] = [_SEXES.get(record.sex, 0) for record in records]
    rows["birth"] = [_stated_birth(record) for record in records]
    rows["flags"] = [
        CLOSED * record.closed
        | DECEASED * record.deceased
        | PROTECTED * record.protected
        | SEX_VERIFIED * (record.sex_verified and record.sex in ("M", "F"))
        for record in records
    ]


def _write_proven(
    rows: Signatures, records: Sequence[MatchRecord], numbers: Sequence[Sequence[Number]]
) -> None:
    """Kinds and states of the numbers, and the birth date and sex that a checked number proves."""
    for slot in range(NUMBER_SLOTS):
        rows["number_kind"][:, slot] = [own[slot].kind if slot < len(own) else 0 for own in numbers]
        rows["number_state"][:, slot] = [own[slot].state if slot < len(own) else 0 for own in numbers]
    for at, (record, own) in enumerate(zip(records, numbers, strict=True)):
        if own and own[0].birth:
            rows["birth"][at] = own[0].birth
            rows["flags"][at] |= BIRTH_PROVEN
            rows["sex"][at] = _SEXES.get(record.sex or own[0].sex, 0)


def _stated_birth(record: MatchRecord) -> int:
    birth = record.birth_date
    if birth:
        value = birth.year * 10000 + birth.month * 100 + birth.day
    else:
        value = int(record.birth_raw) if len(record.birth_raw) == 8 and ascii_digits(record.birth_raw) else 0
    return 0 if is_placeholder_birth(value) else value


def to_bytes(rows: Signatures) -> list[bytes]:
    """Each row as bytes for storage; the first eight are the id, the next one the version."""
    raw = np.ascontiguousarray(rows).tobytes()
    size = SIGNATURE.itemsize
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def from_bytes(raw: bytes | Sequence[bytes]) -> Signatures:
    """Rows from stored bytes, one buffer or a piece a row. ValueError for rows of another version."""
    joined = raw if isinstance(raw, bytes) else b"".join(raw)
    rows: Signatures = np.frombuffer(joined, dtype=SIGNATURE).copy()
    if (rows["version"] != VERSION).any():
        raise ValueError(f"signatures of another version than {VERSION}: recompute them")
    return rows
