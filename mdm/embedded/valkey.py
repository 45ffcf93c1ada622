"""The embedded Valkey: cache and broker on a port of 127.0.0.1, with password and append-only file."""

import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from mdm.embedded import processes
from mdm.embedded.addresses import Addresses
from mdm.embedded.places import Places, free_ports, valkey_binary

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly yes
appendfsync {fsync}
save ""
daemonize no
enable-debug-command no
enable-module-command no
"""


@dataclass
class Valkey:
    """One Valkey server."""

    places: Places
    addresses: Addresses
    durable: bool = True
    name = "valkey"
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def choose_address(self) -> None:
        """Take the port of the last start if it is still free, else another."""
        port = free_ports(1, int(self.addresses.get("VALKEY_PORT", "0")))
        self.addresses["VALKEY_PORT"] = str(port)
        self.addresses["VALKEY_URL"] = f"redis://:{self.addresses['VALKEY_PASSWORD']}@127.0.0.1:{port}/0"

    def start(self) -> None:
        """Start the process; the caller waits for `ready`."""
        configuration = self._configuration()
        self.process = processes.spawn([valkey_binary(), configuration], self.places.log / "valkey.log")

    def _configuration(self) -> Path:
        """Written to a private file, because arguments can be seen by everybody."""
        folder = self.places.service(self.name)
        file = folder / "valkey.conf"
        file.touch(mode=0o600)
        text = CONFIGURATION.format(
            port=self.addresses["VALKEY_PORT"],
            password=self.addresses["VALKEY_PASSWORD"],
            folder=folder,
            fsync="everysec" if self.durable else "no",
        )
        file.write_text(text)
        return file

    def ready(self) -> bool:
        """Whether it answers a command given with our password (inline commands of its protocol)."""
        said = f"AUTH {self.addresses['VALKEY_PASSWORD']}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", int(self.addresses["VALKEY_PORT"])), 2) as door:
                door.sendall(said)
                with door.makefile("rb") as answers:
                    return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, signal.SIGTERM, 10)
