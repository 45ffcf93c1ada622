"""The column path gives the library's GCM byte for byte, and refuses what the library refuses."""

import os
import random

import numpy as np
import pytest

from security.crypto.algorithms import WrongTag, gcm_seal
from security.crypto.column_gcm import OVERHEAD, ColumnCipher, agrees_with_library

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
HEADER = bytes.fromhex("ec01000000070000")


def by_library(texts: list[bytes], ids: list[int], nonces: bytes) -> list[bytes]:
    cut = [nonces[at : at + 12] for at in range(0, len(nonces), 12)]
    return [
        HEADER + nonce + gcm_seal(KEY, nonce, text, HEADER + row.to_bytes(8, "big"))
        for text, row, nonce in zip(texts, ids, cut, strict=True)
    ]


def test_ragged_messages_are_identical() -> None:
    chance = random.Random(2)
    texts = [chance.randbytes(chance.randrange(0, 90)) for _ in range(3000)]
    ids = [chance.randrange(0, 2**63) for _ in texts]
    nonces = os.urandom(12 * len(texts))
    sealed = ColumnCipher(KEY).seal(HEADER, texts, np.array(ids), nonces)
    assert sealed == by_library(texts, ids, nonces)
    assert ColumnCipher(KEY).open(HEADER, sealed, np.array(ids)) == texts


def test_all_lengths_from_0_to_200_are_identical() -> None:
    texts = [os.urandom(length) for length in range(201)]
    ids, nonces = list(range(201)), os.urandom(12 * 201)
    sealed = ColumnCipher(KEY).seal(HEADER, texts, np.arange(201), nonces)
    assert sealed == by_library(texts, ids, nonces)
    assert [len(value) - OVERHEAD for value in sealed] == list(range(201))


def test_random_nonces_do_not_repeat() -> None:
    sealed = ColumnCipher(KEY).seal(HEADER, [b"same"] * 20_000, np.zeros(20_000, np.int64))
    assert len({value[8:20] for value in sealed}) == 20_000


@pytest.mark.parametrize("place", range(8, OVERHEAD + 18))
def test_a_changed_byte_is_refused_and_the_row_is_named(place: int) -> None:
    cipher, ids = ColumnCipher(KEY), np.arange(100, 200)
    sealed = cipher.seal(HEADER, [b"110101199003070011"] * 100, ids)
    value = sealed[41]
    sealed[41] = value[:place] + bytes([value[place] ^ 0x80]) + value[place + 1 :]
    with pytest.raises(WrongTag) as refusal:
        cipher.open(HEADER, sealed, ids)
    assert refusal.value.args == (41,)


def test_another_row_or_header_is_refused() -> None:
    cipher, ids = ColumnCipher(KEY), np.arange(100)
    sealed = cipher.seal(HEADER, [b"x" * 18] * 100, ids)
    with pytest.raises(WrongTag):
        cipher.open(HEADER, sealed, ids + 1)
    with pytest.raises(WrongTag):
        cipher.open(HEADER[:-1] + b"\x01", sealed, ids)
    with pytest.raises(WrongTag):
        ColumnCipher(KEY[::-1]).open(HEADER, sealed, ids)


def test_known_answer_test_of_the_process() -> None:
    assert agrees_with_library()
