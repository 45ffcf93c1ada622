"""The network address of who really calls, where proxies stand in front of us."""

from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

#: The name of a Unix socket among the trusted proxies: who connects there has no address.
UNIX = "unix"
#: Longest list of proxies that is read.
MOST = 20


def client_address(meta: Mapping[str, Any], proxies: Sequence[str]) -> str:
    """The address of the caller; empty where it has none (a Unix socket).

    `X-Forwarded-For` counts only as far as trusted proxies wrote it: from its end backwards, until the
    first address that is none of theirs. What a caller itself sends in that header is never believed.
    """
    found = _plain(str(meta.get("REMOTE_ADDR") or ""))
    told = [_plain(part) for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")[-MOST:]]
    while told and told[-1] and _trusted(found, tuple(proxies)):
        found = told.pop()
    return found


def _plain(text: str) -> str:
    """An address without port and brackets; empty for anything that is no address."""
    stripped = text.strip()
    host = stripped[1:].partition("]")[0] if stripped.startswith("[") else stripped
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    if not address:
        return UNIX in proxies
    return any(ip_address(address) in network for network in _networks(proxies))


@cache
def _networks(proxies: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(name, strict=False) for name in proxies if name != UNIX]
