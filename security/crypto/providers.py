"""The root key (level 1) behind a small interface modelled on GM/T 0018: it wraps, unwraps and authenticates.

The root key never reaches the database. Which provider serves is `PANORAMA_ROOT_KEY_PROVIDER`:

- `environment` (development, test, demo): `PANORAMA_ROOT_KEY` in hexadecimal, or a file made on first use;
- `file` (default in production): a file sealed by a passphrase, which each process opens at its start;
- `agent`: the same kind of file, sealed by shares or a passphrase, held open by one agent on the machine,
  which starts sealed (`security.crypto.agent`);
- `pkcs11`: a crypto machine; the key never leaves it (`security.crypto.hsm`).
"""

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from mdm.conf import Conf
from mdm.errors import Unavailable
from security.crypto.algorithms import BLOCK, NONCE, check_value, gcm_open, gcm_seal, hmac_sm3

#: The label under which the key that authenticates key rows is derived from the root key.
_MAC_LABEL = b"panorama|root|row-mac|1"


@dataclass(frozen=True, slots=True)
class RootInfo:
    """What may be told of a root key: its provider, version and check value."""

    provider: str
    version: int
    check: str


class RootProvider(ABC):
    """Level 1. Implementations keep the key inside (a process, another process, a crypto machine).

    An object speaks for one version, the newest where it was asked for none; `at` gives the others.
    """

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

    def macs(self, data: Sequence[bytes]) -> list[bytes]:
        """`mac` of each; a provider in another process does it in one call."""
        return [self.mac(one) for one in data]

    def at(self, version: int) -> "RootProvider":
        """The root key in that version; itself where it does not hold that one, which the caller refuses."""
        return self

    def generate(self) -> RootInfo:
        """Makes the next version, to be put into use by re-wrapping level 2. Unavailable `key.root_fixed`."""
        raise root_fixed()

    def remove(self, version: int) -> None:
        """Destroys a version for ever. Unavailable `key.root_fixed` where that is not in our hands."""
        raise root_fixed()

    def check_open(self) -> None:
        """Raises Unavailable `key.sealed` where the root key has been sealed since."""
        self.info()


class HeldRoot(RootProvider):
    """One version of a root key, held by this process."""

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


class RootVersions(RootProvider):
    """Several versions from one place, which is read again when a version is asked for that is not known."""

    def __init__(
        self,
        read: Callable[[], Sequence[RootProvider]],
        add: Callable[[], None] | None = None,
        drop: Callable[[int], None] | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self._read, self._add, self._drop, self._check = read, add, drop, check
        self._known: list[RootProvider] = list(read())

    @property
    def _newest(self) -> RootProvider:
        return max(self._known, key=lambda one: one.info().version)

    def info(self) -> RootInfo:
        return self._newest.info()

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        return self._newest.wrap(key, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        return self._newest.unwrap(wrapped, bound)

    def mac(self, data: bytes) -> bytes:
        return self._newest.mac(data)

    def macs(self, data: Sequence[bytes]) -> list[bytes]:
        return self._newest.macs(data)

    def at(self, version: int) -> RootProvider:
        return self._held(version) or self._reread(version) or self._newest

    def generate(self) -> RootInfo:
        if self._add is None:
            raise root_fixed()
        self._add()
        self._known = list(self._read())
        return self.info()

    def remove(self, version: int) -> None:
        if self._drop is None:
            raise root_fixed()
        self._drop(version)
        self._known = list(self._read())

    def check_open(self) -> None:
        if self._check is not None:
            self._check()

    def _held(self, version: int) -> RootProvider | None:
        return next((one for one in self._known if one.info().version == version), None)

    def _reread(self, version: int) -> RootProvider | None:
        self._known = list(self._read())
        return self._held(version)


def root_fixed() -> Unavailable:
    """The refusal of providers that make no versions."""
    return Unavailable("key.root_fixed", _("This provider's root key is changed outside of the product."))


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
    `key.root_missing`, `key.root_wrong`, `key.sealed`.
    """
    name = provider_name(conf)
    if name not in PROVIDERS:
        raise Unavailable(
            "key.provider_unknown", _("There is no root key provider named %(name)s.") % {"name": name}
        )
    return PROVIDERS[name](conf)


def provider_name(conf: Conf) -> str:
    """What `PANORAMA_ROOT_KEY_PROVIDER` says, or what this environment defaults to."""
    return conf.get("ROOT_KEY_PROVIDER", "file" if conf.production else "environment")


def _environment_root(conf: Conf) -> RootProvider:
    """Keys in hexadecimal, oldest first: separated by commas in the variable, one a line in the file."""
    if conf.production:
        raise Unavailable(
            "key.provider_refused",
            _("The environment provider is for development, tests and demonstrations only."),
        )
    if told := conf.get("ROOT_KEY"):
        return RootVersions(lambda: _held_keys(told.split(",")))
    path = conf.var / "keys" / "root.key"
    if not path.exists():  # of two that make it at once one wins
        write_once(path, secrets.token_hex(BLOCK) + "\n")
    return RootVersions(lambda: _held_keys(path.read_text().split()), lambda: _one_more(path))


def _held_keys(texts: Sequence[str]) -> list[HeldRoot]:
    return [
        HeldRoot("environment", _key_from_hex(text), version) for version, text in enumerate(texts, start=1)
    ]


def _key_from_hex(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != BLOCK:
        raise Unavailable("key.root_wrong", _("The root key is not 32 hexadecimal digits."))
    return key


def _one_more(path: Path) -> None:
    replace_file(path, path.read_text() + secrets.token_hex(BLOCK) + "\n")


def write_once(path: Path, text: str) -> bool:
    """Writes a private file whole and only if none is there; says whether it was this call that wrote."""
    draft = _draft(path, text)
    try:
        os.link(draft, path)  # unlike a rename, refuses to replace
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace_file(path: Path, text: str) -> None:
    """Writes a private file whole in the place of what is there; after a crash either is there."""
    os.replace(_draft(path, text), path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _draft(path: Path, text: str) -> Path:
    """The text in a private file beside `path`, safely on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def root_file(conf: Conf) -> Path:
    """Where the sealed root key lies: `PANORAMA_ROOT_KEY_FILE`, else under `var`."""
    return Path(conf.get("ROOT_KEY_FILE") or conf.var / "keys" / "root.sealed.json")


def passphrase(conf: Conf) -> str:
    """The passphrase of the sealed root key, from the environment or from a file that it names."""
    if path := conf.get("ROOT_PASSPHRASE_FILE"):
        return Path(path).read_text().rstrip("\r\n")
    return conf.get("ROOT_PASSPHRASE")


def _file_root(conf: Conf) -> RootProvider:
    from security.crypto.root_file import open_by_passphrase  # builds on this module

    opened = open_by_passphrase(root_file(conf), passphrase(conf))
    return RootVersions(opened.roots, opened.add, opened.remove)


def _agent_root(conf: Conf) -> RootProvider:
    from security.crypto.agent_client import agent_root  # builds on this module

    return agent_root(conf)


def _pkcs11_root(conf: Conf) -> RootProvider:
    from security.crypto.hsm import pkcs11_root  # only where such a machine is used: it needs an extra

    return pkcs11_root(conf)


#: What `PANORAMA_ROOT_KEY_PROVIDER` may name.
PROVIDERS: Mapping[str, Callable[[Conf], RootProvider]] = {
    "environment": _environment_root,
    "file": _file_root,
    "agent": _agent_root,
    "pkcs11": _pkcs11_root,
}
