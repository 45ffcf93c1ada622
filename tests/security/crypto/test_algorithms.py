"""The standards' vectors (domain 5.7); `test_interop` holds other implementations against ours."""

import pytest

from security.crypto.algorithms import (
    WrongTag,
    check_value,
    gcm_open,
    gcm_seal,
    hmac_sm3,
    keyed_hmac,
    sm3,
    sm4_blocks,
)

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes.fromhex("00001234567800000000ABCD")
BOUND = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
TEXT = bytes.fromhex("".join(pair * 8 for pair in ("AA", "BB", "CC", "DD", "EE", "FF", "EE", "AA")))
SEALED = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_vectors(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest


def test_hmac_sm3_vector() -> None:
    expected = "bd4a34077888162b210645b8ebf74b9af357303789357a27c7fc457244ebd398"
    assert hmac_sm3(b"key", b"The quick brown fox jumps over the lazy dog").hex() == expected


def test_keyed_hmac_absorbs_the_prefix_and_can_be_copied() -> None:
    base = keyed_hmac(b"key", b"The quick brown fox ")
    first, second = base.copy(), base.copy()
    first.update(b"jumps over the lazy dog")
    second.update(b"sleeps")
    assert first.finalize() == hmac_sm3(b"key", b"The quick brown fox jumps over the lazy dog")
    assert second.finalize() == hmac_sm3(b"key", b"The quick brown fox sleeps")


def test_sm4_vector() -> None:
    assert sm4_blocks(KEY, KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_vector_of_rfc_8998() -> None:
    assert gcm_seal(KEY, NONCE, TEXT, BOUND) == SEALED
    assert gcm_open(KEY, NONCE, SEALED, BOUND) == TEXT


@pytest.mark.parametrize("place", range(len(SEALED)))
def test_every_changed_byte_is_refused(place: int) -> None:
    changed = SEALED[:place] + bytes([SEALED[place] ^ 1]) + SEALED[place + 1 :]
    with pytest.raises(WrongTag):
        gcm_open(KEY, NONCE, changed, BOUND)


@pytest.mark.parametrize("length", [0, 1, 15])
def test_what_is_shorter_than_a_tag_is_refused(length: int) -> None:
    with pytest.raises(WrongTag):
        gcm_open(KEY, NONCE, SEALED[:length], BOUND)


def test_other_bound_data_is_refused() -> None:
    with pytest.raises(WrongTag):
        gcm_open(KEY, NONCE, SEALED, BOUND[:-1])


def test_check_values_are_three_bytes_of_a_zero_block() -> None:
    assert check_value(KEY) == sm4_blocks(KEY, bytes(16)).hex()[:6]
    assert check_value(KEY + KEY) == hmac_sm3(KEY + KEY, bytes(16)).hex()[:6]
