"""The signature: one fixed-width row of small integers per record, all that matching ever reads of it.

Digests are keyed, so a stolen table tells nothing without the key; comparing needs equality only. 0 is a
missing value and equals nothing. Identity columns and blocking columns keep 64 bits of the digest, columns
that are only compared keep 32 or 16, where a chance collision is harmless because no decision rests on one
column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .features import address_grams, address_texts, contact_texts, name_texts, number_texts, numbers_of
from .numbers import VALID, Number
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
Keyed = Callable[[Sequence[str]], list[int]]

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
    numbers = [numbers_of(record) for record in records]
    _write_digests(rows, [_texts(r, n) for r, n in zip(records, numbers, strict=True)], keyed)
    for row, (record, own) in enumerate(zip(records, numbers, strict=True)):
        _write_plain(rows[row], record, own)
    rows["sketch"] = sketches([address_grams(_address(record)) for record in records], keyed)
    return rows


def _texts(record: MatchRecord, numbers: Sequence[Number]) -> dict[str, str]:
    return {
        **name_texts(record),
        **number_texts(numbers),
        **contact_texts(record),
        **address_texts(_address(record)),
        "nation": record.nationality,
    }


def _address(record: MatchRecord) -> RecordAddress | None:
    return record.addresses[0] if record.addresses else None


def _write_digests(rows: Signatures, texts: Sequence[dict[str, str]], keyed: Keyed) -> None:
    cells = [
        (row, column, f"{_SPACES[column]}:{text}")
        for row, columns in enumerate(texts)
        for column, text in columns.items()
        if text
    ]
    known = _digests((text for _, _, text in cells), keyed)
    by_column: dict[str, tuple[list[int], list[int]]] = {}
    for row, column, text in cells:
        at, values = by_column.setdefault(column, ([], []))
        at.append(row)
        values.append(known[text])
    for column, (at, values) in by_column.items():
        _store(rows, column, at, np.array(values, dtype=np.uint64))


def _digests(texts: Iterable[str], keyed: Keyed) -> dict[str, int]:
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, keyed(distinct), strict=True))


def _store(rows: Signatures, column: str, at: list[int], values: NDArray[np.uint64]) -> None:
    target = rows[column] if column in _COLUMNS else rows[column[:-1]][:, int(column[-1])]
    target[at] = truncated(values, target.dtype)


def truncated(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The low bits of digests, never 0, which would mean missing."""
    result: NDArray[Any] = np.maximum(values.astype(dtype), dtype.type(1))
    return result


def _write_plain(row: np.void, record: MatchRecord, numbers: Sequence[Number]) -> None:
    proof = next((n for n in numbers if n.birth), None)
    stated = _stated_birth(record)
    row["id"], row["version"], row["party"] = record.id, VERSION, record.party_type
    row["sex"] = _SEXES.get(record.sex or (proof.sex if proof else ""), 0)
    row["birth"] = proof.birth if proof else stated
    row["flags"] = (
        CLOSED * record.closed
        | DECEASED * record.deceased
        | PROTECTED * record.protected
        | SEX_VERIFIED * (record.sex_verified and record.sex in ("M", "F"))
        | BIRTH_PROVEN * (proof is not None and bool(proof.state & VALID))
    )
    for slot, number in enumerate(numbers[:NUMBER_SLOTS]):
        row["number_kind"][slot], row["number_state"][slot] = number.kind, number.state


def _stated_birth(record: MatchRecord) -> int:
    digits = f"{record.birth_date:%Y%m%d}" if record.birth_date else record.birth_raw
    value = int(digits) if len(digits) == 8 and digits.isdigit() else 0
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
