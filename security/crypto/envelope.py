"""The one format of an encrypted value, and the two ways to make and read it: one value, one column.

Format (security design 3.2), 36 bytes more than the clear text:

    0      0xEC            3 .. reserved algorithms are refused
    1      algorithm       0x01 SM4-GCM, 96-bit nonce, 128-bit tag
    2..5   key id          big-endian
    6..7   flags           reserved: zero, anything else is refused
    8..19  nonce           random
    20..   ciphertext
    -16..  tag             over header(8) | row id (8, big-endian) and the ciphertext

The row id is that of the logical row, so that a history row opens with it; the column is bound by
the key, which serves one column only. So a value moved to another row or column does not open.
"""

import os
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from mdm.errors import Unavailable
from security.crypto import column_gcm
from security.crypto.algorithms import NONCE, WrongTag, gcm_open, gcm_seal
from security.crypto.column_gcm import BATCH, HEADER, LONGEST, OVERHEAD
from security.crypto.ghash import Ints
from security.crypto.handles import DataKeyHandle

MAGIC = 0xEC
SM4_GCM = 0x01
#: SQL offset (from 1) and length of the key id inside a stored value, for coverage and rotation.
KEY_ID_AT = (3, 4)
#: Below this many values the library's own GCM is faster than preparing a column.
FEW = 48

_HEADER = struct.Struct(">BBIH")

RowIds = Sequence[int] | NDArray[np.int64]
Values = Sequence[bytes | None]
KeyFinder = Callable[[int], DataKeyHandle]


@dataclass(frozen=True, slots=True)
class Parts:
    """A value taken apart; nothing in it is proved yet."""

    key_id: int
    header: bytes
    nonce: bytes
    sealed: bytes


def header(key_id: int) -> bytes:
    """The first 8 bytes of every value under this key."""
    return _HEADER.pack(MAGIC, SM4_GCM, key_id, 0)


def parse(value: bytes) -> Parts:
    """Takes a value apart; raises Unavailable `crypto.tampered` for what is not exactly the format."""
    if len(value) < OVERHEAD:
        raise _malformed()
    magic, algorithm, key_id, flags = _HEADER.unpack_from(value)
    if (magic, algorithm, flags) != (MAGIC, SM4_GCM, 0):
        raise _malformed()
    return Parts(key_id, value[:HEADER], value[HEADER : HEADER + NONCE], value[HEADER + NONCE :])


def seal(text: bytes, row_id: int, key: DataKeyHandle) -> bytes:
    """One value, bound to its row: about 5 us."""
    key.used(1)
    front, nonce = header(key.key_id), os.urandom(NONCE)
    return front + nonce + gcm_seal(key.key, nonce, text, front + row_id.to_bytes(8, "big"))


def open_(value: bytes, row_id: int, keys: KeyFinder) -> bytes:
    """The clear text of one value; raises Unavailable `crypto.tampered` for any other row, column or bit."""
    parts = parse(value)
    key = keys(parts.key_id)
    try:
        return gcm_open(key.key, parts.nonce, parts.sealed, parts.header + row_id.to_bytes(8, "big"))
    except WrongTag:
        raise tampered(key.purpose, row_id) from None


def seal_column(texts: Values, row_ids: RowIds, key: DataKeyHandle) -> list[bytes | None]:
    """A column of values in order (None stays None); about 1 us a value from a thousand on."""
    return _column(texts, row_ids, lambda chunk, ids: _seal_chunk(chunk, ids, key))


def open_column(values: Values, row_ids: RowIds, keys: KeyFinder) -> list[bytes | None]:
    """The clear texts in order (None stays None); values under several key versions may mix."""
    if len(values) < FEW and len(values) == len(row_ids):
        pairs = zip(values, row_ids, strict=True)
        return [None if value is None else open_(value, _row(told), keys) for value, told in pairs]
    return _column(values, row_ids, lambda chunk, ids: _open_chunk(chunk, ids, keys))


def _row(told: int) -> int:
    """A row id that is one."""
    if told < 0:
        raise ValueError("row ids are not negative")
    return int(told)


def _column(
    values: Values, row_ids: RowIds, work: Callable[[list[bytes], Ints], Sequence[bytes]]
) -> list[bytes | None]:
    """Runs `work` over the values that are there, in chunks, and puts the results in their places."""
    if len(values) != len(row_ids):
        raise ValueError("a column needs one row id for each value")
    ids = np.asarray(row_ids, np.int64)
    if len(ids) and ids.min() < 0:
        raise ValueError("row ids are not negative")
    result: list[bytes | None] = [None] * len(values)
    places = [place for place, value in enumerate(values) if value is not None]
    for chunk in _chunks(places, BATCH):
        present = [value for value in (values[place] for place in chunk) if value is not None]
        for place, done in zip(chunk, work(present, ids[chunk]), strict=True):
            result[place] = done
    return result


def _chunks(places: Iterable[int], size: int) -> Iterable[list[int]]:
    rest = iter(places)
    while chunk := list(islice(rest, size)):
        yield chunk


def _seal_chunk(texts: list[bytes], ids: Ints, key: DataKeyHandle) -> Sequence[bytes]:
    if _better_one_by_one(texts, LONGEST):
        return [seal(text, row, key) for text, row in zip(texts, ids.tolist(), strict=True)]
    key.used(len(texts))
    return key.column_cipher.seal(header(key.key_id), texts, ids)


def _open_chunk(values: list[bytes], ids: Ints, keys: KeyFinder) -> Sequence[bytes]:
    if _better_one_by_one(values, LONGEST + OVERHEAD):
        return [open_(value, row, keys) for value, row in zip(values, ids.tolist(), strict=True)]
    fronts = {value[:HEADER] for value in values}
    if len(fronts) == 1:
        return _open_under(values, ids, keys)
    return _open_mixed(values, ids, keys, fronts)


def _open_mixed(values: list[bytes], ids: Ints, keys: KeyFinder, fronts: set[bytes]) -> Sequence[bytes]:
    """Values under several headers: one column for each."""
    result = [b""] * len(values)
    for front in sorted(fronts):
        places = [place for place, value in enumerate(values) if value[:HEADER] == front]
        opened = _open_under([values[place] for place in places], ids[places], keys)
        for place, text in zip(places, opened, strict=True):
            result[place] = text
    return result


def _open_under(values: list[bytes], ids: Ints, keys: KeyFinder) -> Sequence[bytes]:
    """Values that share the header of the first."""
    if min(map(len, values)) < OVERHEAD:
        raise _malformed()
    key = keys(parse(values[0]).key_id)
    try:
        return key.column_cipher.open(values[0][:HEADER], values, ids)
    except WrongTag as wrong:
        raise tampered(key.purpose, int(ids[wrong.args[0]])) from None


def _better_one_by_one(values: list[bytes], longest: int) -> bool:
    """Few or long values, or a machine on which the column path fails its known-answer test."""
    return len(values) < FEW or max(map(len, values)) > longest or not _column_path_proved()


@cache
def _column_path_proved() -> bool:
    """The known-answer test of the column path, once a process; it refuses loudly."""
    if not column_gcm.agrees_with_library():
        raise Unavailable("crypto.self_test", _("The column cipher does not agree with the library."))
    return True


def tampered(purpose: str, row_id: int | None) -> Unavailable:
    """The refusal of a value that its key, row and column do not prove; `row_id` None where not known."""
    return Unavailable(
        "crypto.tampered",
        _("The encrypted value of %(purpose)s in row %(row)s was changed or moved, or is not of this column.")
        % {"purpose": purpose, "row": "?" if row_id is None else row_id},
    )


def _malformed() -> Unavailable:
    return Unavailable("crypto.tampered", _("This is not an encrypted value: it was truncated or changed."))
