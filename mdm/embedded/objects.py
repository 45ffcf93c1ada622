"""The embedded SeaweedFS (`weed mini`): S3 and an Iceberg REST catalogue on ports of 127.0.0.1."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mdm.embedded import processes
from mdm.embedded.addresses import Addresses
from mdm.embedded.places import Places, free_ports, weed_binary

#: The ports of `weed mini` in the order in which adjoining ports are given to them.
PORTS = (
    "s3.port",
    "s3.port.grpc",
    "s3.port.iceberg",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "admin.port",
    "admin.port.grpc",
)
SWITCHES = (
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-idleTimeout=1",
    "-admin.ui=false",
    "-webdav=false",
    "-s3.port.lance=0",
    "-s3.iam=false",
    "-s3.autoCreateBucket=false",
    "-master.telemetry=false",
)
#: Sections of SeaweedFS's security.toml that make its inner HTTP doors ask for a signed token.
SIGNED_DOORS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")


@dataclass
class Objects:
    """One SeaweedFS with one bucket."""

    places: Places
    addresses: Addresses
    durable: bool = True
    name = "s3"
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def choose_address(self) -> None:
        """Take the ports of the last start if they are still free, else others."""
        port = free_ports(len(PORTS), int(self.addresses.get("S3_PORT", "0")))
        self.addresses["S3_PORT"] = str(port)
        self._clear_sockets()
        self.addresses["S3_ENDPOINT"] = f"http://127.0.0.1:{port}"
        self.addresses["ICEBERG_URI"] = f"http://127.0.0.1:{port + PORTS.index('s3.port.iceberg')}"
        self.addresses.setdefault("S3_BUCKET", "panorama")

    def start(self) -> None:
        """Start the process; the caller waits for `ready`."""
        folder = self.places.service(self.name)
        self._write_secrets(folder)
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / "mini.options").unlink(missing_ok=True)  # the last start's ports
        self.process = processes.spawn(
            self._command(folder),
            self.places.log / "s3.log",
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},
        )

    def _command(self, folder: Path) -> list[str]:
        first = int(self.addresses["S3_PORT"])
        ports = [f"-{option}={first + place}" for place, option in enumerate(PORTS)]
        own = [
            f"-dir={folder / 'data'}",
            f"-s3.config={folder / 's3.json'}",
            f"-bucket={self.addresses['S3_BUCKET']}",
            f"-s3.localSocket={self.addresses['DB_HOST']}/s3",  # else in /tmp, where it would stay
            f"-filer.localSocket={self.addresses['DB_HOST']}/filer",
        ]
        return [str(weed_binary()), "-logtostderr", "mini", *SWITCHES, *ports, *own]

    def _write_secrets(self, folder: Path) -> None:
        key = {"accessKey": self.addresses["S3_ACCESS_KEY"], "secretKey": self.addresses["S3_SECRET_KEY"]}
        identity = {"name": "panorama", "credentials": [key], "actions": ["Admin"]}
        doors = [f'[{door}]\nkey = "{self.addresses["S3_INTERNAL_KEY"]}"\n' for door in SIGNED_DOORS]
        texts = {"s3.json": json.dumps({"identities": [identity]}), "security.toml": "".join(doors)}
        for name, text in texts.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text)

    def ready(self) -> bool:
        """Whether it shows our bucket to our key."""
        request = AWSRequest("HEAD", f"{self.addresses['S3_ENDPOINT']}/{self.addresses['S3_BUCKET']}")
        key = Credentials(self.addresses["S3_ACCESS_KEY"], self.addresses["S3_SECRET_KEY"])
        S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", int(self.addresses["S3_PORT"]), timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("HEAD", f"/{self.addresses['S3_BUCKET']}", headers=dict(request.headers))
            return connection.getresponse().status == http.client.OK
        return False

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGTERM if self.durable else signal.SIGKILL, 5)
            self._clear_sockets()

    def _clear_sockets(self) -> None:
        """Remove what a killed `weed` left in /tmp: sockets named after ports that are ours now."""
        first = int(self.addresses["S3_PORT"])
        for port in range(first, first + len(PORTS)):
            for leftover in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 (its own choice)
                leftover.unlink(missing_ok=True)
