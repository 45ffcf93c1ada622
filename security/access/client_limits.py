"""What limits a client system: where it may call from, how often, whether it must sign; and what loosens that."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from mdm.conf import conf
from security.models import ApiClient

#: Calls a client may make in a window of time where it has no quota of its own.
QUOTA = int(conf.get("API_QUOTA", "600"))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a client: networks in CIDR notation (none: anywhere), calls a minute (None: as for all)."""

    networks: tuple[str, ...]
    quota: int | None
    signed_only: bool

    def told(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"networks": list(self.networks), "quota": self.quota, "signed_only": self.signed_only}

    def loosens(self, old: "Limits") -> bool:
        """Whether anything gets in under these limits that the old ones kept out. The networks are valid."""
        return (
            (old.signed_only and not self.signed_only)
            or (self.quota or QUOTA) > (old.quota or QUOTA)
            or not _within(self.networks, old.networks)
        )


def limits_of(client: ApiClient) -> Limits:
    """The limits that hold for a client now."""
    return Limits(tuple(client.networks), client.quota, client.signed_only)


def _within(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether every address of the new networks was in the old ones."""
    if not old:
        return True
    return bool(new) and all(any(_inside(one, wide) for wide in old) for one in new)


def _inside(one: str, wide: str) -> bool:
    inner, outer = ip_network(one), ip_network(wide)
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
