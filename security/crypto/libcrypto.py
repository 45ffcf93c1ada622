"""SM2 by the system's OpenSSL 3 or later, through ctypes; calls release the interpreter's lock.

Only functions of the stable EVP interface are used. OpenSSL itself checks points, ranges and C3.
"""

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from security.crypto.backends import DEFAULT_ID, Sm2Backend, Sm2Key, Sm2Refused
from security.crypto.sm2_formats import (
    checked_key,
    checked_public,
    ciphertext_from_der,
    private_to_der,
    public_to_der,
)

_VERSION_STRING = 6  # OPENSSL_VERSION_STRING
_ID_LIMIT = 8191  # the length in bits is two bytes

_POINTER, _INT, _LONG, _SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_size_t
_TEXT = ctypes.c_char_p
_SIZE_OUT = ctypes.POINTER(_SIZE)
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version": (_TEXT, (_INT,)),
    "d2i_AutoPrivateKey": (_POINTER, (_POINTER, ctypes.POINTER(_TEXT), _LONG)),
    "d2i_PUBKEY": (_POINTER, (_POINTER, ctypes.POINTER(_TEXT), _LONG)),
    "i2d_PUBKEY": (_INT, (_POINTER, ctypes.POINTER(_POINTER))),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_new": (_POINTER, (_POINTER, _POINTER)),
    "EVP_PKEY_CTX_new_from_name": (_POINTER, (_POINTER, _TEXT, _POINTER)),
    "EVP_PKEY_CTX_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_set1_id": (_INT, (_POINTER, _TEXT, _INT)),
    "EVP_PKEY_keygen_init": (_INT, (_POINTER,)),
    "EVP_PKEY_generate": (_INT, (_POINTER, ctypes.POINTER(_POINTER))),
    "EVP_PKEY_get_bn_param": (_INT, (_POINTER, _TEXT, ctypes.POINTER(_POINTER))),
    "BN_bn2binpad": (_INT, (_POINTER, _TEXT, _INT)),
    "BN_clear_free": (None, (_POINTER,)),
    "EVP_MD_CTX_new": (_POINTER, ()),
    "EVP_MD_CTX_free": (None, (_POINTER,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_POINTER, _POINTER)),
    "EVP_sm3": (_POINTER, ()),
    "EVP_DigestSignInit": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _POINTER)),
    "EVP_DigestSign": (_INT, (_POINTER, _TEXT, _SIZE_OUT, _TEXT, _SIZE)),
    "EVP_DigestVerifyInit": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _POINTER)),
    "EVP_DigestVerify": (_INT, (_POINTER, _TEXT, _SIZE, _TEXT, _SIZE)),
    "EVP_PKEY_encrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_encrypt": (_INT, (_POINTER, _TEXT, _SIZE_OUT, _TEXT, _SIZE)),
    "EVP_PKEY_decrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_decrypt": (_INT, (_POINTER, _TEXT, _SIZE_OUT, _TEXT, _SIZE)),
    "ERR_clear_error": (None, ()),
}


@cache
def _library() -> Any:
    """The loaded library with typed functions; None if there is none of version 3 or later."""
    name = ctypes.util.find_library("crypto") or "libcrypto.so.3"
    try:
        library = ctypes.CDLL(name)
        for function, (result, arguments) in _SIGNATURES.items():
            entry = getattr(library, function)
            entry.restype, entry.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return library


def version() -> str | None:
    """What the library calls itself ("3.0.22"); None where SM2 by it is impossible."""
    library = _library()
    return None if library is None else str(library.OpenSSL_version(_VERSION_STRING).decode())


class LibcryptoSm2(Sm2Backend):
    """SM2 by EVP."""

    name = "libcrypto"

    def generate(self) -> Sm2Key:
        library, pair = _library(), _POINTER()
        with _owned(library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), library.EVP_PKEY_CTX_free) as ctx:
            _done(library.EVP_PKEY_keygen_init(ctx))
            _done(library.EVP_PKEY_generate(ctx, ctypes.byref(pair)))
        with _owned(pair.value, library.EVP_PKEY_free) as key:
            return Sm2Key(_private_of(key), _public_of(key))

    def sign(self, key: Sm2Key, message: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
        with _private(key) as pkey, _digesting(pkey, user_id) as digest:
            library = _library()
            _done(library.EVP_DigestSignInit(digest, None, library.EVP_sm3(), None, pkey))
            return _filled(lambda out, size: library.EVP_DigestSign(digest, out, size, message, len(message)))

    def verify(self, public: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID) -> bool:
        library = _library()
        with _public(public) as pkey, _digesting(pkey, user_id) as digest:
            _done(library.EVP_DigestVerifyInit(digest, None, library.EVP_sm3(), None, pkey))
            result = library.EVP_DigestVerify(digest, signature, len(signature), message, len(message))
            library.ERR_clear_error()
            return bool(result == 1)

    def encrypt(self, public: bytes, data: bytes) -> bytes:
        if not data:
            raise Sm2Refused("there is nothing to encrypt")
        library = _library()
        with _public(public) as pkey, _context(pkey) as ctx:
            _done(library.EVP_PKEY_encrypt_init(ctx))
            return _filled(lambda out, size: library.EVP_PKEY_encrypt(ctx, out, size, data, len(data)))

    def decrypt(self, key: Sm2Key, ciphertext: bytes) -> bytes:
        ciphertext_from_der(ciphertext)  # strict form and point, before the library sees it
        library = _library()
        with _private(key) as pkey, _context(pkey) as ctx:
            _done(library.EVP_PKEY_decrypt_init(ctx))
            size = len(ciphertext)
            return _filled(lambda out, room: library.EVP_PKEY_decrypt(ctx, out, room, ciphertext, size))


def _done(result: int) -> None:
    if result != 1:
        _library().ERR_clear_error()
        raise Sm2Refused("libcrypto refused the operation")


def _filled(call: Callable[[Any, Any], int]) -> bytes:
    """Output of a function that first tells the room it needs."""
    size = _SIZE(0)
    _done(call(None, ctypes.byref(size)))
    out = ctypes.create_string_buffer(size.value)
    _done(call(out, ctypes.byref(size)))
    return out.raw[: size.value]


@contextmanager
def _owned(pointer: int | None, free: Callable[[Any], None]) -> Iterator[int]:
    if not pointer:
        _library().ERR_clear_error()
        raise Sm2Refused("libcrypto refused the key")
    try:
        yield pointer
    finally:
        free(pointer)


@contextmanager
def _private(key: Sm2Key) -> Iterator[int]:
    der = private_to_der(checked_key(key))
    with _owned(_decoded("d2i_AutoPrivateKey", der), _library().EVP_PKEY_free) as pkey:
        yield pkey


@contextmanager
def _public(public: bytes) -> Iterator[int]:
    der = public_to_der(checked_public(public))
    with _owned(_decoded("d2i_PUBKEY", der), _library().EVP_PKEY_free) as pkey:
        yield pkey


def _decoded(function: str, der: bytes) -> int | None:
    start = ctypes.c_char_p(der)
    pointer: int | None = getattr(_library(), function)(None, ctypes.byref(start), len(der))
    return pointer


@contextmanager
def _context(pkey: int) -> Iterator[int]:
    library = _library()
    with _owned(library.EVP_PKEY_CTX_new(pkey, None), library.EVP_PKEY_CTX_free) as ctx:
        yield ctx


@contextmanager
def _digesting(pkey: int, user_id: bytes) -> Iterator[int]:
    """A digest context whose Z is made with `user_id`."""
    if len(user_id) > _ID_LIMIT:
        raise Sm2Refused("the user id is too long")
    library = _library()
    with _context(pkey) as ctx, _owned(library.EVP_MD_CTX_new(), library.EVP_MD_CTX_free) as digest:
        _done(library.EVP_PKEY_CTX_set1_id(ctx, user_id, len(user_id)))
        library.EVP_MD_CTX_set_pkey_ctx(digest, ctx)
        yield digest


def _private_of(pkey: int) -> bytes:
    library, number, out = _library(), _POINTER(), ctypes.create_string_buffer(32)
    _done(library.EVP_PKEY_get_bn_param(pkey, b"priv", ctypes.byref(number)))
    with _owned(number.value, library.BN_clear_free) as held:
        if library.BN_bn2binpad(held, out, 32) != 32:
            raise Sm2Refused("the private key has a wrong length")
    return out.raw


def _public_of(pkey: int) -> bytes:
    library, size = _library(), _library().i2d_PUBKEY(pkey, None)
    buffer = ctypes.create_string_buffer(size)
    place = _POINTER(ctypes.addressof(buffer))
    library.i2d_PUBKEY(pkey, ctypes.byref(place))
    return checked_public(buffer.raw[-64:])
