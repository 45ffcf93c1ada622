"""Keyed digests of normalised values: what exact search, uniqueness and blocking use instead of clear text.

    HMAC-SM3(key of the kind, "ecif|bi|" kind "|" normalisation version "|" value), truncated

(security design 3.3). Each kind has a key of its own, so that equal values of two kinds differ. A kind
is declared when its module is imported, so that `keys init` makes its key:

    blind_index.declare("MOBILE")
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from cryptography.hazmat.primitives import hmac

from security.crypto import keyring
from security.crypto.purposes import register

#: Bytes of a digest kept in the lookup index.
SIZE = 16
_TOKEN = 8

Result = TypeVar("Result")
_normalisations: dict[str, int] = {}


def declare(kind: str, norm_version: int = 1) -> str:
    """Names a kind of lookup and the version of the normalisation its values went through; gives it back.

    Raises ValueError when the kind was declared with another version.
    """
    register(_purpose(kind), "blind-index", "HMAC-SM3")
    if _normalisations.setdefault(kind, norm_version) != norm_version:
        raise ValueError(f"lookup kind {kind} is declared with normalisation {_normalisations[kind]}")
    return kind


def digest(kind: str, normalised: str) -> bytes:
    """16 bytes; the value must be normalised by the caller. Raises ValueError for a blank one."""
    return _one(digest_column(kind, [normalised]))


def digest_column(kind: str, values: Sequence[str | None]) -> list[bytes | None]:
    """Digests in order; blank values have none. About 1 us a value.

    Raises Unavailable `key.purpose_unknown` for a kind that nobody declared.
    """
    return _column(_base(kind), values, _first_bytes)


def token(kind: str, value: str) -> int:
    """A digest as a signed 64-bit number, for bigint arrays. Raises ValueError for a blank value."""
    return _one(token_column(kind, [value]))


def token_column(kind: str, values: Sequence[str | None]) -> list[int | None]:
    """Tokens in order; blank values have none. About 1 us a value."""
    return _column(_base(kind), values, _number)


def candidates(kind: str, normalised: str) -> list[bytes]:
    """The digests under every key version that still opens, the one in use first: what a search tries."""
    prefix = _prefix(kind)
    bases = [key.keyed(prefix) for key in keyring.versions(_purpose(kind))]
    return [_one(_column(base, [normalised], _first_bytes)) for base in bases]


def _base(kind: str) -> hmac.HMAC:
    """The kind's key with the fixed part of the message absorbed."""
    return keyring.current(_purpose(kind)).keyed(_prefix(kind))


def _prefix(kind: str) -> bytes:
    return f"ecif|bi|{kind}|{_normalisations.get(kind, 1)}|".encode()


def _purpose(kind: str) -> str:
    return f"index.{kind}"


def _column(
    base: hmac.HMAC, values: Sequence[str | None], shape: Callable[[bytes], Result]
) -> list[Result | None]:
    """Every distinct value is digested once: surnames and initials come again and again."""
    found: dict[str | None, Result | None] = dict.fromkeys(values)
    for value in found:
        if value and not value.isspace():
            state = base.copy()
            state.update(value.encode())
            found[value] = shape(state.finalize())
    return [found[value] for value in values]


def _first_bytes(whole: bytes) -> bytes:
    return whole[:SIZE]


def _number(whole: bytes) -> int:
    return int.from_bytes(whole[:_TOKEN], "big", signed=True)


def _one(found: Sequence[Result | None]) -> Result:
    if found[0] is None:
        raise ValueError("a blank value has no digest")
    return found[0]
