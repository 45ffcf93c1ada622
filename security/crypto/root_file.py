"""The sealed root key file: every version of the root key, sealed under one sealing key.

The sealing key comes from a passphrase (one person, or a file on an unattended machine) or from m of n
shares (`shares`). It seals the versions one by one with SM4-GCM, each bound to the file's header, so that
rotating the root key needs no new shares, and new shares need no new root key.

    {"format": "panorama-root-2",
     "seal": {"kind": "passphrase", "n", "r", "p", "salt"}
           | {"kind": "shares", "id", "needed", "digests": [...], "holders": [...]},
     "roots": [{"version": 1, "sealed": hex}, ...]}
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid, Unavailable
from security.crypto.algorithms import BLOCK, WrongTag
from security.crypto.providers import HeldRoot, replace_file, unwrap, wrap, write_once
from security.crypto.shares import Share, combined, split

#: scrypt cost: 64 MiB and about 0.2 s a guess (RFC 7914; r = 8, p = 1).
_SCRYPT_N = 2**16
_FORMAT = "panorama-root-2"
_FIRST_FORMAT = "panorama-root-1"
_SHORTEST = 12

Json = dict[str, Any]
#: Hands shares out.
Give = Callable[[Sequence[Share]], None]


def _kept_by_caller(shares: Sequence[Share]) -> None:
    """For callers that take the shares as the result."""


@dataclass(frozen=True, slots=True)
class RootFile:
    """The file as read. `roots` are (version, sealed key), oldest first."""

    format: str
    seal: Json
    roots: tuple[tuple[int, bytes], ...]

    @property
    def by_shares(self) -> bool:
        """Whether several custodians open it together."""
        return self.seal.get("kind") == "shares"

    @property
    def needed(self) -> int:
        """How many secrets open it."""
        return int(self.seal["needed"]) if self.by_shares else 1

    def accept(self, share: Share) -> Share:
        """The share, if it is one of this file's.

        Invalid `key.share_foreign` for one of another sealing, `key.share_wrong` for one that was changed.
        """
        told = {"number": share.number}
        if not self.by_shares or share.seal.hex() != self.seal["id"]:
            raise Invalid("key.share_foreign", _("Share %(number)s belongs to another sealing.") % told)
        digests = self.seal["digests"]
        if not 1 <= share.number <= len(digests) or not share.is_proved_by(digests[share.number - 1]):
            raise Invalid("key.share_wrong", _("Share %(number)s is not the one that was given out.") % told)
        return share

    def opened(self, sealing_key: bytes) -> list[tuple[int, bytes]]:
        """Every version of the root key; raises Unavailable `key.root_wrong`."""
        try:
            return [
                (version, unwrap(sealing_key, sealed, self._bound(version))) for version, sealed in self.roots
            ]
        except WrongTag:
            raise wrong_root() from None

    def sealing_key(self, secret: str) -> bytes:
        """The sealing key from a passphrase; a wrong passphrase gives another key."""
        seal = self.seal
        kdf = partial(Scrypt, length=BLOCK, n=int(seal["n"]), r=int(seal["r"]), p=int(seal["p"]))
        return kdf(salt=bytes.fromhex(seal["salt"])).derive(secret.encode())

    def with_roots(self, sealing_key: bytes, roots: Sequence[tuple[int, bytes]]) -> "RootFile":
        """The file with these versions in the place of its own."""
        empty = replace(self, format=_FORMAT, roots=())
        sealed = [(version, wrap(sealing_key, key, empty._bound(version))) for version, key in roots]
        return replace(empty, roots=tuple(sealed))

    def text(self) -> str:
        """What is written to the disk."""
        roots = [{"version": version, "sealed": sealed.hex()} for version, sealed in self.roots]
        return json.dumps({"format": self.format, "seal": self.seal, "roots": roots}, indent=1) + "\n"

    def _bound(self, version: int) -> bytes:
        """What a version is authenticated with: the header, as the first format had it or as ours has."""
        if self.format == _FIRST_FORMAT:
            rest = {name: value for name, value in self.seal.items() if name != "kind"}
            return json.dumps({"format": _FIRST_FORMAT, "version": version, **rest}, sort_keys=True).encode()
        return json.dumps([_FORMAT, self.seal, version], sort_keys=True).encode()


def read_root_file(path: Path) -> RootFile:
    """The file, unopened; raises Unavailable `key.root_missing` or `key.root_wrong`."""
    if not path.exists():
        raise Unavailable(
            "key.root_missing", _("There is no root key yet: make one with `manage.py keys init`.")
        )
    try:
        return _parsed(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise wrong_root() from error


def _parsed(record: Json) -> RootFile:
    if record["format"] == _FIRST_FORMAT:
        seal = {"kind": "passphrase", **{name: record[name] for name in ("n", "r", "p", "salt")}}
        return RootFile(_FIRST_FORMAT, seal, ((int(record["version"]), bytes.fromhex(record["sealed"])),))
    if record["format"] != _FORMAT or not record["roots"]:
        raise ValueError("unknown format")
    roots = tuple((int(root["version"]), bytes.fromhex(root["sealed"])) for root in record["roots"])
    return RootFile(_FORMAT, dict(record["seal"]), roots)


def passphrase_seal(secret: str) -> tuple[RootFile, bytes]:
    """An empty file sealed by a passphrase, and its sealing key. Unavailable `key.passphrase_short`."""
    if len(secret) < _SHORTEST:
        raise Unavailable(
            "key.passphrase_short", _("The passphrase needs at least %s characters.") % _SHORTEST
        )
    seal = {"kind": "passphrase", "n": _SCRYPT_N, "r": 8, "p": 1, "salt": os.urandom(BLOCK).hex()}
    file = RootFile(_FORMAT, seal, ())
    return file, file.sealing_key(secret)


def shares_seal(needed: int, holders: Sequence[str]) -> tuple[RootFile, bytes, list[Share]]:
    """An empty file sealed by shares, its sealing key, and one share for each holder. Invalid
    `key.share_numbers`."""
    key = os.urandom(BLOCK)
    shares = split(key, needed, len(holders))
    seal = {
        "kind": "shares",
        "id": shares[0].seal.hex(),
        "needed": needed,
        "digests": [share.digest() for share in shares],
        "holders": list(holders),
    }
    return RootFile(_FORMAT, seal, ()), key, shares


def make_root_file(path: Path, secret: str) -> bool:
    """Makes a root key sealed by the passphrase; leaves an existing file alone and then returns False."""
    file, key = passphrase_seal(secret)
    return write_once(path, file.with_roots(key, [(1, os.urandom(BLOCK))]).text())


def make_shared_root_file(
    path: Path, needed: int, holders: Sequence[str], give: Give = _kept_by_caller
) -> list[Share]:
    """Makes a root key sealed by shares and gives the shares; none where there is a file already.

    `give` hands them out before there is a file, so that none is ever sealed by shares that nobody has.
    """
    if path.exists():
        return []
    file, key, shares = shares_seal(needed, holders)
    give(shares)
    made = write_once(path, file.with_roots(key, [(1, os.urandom(BLOCK))]).text())
    return shares if made else []


def key_from_shares(file: RootFile, shares: Sequence[Share]) -> bytes:
    """The sealing key from enough accepted shares."""
    return combined(list(shares)[: file.needed])


class OpenRootFile:
    """A root key file together with its sealing key: versions are read, added, removed, resealed."""

    def __init__(self, path: Path, sealing_key: bytes, provider: str) -> None:
        self._path, self._key, self._provider = path, sealing_key, provider
        self._opened()  # a wrong key is refused now

    def roots(self) -> list[HeldRoot]:
        """Every version; read from the disk, because another process may have added one."""
        return [HeldRoot(self._provider, key, version) for version, key in self._opened()]

    def add(self) -> None:
        """A new version after the newest."""
        roots = self._opened()
        self._write([*roots, (max(version for version, _key in roots) + 1, os.urandom(BLOCK))])

    def remove(self, version: int) -> None:
        """Erases a version; the newest stays. Invalid `key.version_unknown`."""
        roots = self._opened()
        left = [root for root in roots if root[0] != version]
        if len(left) == len(roots) or version == max(known for known, _key in roots):
            raise Invalid("key.version_unknown", _("There is no key with id %(id)s.") % {"id": version})
        self._write(left)

    def reshare(self, needed: int, holders: Sequence[str], give: Give = _kept_by_caller) -> list[Share]:
        """Seals all versions under a new sealing key; the shares, or the passphrase, of before open no more.

        `give` hands the new shares out first: what it raises leaves everything as it was.
        """
        file, key, shares = shares_seal(needed, holders)
        give(shares)
        replace_file(self._path, file.with_roots(key, self._opened()).text())
        self._key = key
        return shares

    def _opened(self) -> list[tuple[int, bytes]]:
        return read_root_file(self._path).opened(self._key)

    def _write(self, roots: Sequence[tuple[int, bytes]]) -> None:
        replace_file(self._path, read_root_file(self._path).with_roots(self._key, roots).text())


def open_by_passphrase(path: Path, secret: str, provider: str = "file") -> OpenRootFile:
    """Opens the file; raises Unavailable `key.root_missing`, `key.root_wrong`, or `key.sealed` where it
    takes shares, which are given to the key agent."""
    file = read_root_file(path)
    if file.by_shares:
        raise Unavailable(
            "key.sealed", _("The root key is sealed by shares: set the provider “agent” and unseal it.")
        )
    try:
        key = file.sealing_key(secret)
    except (ValueError, KeyError, TypeError) as error:
        raise wrong_root() from error
    return OpenRootFile(path, key, provider)


def wrong_root() -> Unavailable:
    """The refusal of a file that the secret does not open."""
    return Unavailable(
        "key.root_wrong", _("The passphrase does not open the root key, or its file was changed.")
    )
