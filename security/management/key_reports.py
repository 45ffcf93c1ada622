"""What `keys status` tells, as data and as lines for people."""

from collections.abc import Iterable
from typing import Any

from mdm.conf import Conf
from security.access.actor import system_actor
from security.crypto import keyring
from security.crypto.agent_client import agent_client
from security.crypto.providers import provider_name
from security.models.keys import KeyState
from security.selectors.keys import VIEW, KeyView, key_tree

Result = dict[str, Any]


def status(conf: Conf) -> Result:
    """Opens every key, and counts the values under each; `values` is their sum. Raises what is wrong."""
    keyring.verify()
    tree = key_tree(system_actor("keys", [VIEW]))
    data = [key for key in tree if key.level == "L3"]
    root = keyring.in_use_root()
    return {
        "level": "L3",
        "version": max((key.version for key in data if key.state == KeyState.ACTIVE), default=0),
        "values": sum(key.total for key in data),
        "reencrypted": 0,
        "root": {"provider": root.provider, "version": root.version, "check": root.check},
        "roots": [_told(key) for key in tree if key.level == "L1"],
        "domains": [{"domain": key.name, **_told(key)} for key in tree if key.level == "L2"],
        "keys": [
            {"key": key.key_id, "purpose": key.name, **_told(key), "values": key.values} for key in data
        ],
        "agent": agent_client(conf).status() if provider_name(conf) == "agent" else None,
    }


def _told(key: KeyView) -> Result:
    return {
        "version": key.version,
        "state": key.state,
        "check": key.check,
        "created_by": key.created_by,
        "since": key.state_since.isoformat() if key.state_since else None,
    }


def lines(result: Result) -> Iterable[str]:
    """The result for people."""
    for key in result.pop("keys", ()):
        held = ", ".join(f"{column} {values}" for column, values in key["values"].items())
        named = f"{key['key']:6} {key['purpose']:45} v{key['version']:<3}"
        yield f"{named} {key['state']:13} {key['check']}  {held}"
    for domain in result.pop("domains", ()):
        yield f"   L2  {domain['domain']:45} v{domain['version']:<3} {domain['state']:13} {domain['check']}"
    root = result.pop("root", {"provider": ""})
    for key in result.pop("roots", ()):
        yield f"   L1  {root['provider']:45} v{key['version']:<3} {key['state']:13} {key['check']}"
    yield "  ".join(f"{name} {value}" for name, value in result.items() if value not in (None, []))
