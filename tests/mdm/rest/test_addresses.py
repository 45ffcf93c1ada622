"""Whose address is logged behind proxies: the last one that no trusted proxy has, whatever a caller claims."""

import pytest

from mdm.rest.addresses import client_address

PROXIES = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "caller"),
    [
        ("203.0.113.7", "", (), "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", (), "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", PROXIES, "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", PROXIES, "10.0.0.3"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "nonsense", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", PROXIES, "198.51.100.1"),
        ("fd00::1", "[2001:db8::1]:4711", PROXIES, "2001:db8::1"),
        ("fd00::1", "2001:db8::1", PROXIES, "2001:db8::1"),
        ("", "198.51.100.1", PROXIES, ""),
        ("", "198.51.100.1", ("unix",), "198.51.100.1"),
        ("", "", ("unix",), ""),
        ("10.0.0.1", "1.1.1.1," * 1000 + "198.51.100.1", PROXIES, "198.51.100.1"),
    ],
)
def test_the_caller_is_found_behind_trusted_proxies_only(
    peer: str, forwarded: str, proxies: tuple[str, ...], caller: str
) -> None:
    assert client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, proxies) == caller
