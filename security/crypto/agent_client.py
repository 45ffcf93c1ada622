"""Asking the key agent of this machine: the root key provider `agent`, and unsealing."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mdm.conf import Conf
from mdm.errors import Invalid, ServiceError, Unavailable
from security.crypto.algorithms import WrongTag
from security.crypto.providers import RootInfo, RootProvider, RootVersions
from security.crypto.vault import sealed

#: Seconds the agent may take; stretching a passphrase takes most of one.
PATIENCE = 10.0


class AgentClient:
    """Questions to the agent at a socket; each on a connection of its own, so that forks and threads may ask."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, op: str, **told: Any) -> Any:
        """One question. Raises what the agent refuses, and Unavailable `key.agent_down` where none answers."""
        line = json.dumps({"op": op, "language": get_language() or "en", **told}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(str(self._path))
                connection.sendall(line)
                answer = json.loads(connection.makefile("rb").readline())
        except (OSError, ValueError):
            raise Unavailable(
                "key.agent_down", _("The key agent of this machine does not answer: start `keys agent`.")
            ) from None
        return answer["ok"] if "ok" in answer else _refuse(answer)

    def status(self) -> dict[str, Any]:
        """How the root key is sealed: `sealed`, `kind`, `needed`, `given`, `holders`, `versions`."""
        told: dict[str, Any] = self.ask("status")
        return told

    def check_open(self) -> None:
        """Unavailable `key.sealed`."""
        if self.status()["sealed"]:
            raise sealed()

    def roots(self) -> list[RootProvider]:
        """Every version, as something that wraps and unwraps. Unavailable `key.sealed`."""
        told = self.status()
        if told["sealed"]:
            raise sealed()
        return [AgentRoot(self, RootInfo("agent", version, check)) for version, check in told["versions"]]


class AgentRoot(RootProvider):
    """One version of the root key inside the agent."""

    def __init__(self, client: AgentClient, info: RootInfo) -> None:
        self._client, self._info = client, info

    def info(self) -> RootInfo:
        return self._info

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        return self._bytes("wrap", key=key.hex(), bound=bound.hex())

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        return self._bytes("unwrap", wrapped=wrapped.hex(), bound=bound.hex())

    def mac(self, data: bytes) -> bytes:
        return self.macs([data])[0]

    def macs(self, data: Sequence[bytes]) -> list[bytes]:
        told = self._client.ask("macs", version=self._info.version, data=[one.hex() for one in data])
        return [bytes.fromhex(one) for one in told]

    def _bytes(self, op: str, **told: str) -> bytes:
        return bytes.fromhex(self._client.ask(op, version=self._info.version, **told))


def agent_socket(conf: Conf) -> Path:
    """Where the agent listens: `PANORAMA_KEY_AGENT_SOCKET`, else under `var`."""
    return Path(conf.get("KEY_AGENT_SOCKET") or conf.var / "run" / "keys.sock")


def agent_client(conf: Conf) -> AgentClient:
    """The agent of this machine."""
    return AgentClient(agent_socket(conf))


def agent_root(conf: Conf) -> RootProvider:
    """The provider `agent`. Raises Unavailable `key.agent_down` or `key.sealed`."""
    client = agent_client(conf)
    return RootVersions(
        client.roots,
        lambda: client.ask("add"),
        lambda version: client.ask("remove", version=version),
        client.check_open,
    )


def _refuse(answer: dict[str, str]) -> Any:
    if answer["kind"] == "WrongTag":
        raise WrongTag
    kind: type[ServiceError] = Invalid if answer["kind"] == "Invalid" else Unavailable
    raise kind(answer["refused"], answer["text"])
