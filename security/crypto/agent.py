"""The key agent: the one process of a machine that holds the root key, for all others of the same user.

Web processes, workers and commands ask it over a Unix socket to wrap, unwrap and authenticate; the root
key itself never leaves it. It starts sealed. One line of JSON asks, one line answers, bytes are hexadecimal.
Whoever runs under the same user on the same machine may ask, and the users that the configuration names: the
kernel tells who is at the other end. Only the agent's own user and those named as keepers make and end versions.
"""

import ctypes
import json
import logging
import os
import resource
import socket
import socketserver
import struct
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from django.utils import translation

from mdm.errors import ServiceError
from security.crypto.algorithms import WrongTag
from security.crypto.vault import Vault

#: The longest question: some hundred key rows to authenticate at once.
LONGEST = 4 * 1024 * 1024
_PEER = struct.Struct("3i")
_NOT_DUMPABLE = 4  # PR_SET_DUMPABLE
_LOCK_ALL = 3  # MCL_CURRENT | MCL_FUTURE
_log = logging.getLogger(__name__)

Json = dict[str, Any]


class KeyAgent(socketserver.ThreadingUnixStreamServer):
    """Answers questions at a socket in a folder that only this user enters."""

    daemon_threads = True
    #: Processes that ask at the same moment wait in line instead of being sent away.
    request_queue_size = 512

    def __init__(
        self, path: Path, vault: Vault, users: Collection[int] = (), keepers: Collection[int] = ()
    ) -> None:
        """`users` may ask besides this process's own user, `keepers` may change versions too (ids of users; the
        group of the socket lets them in)."""
        self.vault = vault
        own = {os.geteuid(), 0}
        self.users, self.keepers = own | {*users, *keepers}, own | set(keepers)
        shared = len(self.users) > len(own)
        path.parent.mkdir(mode=0o710 if shared else 0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # of an agent that died; a living one keeps its open socket
        before = os.umask(0o117 if shared else 0o177)
        try:
            super().__init__(str(path), _Question)
        finally:
            os.umask(before)

    def answer(self, asked: Json, user: int | None = None) -> Json:
        """The answer to one question of a user (None: the agent's own); refusals come back as `refused`, `kind` and
        `text`."""
        if asked.get("op") in KEEPING and user is not None and user not in self.keepers:
            _log.warning("user %s asked for what only keepers may", user)
            return {"refused": "agent.keeper", "kind": "NotAllowed", "text": "Only keepers may do this."}
        try:
            with translation.override(str(asked.get("language") or "en")):
                return {"ok": ANSWERS[asked["op"]](self.vault, asked)}
        except ServiceError as refusal:
            with translation.override(str(asked.get("language") or "en")):
                kind = type(refusal).__name__
                return {"refused": refusal.code, "kind": kind, "text": str(refusal.message)}
        except WrongTag:
            return {"refused": "wrong_tag", "kind": "WrongTag", "text": ""}
        except (KeyError, TypeError, ValueError) as error:
            _log.warning("a question that cannot be read: %s", type(error).__name__)
            return {"refused": "agent.question", "kind": "Invalid", "text": "This cannot be read."}


class _Question(socketserver.StreamRequestHandler):
    """One connection: any number of questions, from the same user only."""

    server: KeyAgent
    timeout = 30

    def handle(self) -> None:
        user = _user_of(self.request)
        if user not in self.server.users:
            _log.warning("a connection of another user was refused")
            return
        while line := self.rfile.readline(LONGEST):
            answer = self.server.answer(_read(line), user)
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def _user_of(connection: socket.socket) -> int:
    """The user at the other end, as the kernel tells it."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(told)[1])


def _read(line: bytes) -> Json:
    try:
        asked = json.loads(line)
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _wrap(vault: Vault, asked: Json) -> str:
    return vault.root(asked["version"]).wrap(bytes.fromhex(asked["key"]), bytes.fromhex(asked["bound"])).hex()


def _unwrap(vault: Vault, asked: Json) -> str:
    root = vault.root(asked["version"])
    return root.unwrap(bytes.fromhex(asked["wrapped"]), bytes.fromhex(asked["bound"])).hex()


def _macs(vault: Vault, asked: Json) -> list[str]:
    root = vault.root(asked["version"])
    return [root.mac(bytes.fromhex(one)).hex() for one in asked["data"]]


#: What may be asked. There is no question for the root key itself.
ANSWERS: dict[str, Callable[[Vault, Json], Any]] = {
    "status": lambda vault, asked: vault.status(),
    "share": lambda vault, asked: vault.give_share(str(asked["text"])),
    "passphrase": lambda vault, asked: vault.give_passphrase(str(asked["text"])),
    "seal": lambda vault, asked: vault.seal(),
    "wrap": _wrap,
    "unwrap": _unwrap,
    "macs": _macs,
    "add": lambda vault, asked: vault.add(),
    "remove": lambda vault, asked: vault.remove(int(asked["version"])),
}


#: What makes, ends or hides versions of the root key.
KEEPING = frozenset({"add", "remove", "seal"})


def guard() -> list[str]:
    """Keeps the root key out of dumps, debuggers and swap, as far as the system lets this user; says what held."""
    library = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = ["no core dumps"]
    if library.prctl(_NOT_DUMPABLE, 0, 0, 0, 0) == 0:
        held.append("no debuggers")
    if library.mlockall(_LOCK_ALL) == 0:
        held.append("no swap")
    return held


def serve(path: Path, root_file: Path, users: Collection[int] = (), keepers: Collection[int] = ()) -> None:
    """Runs the agent until it is told to end; it starts sealed."""
    held = guard()
    with KeyAgent(path, Vault(root_file), users, keepers) as agent:
        _log.info("the key agent waits at %s, sealed; guarded: %s", path, ", ".join(held))
        try:
            agent.serve_forever(poll_interval=1.0)
        finally:
            path.unlink(missing_ok=True)
