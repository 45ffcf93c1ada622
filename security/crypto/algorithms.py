"""SM3, HMAC-SM3, SM4 and SM4-GCM by `cryptography` (its bundled OpenSSL).

Standards: GB/T 32905 (SM3), GB/T 32907 (SM4), NIST SP 800-38D with SM4 (RFC 8998), RFC 2104.
SM2 is not in that library: see `backends`.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

#: Bytes of an SM4 key and of an SM4 block.
BLOCK = 16
#: Bytes of a GCM nonce and of its full tag.
NONCE = 12
TAG = 16
#: Bytes of a key for HMAC-SM3 (one digest).
DIGEST = 32


class WrongTag(ValueError):
    """The authentication tag does not fit: wrong key, or ciphertext, nonce or bound data edited."""


def sm3(data: bytes) -> bytes:
    """The 32-byte SM3 digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def keyed_hmac(key: bytes, prefix: bytes = b"") -> hmac.HMAC:
    """HMAC-SM3 with the key schedule done and `prefix` absorbed: `.copy()` it for every value."""
    state = hmac.HMAC(key, hashes.SM3())
    state.update(prefix)
    return state


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The 32-byte HMAC-SM3 of `data`."""
    return keyed_hmac(key, data).finalize()


def sm4_blocks(key: bytes, blocks: bytes) -> bytes:
    """SM4 of whole 16-byte blocks, each on its own (ECB): the permutation, never a way to encrypt data."""
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 (raw permutation)
    return encryptor.update(blocks) + encryptor.finalize()


def gcm_seal(key: bytes, nonce: bytes, text: bytes, bound: bytes) -> bytes:
    """SM4-GCM: ciphertext with its 16-byte tag behind it; `bound` is authenticated, not encrypted."""
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    """The clear text of `gcm_seal`; raises WrongTag, and never returns unauthenticated bytes."""
    if len(sealed) < TAG:
        raise WrongTag
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(bound)
    text = decryptor.update(sealed[:-TAG])
    try:
        return text + decryptor.finalize()
    except InvalidTag:
        raise WrongTag from None


def check_value(key: bytes) -> str:
    """The key check value people compare in a ceremony: six hexadecimal digits.

    For an SM4 key the first three bytes of an encrypted zero block (domain 5.7); this tells 24 of
    the 128 bits of the GHASH key, which leaves a forgery at 2^-104. For an HMAC key the first three
    bytes of the HMAC of a zero block.
    """
    zeros = bytes(BLOCK)
    return (sm4_blocks(key, zeros) if len(key) == BLOCK else hmac_sm3(key, zeros))[:3].hex()
