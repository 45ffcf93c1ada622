"""Addresses and passwords of an embedded instance: `<var>/run/services.json`, read by `mdm.conf`."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from typing import cast

from mdm.embedded.places import Places

#: Settings that are made up once for an instance and then kept.
SECRETS = (
    "DB_PASSWORD_SUPERUSER",
    "DB_PASSWORD_OWNER",
    "DB_PASSWORD_APP",
    "DB_PASSWORD_ENGINE",
    "VALKEY_PASSWORD",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "S3_INTERNAL_KEY",
    "SECRET_KEY",
)

Addresses = dict[str, str]


def load(places: Places) -> Addresses:
    """What was written before, with missing secrets made up (256 bits each)."""
    file = places.services_file
    known = cast(Addresses, json.loads(file.read_text())) if file.exists() else {}
    return {**{name: secrets.token_urlsafe(32) for name in SECRETS}, **known}


def store(places: Places, addresses: Addresses) -> None:
    """Write the file at once, for the owner's eyes only (mode 0600)."""
    handle, draft = tempfile.mkstemp(dir=places.run)
    with os.fdopen(handle, "w") as file:
        json.dump(addresses, file, indent=1, sort_keys=True)
    os.replace(draft, places.services_file)


def environment(addresses: Addresses, names: Iterable[str] = ()) -> dict[str, str]:
    """The same as `PANORAMA_…` variables, for a process that should not read the file."""
    chosen = set(names) or set(addresses)
    return {f"PANORAMA_{name}": value for name, value in addresses.items() if name in chosen}
