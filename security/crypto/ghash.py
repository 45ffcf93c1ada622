"""GHASH of many short messages at once, in numpy, with byte tables of one hash key.

GHASH is the authenticator of GCM (NIST SP 800-38D, section 6.4): Y = (Y xor X) * H for every block X,
in GF(2^128). A product with the fixed H is the exclusive-or of 16 table rows, one for each byte of
Y, so that a step of all messages is 16 gathers. Table look-ups depend on secret data: only for
loader, rotation and export workers, not where a stranger shares the processor's cache.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

#: The polynomial x^128 + x^7 + x^2 + x + 1 in GCM's bit order (bit 0 is the highest of the first byte).
_POLYNOMIAL = 0xE1 << 120


def tables(hash_key: bytes) -> Words:
    """Products of `hash_key` with every byte at every place: 16 tables x 256 bytes x 2 words (64 KiB)."""
    powers = _products_with_powers_of_x(int.from_bytes(hash_key, "big"))
    result = np.zeros((16, 256, 2), np.uint64)
    for place in range(16):
        for bit in range(8):
            filled = 1 << bit  # bit 7 of a byte is its lowest power of x
            power = powers[8 * place + 7 - bit]
            result[place, filled : 2 * filled] = result[place, :filled] ^ power
    return result


def _products_with_powers_of_x(hash_key: int) -> Words:
    """hash_key * x^i for i = 0..127, one row of two words each."""
    rows = []
    for _ in range(128):
        rows.append(hash_key.to_bytes(16, "big"))
        hash_key = hash_key >> 1 ^ (_POLYNOMIAL if hash_key & 1 else 0)
    return np.frombuffer(b"".join(rows), np.uint64).reshape(128, 2)


def multiply(state: Words, table: Words) -> Words:
    """Every row of `state` (n x 2 words) times the hash key."""
    places = np.ascontiguousarray(state.view(np.uint8).T).astype(np.intp)
    # A row of two words travels as one complex number, so that a gather moves 16 bytes at a time.
    whole = table.view(np.complex128)[..., 0]
    result = whole[0].take(places[0], mode="clip").view(np.uint64)
    for place in range(1, 16):
        result ^= whole[place].take(places[place], mode="clip").view(np.uint64)
    return cast(Words, result.reshape(-1, 2))


def ghash(table: Words, first: Words, blocks: Words, starts: Ints, counts: Ints, last: Words) -> Words:
    """GHASH of n messages: block `first[i]`, then `counts[i]` of `blocks` from `starts[i]`, then `last[i]`.

    `counts` must be in descending order: then the messages that still have a block at some
    distance from their end are a prefix, and each step works on that prefix only. The product of
    the first block is done for all at once. Returns n x 2 words.
    """
    state = multiply(first, table)
    for done in range(int(counts[0]) if len(counts) else 0):
        active = int(np.searchsorted(-counts, -done, side="left"))
        state[:active] = multiply(state[:active] ^ blocks[starts[:active] + done], table)
    return multiply(state ^ last, table)
