"""What data keys there are: each column, index kind and store names its own, when its module is imported."""

import re
from dataclasses import dataclass
from typing import Literal

Algorithm = Literal["SM4-GCM", "HMAC-SM3"]

_NAME = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_LONGEST = 128


@dataclass(frozen=True, slots=True, order=True)
class Purpose:
    """What one data key is for: `name` is "table.column", "index.KIND" or "store.NAME".

    `domain` names the key-encryption key above it (security design 3.1): party-pii, credential,
    blind-index, object-store and so on.
    """

    name: str
    domain: str
    algorithm: Algorithm = "SM4-GCM"


_registered: dict[str, Purpose] = {}


def register(name: str, domain: str, algorithm: Algorithm = "SM4-GCM") -> Purpose:
    """Names a purpose, so that `keys init` makes its key; naming it twice alike is allowed.

    Raises ValueError for a bad name and for the same name with another domain or algorithm.
    """
    if not _NAME.match(name) or len(name) > _LONGEST:
        raise ValueError(f"not a purpose: {name!r}")
    purpose = Purpose(name, domain, algorithm)
    if _registered.setdefault(name, purpose) != purpose:
        raise ValueError(f"purpose {name} is already registered as {_registered[name]}")
    return purpose


def purpose_named(name: str) -> Purpose | None:
    """The registered purpose, if any."""
    return _registered.get(name)


def registered_purposes() -> tuple[Purpose, ...]:
    """All purposes that this process's modules registered, by name."""
    return tuple(sorted(_registered.values()))


#: What wraps the keys of sealed objects (`files`).
STORE = register("store.objects", "object-store").name
