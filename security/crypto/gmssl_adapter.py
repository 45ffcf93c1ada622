"""SM2 by gmssl 3.2.2, hardened: of that library only the arithmetic of points and of signatures is used.

What the library does wrongly (security design 2.4) is done here: k from `secrets`, Z and e by SM3 of
`cryptography`, C3 compared in constant time, points and ranges checked, DER and C1C3C2, public keys
set past the constructor that strips characters. It takes time that depends on secrets: a fallback for
machines without a fixed libcrypto, and a reference for tests.
"""

import secrets

from cryptography.hazmat.primitives import constant_time
from gmssl.sm2 import CryptSM2

from security.crypto.algorithms import sm3
from security.crypto.backends import DEFAULT_ID, Sm2Backend, Sm2Key, Sm2Refused
from security.crypto.sm2_formats import (
    A,
    B,
    Ciphertext,
    G,
    N,
    checked_key,
    checked_public,
    ciphertext_from_der,
    ciphertext_to_der,
    signature_from_der,
    signature_to_der,
)

_ID_LIMIT = 8191


def signature_digest(public: bytes, message: bytes, user_id: bytes) -> bytes:
    """The digest e = SM3(Z | message), Z of user id, curve and public key (GB/T 32918.2, 5.5 and 6.1)."""
    if len(user_id) > _ID_LIMIT:
        raise Sm2Refused("the user id is too long")
    curve = A.to_bytes(32, "big") + B.to_bytes(32, "big") + G
    z = sm3((8 * len(user_id)).to_bytes(2, "big") + user_id + curve + public)
    return sm3(z + message)


def derived(shared: bytes, size: int) -> bytes:
    """The key derivation function of GB/T 32918.4, 5.4.3: `size` bytes."""
    rounds = (size + 31) // 32
    return b"".join(sm3(shared + count.to_bytes(4, "big")) for count in range(1, rounds + 1))[:size]


class GmsslSm2(Sm2Backend):
    """SM2 with gmssl's point arithmetic."""

    name = "gmssl"

    def generate(self) -> Sm2Key:
        private = 1 + secrets.randbelow(N - 2)
        return Sm2Key(private.to_bytes(32, "big"), _multiplied(private, G))

    def sign(self, key: Sm2Key, message: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
        key = checked_key(key)
        digest = signature_digest(key.public, message, user_id)
        while (signature := signature_with(key, digest, 1 + secrets.randbelow(N - 1))) is None:
            continue  # r or s was 0: once in 2^255
        return signature_to_der(*signature)

    def verify(self, public: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID) -> bool:
        public = checked_public(public)
        try:
            r, s = signature_from_der(signature)
        except Sm2Refused:
            return False
        digest = signature_digest(public, message, user_id)
        try:
            return bool(_library(public=public).verify(f"{r:064x}{s:064x}", digest))
        except TypeError:  # gmssl gives None for the point at infinity, which no right signature meets
            return False

    def encrypt(self, public: bytes, data: bytes) -> bytes:
        public = checked_public(public)
        if not data:
            raise Sm2Refused("there is nothing to encrypt")
        while True:
            k = 1 + secrets.randbelow(N - 1)
            shared = _multiplied(k, public)
            mask = derived(shared, len(data))
            if any(mask):
                break
        point, digest = _multiplied(k, G), sm3(shared[:32] + data + shared[32:])
        return ciphertext_to_der(Ciphertext(point, digest, _xor(data, mask)))

    def decrypt(self, key: Sm2Key, ciphertext: bytes) -> bytes:
        key, parts = checked_key(key), ciphertext_from_der(ciphertext)
        shared = _multiplied(int.from_bytes(key.private, "big"), parts.point)
        data = _xor(parts.masked, derived(shared, len(parts.masked)))
        if not constant_time.bytes_eq(sm3(shared[:32] + data + shared[32:]), parts.digest):
            raise Sm2Refused("the ciphertext is not for this key, or was changed")
        return data


def signature_with(key: Sm2Key, digest: bytes, k: int) -> tuple[int, int] | None:
    """The pair r, s for a given k (which must be random and secret); None where another k is needed."""
    signature = _library(private=key.private).sign(digest, f"{k:064x}")
    return (int(signature[:64], 16), int(signature[64:], 16)) if signature else None


def _library(private: bytes = b"", public: bytes = b"") -> CryptSM2:
    library = CryptSM2(private_key=private.hex(), public_key="")
    library.public_key = public.hex()  # its constructor would strip zeros and fours from the left
    return library


def _multiplied(k: int, point: bytes) -> bytes:
    result: str | None = _library()._kg(k, point.hex())
    if result is None:
        raise Sm2Refused("the point is at infinity")
    return bytes.fromhex(result)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
