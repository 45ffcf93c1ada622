"""The embedded PostgreSQL, reached through a Unix socket in a private folder."""

import contextlib
import os
import pwd
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from mdm.embedded import bootstrap, processes
from mdm.embedded.addresses import Addresses
from mdm.embedded.places import Places, postgres_binaries, server_uid, socket_folder
from mdm.errors import Unavailable

SUPERUSER = "postgres"
INITDB = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--data-checksums",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

#: Settings of every embedded server. No value of a row may reach the server's log: errors of
#: clients are not logged (ERROR ranks below LOG), and what is logged has no detail or statement.
ALWAYS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
DURABLE = {
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "maintenance_work_mem": "128MB",
}
#: For data that is thrown away: nothing waits for the disk.
THROWAWAY = {
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
#: Where Linux tells which control groups this process is in, and what limits they have.
OWN_GROUPS, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def buffers(own: Path = OWN_GROUPS, groups: Path = GROUPS) -> int:
    """MiB of memory for pages, taken as they are needed: a quarter of what this process may have, of 128 to 4,096.

    A search reads pages all over the tables; one that PostgreSQL does not hold itself costs a call of the system.
    """
    bytes_there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in _limits(own, groups):
        with contextlib.suppress(OSError, ValueError):  # there is no such group, or its limit is "max"
            bytes_there = min(bytes_there, int(limit.read_text()))
    return max(128, min(4096, bytes_there // 4 // 2**20))


def _limits(own: Path, groups: Path) -> Iterator[Path]:
    """Where limits of memory may stand: of this process's groups, and of all above them, in both versions."""
    for line in own.read_text().splitlines() if own.exists() else ():
        _number, kinds, path = line.split(":", 2)
        root, name = (groups / "memory", "memory.limit_in_bytes") if kinds else (groups, "memory.max")
        group = Path(path.lstrip("/"))
        if not kinds or "memory" in kinds.split(","):
            yield from (root / above / name for above in (group, *group.parents))


@dataclass
class Postgres:
    """One cluster: made on first use, with data checksums, UTF-8 and the built-in C.UTF-8 locale."""

    places: Places
    addresses: Addresses
    durable: bool = True
    name = "postgres"
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def choose_address(self) -> None:
        """A Unix socket in a folder that only the server's uid (and root) enters."""
        folder = self.places.service(self.name)
        self._give(folder)
        previous = self.addresses.get("DB_HOST")
        socket = socket_folder(folder / "s", Path(previous) if previous else None)
        self._give(socket)
        self.addresses |= {"DB_HOST": str(socket), "DB_PORT": "5432", "DB_NAME": "panorama"}
        self.addresses.setdefault("DB_ROLE_PREFIX", os.environ.get("PANORAMA_DB_ROLE_PREFIX", "panorama"))

    @property
    def data(self) -> Path:
        return self.places.var / self.name / "data"

    def start(self) -> None:
        """Start the server, after `initdb` the first time; the caller waits for `ready`."""
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._clear_stale_files()
        settings = ALWAYS | (DURABLE | {"shared_buffers": f"{buffers()}MB"} if self.durable else THROWAWAY)
        settings["unix_socket_directories"] = self.addresses["DB_HOST"]
        program = postgres_binaries(self.places.var) / "postgres"
        self.process = processes.spawn(
            [program, "-D", self.data, *(f"--{name}={value}" for name, value in settings.items())],
            self.places.log / "postgres.log",
            death_signal=signal.SIGINT if self.durable else signal.SIGQUIT,
            uid=server_uid(),
            cwd=self.data,
        )

    def _make_cluster(self) -> None:
        """`initdb` into a draft folder that is then renamed, so that a half-made cluster is never used."""
        with tempfile.TemporaryDirectory(dir=self.data.parent) as draft:
            folder = Path(draft)
            password = folder / "password"
            password.touch(mode=0o600)
            password.write_text(self.addresses["DB_PASSWORD_SUPERUSER"])
            for path in (folder, password):
                self._give(path)
            self._initdb(folder, password)
            (folder / "data").rename(self.data)

    def _initdb(self, folder: Path, password: Path) -> None:
        program = postgres_binaries(self.places.var) / "initdb"
        options = [*INITDB, f"--pgdata={folder / 'data'}", f"--pwfile={password}"]
        options += [] if self.durable else ["--no-sync"]
        log = self.places.log / "postgres.log"
        command = [str(program), *options]
        initdb = processes.spawn(command, log, death_signal=signal.SIGKILL, uid=server_uid(), cwd=folder)
        if initdb.wait() != 0:
            why = "" if _has_account(server_uid()) else f"user id {server_uid()} has no account name; "
            raise Unavailable("embedded.initdb", f"{why}initdb failed, see {log}")

    def _give(self, path: Path) -> None:
        """Hand a file of ours to the server's uid."""
        if path.stat().st_uid != server_uid():
            os.chown(path, server_uid(), server_uid())

    def _clear_stale_files(self) -> None:
        """Remove what a killed server left behind; stop it if it lives on without its owner.

        PostgreSQL judges its old pid file by the pid alone, which after a restart of the machine may
        be anybody's; we hold the instance's lock and look whether that process works in our folder.
        """
        pid_file = self.data / "postmaster.pid"
        found = re.match(r"\d+", pid_file.read_text()) if pid_file.exists() else None
        if found and self._works_here(int(found[0])):
            os.kill(int(found[0]), signal.SIGQUIT)
            processes.wait_for("the old server", lambda: not processes.alive(int(found[0])), (), 30)
        for stale in (pid_file, *Path(self.addresses["DB_HOST"]).glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def _works_here(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cwd").resolve() == self.data.resolve()
        return False

    def ready(self) -> bool:
        """Whether it accepts a login (after crash recovery, that is) of its superuser.

        Raises:
            Unavailable: the data is older than the passwords, which somebody removed.
        """
        try:
            psycopg.connect(self._superuser("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as refusal:
            if "password authentication failed" in str(refusal):
                message = f"{self.data} has other passwords than {self.places.services_file}"
                raise Unavailable("embedded.password", message) from None
            return False
        return True

    def _superuser(self, database: str) -> str:
        return make_conninfo(
            host=self.addresses["DB_HOST"],
            port=self.addresses["DB_PORT"],
            user=SUPERUSER,
            password=self.addresses["DB_PASSWORD_SUPERUSER"],
            dbname=database,
        )

    def bootstrap(self) -> None:
        """Roles, privileges, extensions and the database."""
        keys = ("owner", "app", "engine")
        roles = {key: f"{self.addresses['DB_ROLE_PREFIX']}_{key}" for key in keys}
        passwords = {key: self.addresses[f"DB_PASSWORD_{key.upper()}"] for key in keys}
        with psycopg.connect(self._superuser("template1"), autocommit=True) as connection:
            bootstrap.make_roles(connection, roles, passwords)
            bootstrap.prepare_template(connection, roles)
        with psycopg.connect(self._superuser("postgres"), autocommit=True) as connection:
            bootstrap.make_database(connection, roles["owner"], self.addresses["DB_NAME"])

    def stop(self) -> None:
        """Fast shutdown: clients are cut off, everything is written (immediate for throw-away data)."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT if self.durable else signal.SIGQUIT, 60)


def _has_account(uid: int) -> bool:
    """Whether the system knows a name for `uid`, which initdb insists on."""
    return any(entry.pw_uid == uid for entry in pwd.getpwall())
