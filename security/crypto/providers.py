"""The root key (level 1) behind a small interface modelled on GM/T 0018: it wraps, unwraps and authenticates.

The root key never reaches the database. Which provider serves is `PANORAMA_ROOT_KEY_PROVIDER`:

- `environment` (development, test, demo): `PANORAMA_ROOT_KEY` in hexadecimal, or a file made on first use;
- `file` (default in production): a file sealed by a passphrase.
"""

import json
import os
import secrets
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext_lazy as _

from mdm.conf import Conf
from mdm.errors import Unavailable
from security.crypto.algorithms import BLOCK, NONCE, WrongTag, check_value, gcm_open, gcm_seal, hmac_sm3

#: The label under which the key that authenticates key rows is derived from the root key.
_MAC_LABEL = b"panorama|root|row-mac|1"
#: scrypt cost: 64 MiB and about 0.2 s a guess (RFC 7914; r = 8, p = 1).
_SCRYPT_N = 2**16
_FILE_FORMAT = "panorama-root-1"


@dataclass(frozen=True, slots=True)
class RootInfo:
    """What may be told of a root key: its provider, version and check value."""

    provider: str
    version: int
    check: str


class RootProvider(ABC):
    """Level 1. Implementations keep the key inside (a process, a file's seal, a crypto machine)."""

    @abstractmethod
    def info(self) -> RootInfo:
        """Provider, version and check value."""

    @abstractmethod
    def wrap(self, key: bytes, bound: bytes) -> bytes:
        """Encrypts a level 2 key, authenticated together with `bound`."""

    @abstractmethod
    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """The level 2 key; raises WrongTag."""

    @abstractmethod
    def mac(self, data: bytes) -> bytes:
        """Authenticates a key row: 32 bytes under a key derived from the root key."""


class HeldRoot(RootProvider):
    """A root key held by this process: what both software providers come to once they are open."""

    def __init__(self, provider: str, key: bytes, version: int = 1) -> None:
        self._key = key
        self._mac_key = hmac_sm3(key, _MAC_LABEL)
        self._info = RootInfo(provider, version, check_value(key))

    def info(self) -> RootInfo:
        return self._info

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        return wrap(self._key, key, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        return unwrap(self._key, wrapped, bound)

    def mac(self, data: bytes) -> bytes:
        return hmac_sm3(self._mac_key, data)


def wrap(wrapping_key: bytes, key: bytes, bound: bytes) -> bytes:
    """nonce(12) | SM4-GCM(key) | tag(16): how each level wraps the one below."""
    nonce = os.urandom(NONCE)
    return nonce + gcm_seal(wrapping_key, nonce, key, bound)


def unwrap(wrapping_key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    """The key inside; raises WrongTag."""
    return gcm_open(wrapping_key, wrapped[:NONCE], wrapped[NONCE:], bound)


def root_provider(conf: Conf) -> RootProvider:
    """The provider the configuration names.

    Raises Unavailable: `key.provider_unknown`, `key.provider_refused` (environment in production),
    `key.root_missing`, `key.root_wrong`.
    """
    name = provider_name(conf)
    if name == "environment":
        return _environment_root(conf)
    if name == "file":
        return open_root_file(root_file(conf), passphrase(conf))
    raise Unavailable(
        "key.provider_unknown", _("There is no root key provider named %(name)s.") % {"name": name}
    )


def provider_name(conf: Conf) -> str:
    """What `PANORAMA_ROOT_KEY_PROVIDER` says, or what this environment defaults to."""
    return conf.get("ROOT_KEY_PROVIDER", "file" if conf.production else "environment")


def _environment_root(conf: Conf) -> RootProvider:
    if conf.production:
        raise Unavailable(
            "key.provider_refused",
            _("The environment provider is for development, tests and demonstrations only."),
        )
    text = conf.get("ROOT_KEY") or _first_use(conf.var / "keys" / "root.key")
    return HeldRoot("environment", _key_from_hex(text))


def _key_from_hex(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != BLOCK:
        raise Unavailable("key.root_wrong", _("The root key is not 32 hexadecimal digits."))
    return key


def _first_use(path: Path) -> str:
    """The key in the file, made now if there is none; of two that make it at once one wins."""
    if not path.exists():
        write_once(path, secrets.token_hex(BLOCK) + "\n")
    return path.read_text().strip()


def write_once(path: Path, text: str) -> bool:
    """Writes a private file whole and only if none is there; says whether it was this call that wrote."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, refuses to replace
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def root_file(conf: Conf) -> Path:
    """Where the sealed root key lies: `PANORAMA_ROOT_KEY_FILE`, else under `var`."""
    return Path(conf.get("ROOT_KEY_FILE") or conf.var / "keys" / "root.sealed.json")


def passphrase(conf: Conf) -> str:
    """The passphrase of the sealed root key, from the environment or from a file that it names."""
    if path := conf.get("ROOT_PASSPHRASE_FILE"):
        return Path(path).read_text().rstrip("\r\n")
    return conf.get("ROOT_PASSPHRASE")


def make_root_file(path: Path, secret: str) -> bool:
    """Makes a root key sealed by the passphrase; leaves an existing file alone and then returns False."""
    if len(secret) < 12:
        raise Unavailable("key.passphrase_short", _("The passphrase needs at least 12 characters."))
    salt = os.urandom(BLOCK)
    record = {"format": _FILE_FORMAT, "version": 1, "n": _SCRYPT_N, "r": 8, "p": 1, "salt": salt.hex()}
    sealed = wrap(_stretched(secret, record), os.urandom(BLOCK), _bound(record))
    return write_once(path, json.dumps({**record, "sealed": sealed.hex()}, indent=1) + "\n")


def open_root_file(path: Path, secret: str) -> RootProvider:
    """Opens the sealed root key; raises Unavailable `key.root_missing` or `key.root_wrong`."""
    if not path.exists():
        raise Unavailable(
            "key.root_missing", _("There is no root key yet: make one with `manage.py keys init`.")
        )
    try:
        record = json.loads(path.read_text())
        sealed = bytes.fromhex(record.pop("sealed"))
        key = unwrap(_stretched(secret, record), sealed, _bound(record))
    except (ValueError, KeyError, TypeError) as error:
        wrong = _("The passphrase does not open the root key, or its file was changed.")
        raise Unavailable("key.root_wrong", wrong) from (None if isinstance(error, WrongTag) else error)
    return HeldRoot("file", key, int(record["version"]))


def _stretched(secret: str, record: dict[str, Any]) -> bytes:
    kdf = partial(Scrypt, length=BLOCK, n=int(record["n"]), r=int(record["r"]), p=int(record["p"]))
    return kdf(salt=bytes.fromhex(record["salt"])).derive(secret.encode())


def _bound(record: dict[str, Any]) -> bytes:
    """The file's other entries, authenticated with the key."""
    return json.dumps(record, sort_keys=True).encode()
