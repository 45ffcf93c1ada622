"""Keyed digests of normalised values: what exact search, uniqueness and blocking use instead of clear text.

    HMAC-SM3(key of the kind, "ecif|bi|" kind "|" normalisation version "|" value), truncated

(security design 3.3). Each kind has a key of its own, so that equal values of two kinds differ. A kind
is declared when its module is imported, so that `keys init` makes its key:

    blind_index.declare("MOBILE")

While a key is rotated there are two versions: writers write each value under both (`written`), searches ask
for both (`candidates`). A changed normalisation is declared with its new number, and searches go on asking for
the numbers since `oldest`; rotating the kind's key writes everything anew in the new normalisation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from cryptography.hazmat.primitives import hmac
from numpy.typing import NDArray

from security.crypto import keyring
from security.crypto.handles import DataKeyHandle
from security.crypto.purposes import register

#: Bytes of a digest kept in the lookup index.
SIZE = 16
_TOKEN = 8
#: Bytes of a whole digest.
_DIGEST = 32

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Version:
    """What a digest is made with: a version of the kind's key, and of the normalisation. Not kept for long."""

    handle: DataKeyHandle
    norm: int

    @property
    def key(self) -> int:
        """The version of the key, as rows of an index name it."""
        return self.handle.version


class _Norms(NamedTuple):
    """The normalisation of values written now, and the oldest one that stored digests may be of."""

    current: int
    oldest: int


_normalisations: dict[str, _Norms] = {}


def declare(kind: str, norm_version: int = 1, *, oldest: int | None = None) -> str:
    """Names a kind of lookup and the version of the normalisation its values went through; gives it back.

    `oldest` is the first normalisation that is still searched for (else the current one).
    Raises ValueError when the kind was declared with another version.
    """
    register(purpose_of(kind), "blind-index", "HMAC-SM3")
    norms = _Norms(norm_version, norm_version if oldest is None else oldest)
    if _normalisations.setdefault(kind, norms) != norms:
        raise ValueError(f"lookup kind {kind} is declared with normalisation {_normalisations[kind].current}")
    return kind


def written(kind: str) -> list[Version]:
    """What every value of the kind is written under: one version, the newest of two while a key is rotated."""
    live = sorted(keyring.versions(purpose_of(kind)), key=lambda key: -key.version)
    return [Version(key, _norms(kind).current) for key in live]


def searched(kind: str) -> list[Version]:
    """What a search of the kind asks under, the key in use and the current normalisation first."""
    live, norms = keyring.versions(purpose_of(kind)), _norms(kind)
    return [Version(key, norm) for norm in range(norms.current, norms.oldest - 1, -1) for key in live]


def in_use(kind: str) -> Version:
    """The version that everything stored is under, at every moment of a rotation."""
    return Version(keyring.current(purpose_of(kind)), _norms(kind).current)


def digest(kind: str, normalised: str) -> bytes:
    """16 bytes; the value must be normalised by the caller. Raises ValueError for a blank one."""
    return _one(digest_column(kind, [normalised]))


def digest_column(
    kind: str, values: Sequence[str | None], version: Version | None = None
) -> list[bytes | None]:
    """Digests in order, under the version in use unless told; blank values have none. About 1 us a value.

    Raises Unavailable `key.purpose_unknown` for a kind that nobody declared.
    """
    return _column(_base(kind, version), values, _first_bytes)


def token(kind: str, value: str) -> int:
    """A digest as a signed 64-bit number, for bigint arrays. Raises ValueError for a blank value."""
    return _one(token_column(kind, [value]))


def token_column(kind: str, values: Sequence[str | None], version: Version | None = None) -> list[int | None]:
    """Tokens in order, under the version in use unless told; blank values have none. About 1 us a value."""
    return _column(_base(kind, version), values, _numbers)


def token_array(kind: str, values: Sequence[str], version: Version | None = None) -> NDArray[np.uint64]:
    """Tokens of distinct values that are not blank, in order, unsigned: what `token` says, for numpy."""
    return _first_numbers(_digests(_base(kind, version), values), ">u8").astype(np.uint64)


def candidates(kind: str, normalised: str) -> list[bytes]:
    """The digests under every version that may be stored, the one in use first: what a search tries."""
    return [_one(digest_column(kind, [normalised], version)) for version in searched(kind)]


def _base(kind: str, version: Version | None) -> hmac.HMAC:
    """The kind's key with the fixed part of the message absorbed."""
    chosen = version or in_use(kind)
    return chosen.handle.keyed(f"ecif|bi|{kind}|{chosen.norm}|".encode())


def _norms(kind: str) -> _Norms:
    return _normalisations.get(kind, _Norms(1, 1))


def purpose_of(kind: str) -> str:
    """The key purpose of a kind."""
    return f"index.{kind}"


def _column(
    base: hmac.HMAC, values: Sequence[str | None], shape: Callable[[list[bytes]], Sequence[Result]]
) -> list[Result | None]:
    """Every distinct value is digested once: surnames and initials come again and again."""
    distinct = [value for value in dict.fromkeys(values) if value and not value.isspace()]
    found: dict[str | None, Result] = dict(zip(distinct, shape(_digests(base, distinct)), strict=True))
    return list(map(found.get, values))


def _digests(base: hmac.HMAC, values: Sequence[str]) -> list[bytes]:
    """The whole digests of values, in order."""
    copy, whole = base.copy, []
    for value in values:
        state = copy()
        state.update(value.encode())
        whole.append(state.finalize())
    return whole


def _first_bytes(whole: list[bytes]) -> list[bytes]:
    return [digest[:SIZE] for digest in whole]


def _numbers(whole: list[bytes]) -> list[int]:
    found: list[int] = _first_numbers(whole, ">i8").tolist()
    return found


def _first_numbers(whole: list[bytes], kind: str) -> NDArray[Any]:
    """The first eight bytes of each digest (32 bytes) as a number."""
    return np.frombuffer(b"".join(whole), dtype=kind)[:: _DIGEST // _TOKEN]


def _one(found: Sequence[Result | None]) -> Result:
    if found[0] is None:
        raise ValueError("a blank value has no digest")
    return found[0]
