"""The three services together: started side by side, healed, stopped in order."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mdm.embedded import addresses, processes
from mdm.embedded.addresses import Addresses
from mdm.embedded.objects import Objects
from mdm.embedded.places import Places
from mdm.embedded.postgres import Postgres
from mdm.embedded.valkey import Valkey
from mdm.errors import Duplicate

#: Seconds that a service may take to answer; crash recovery of a large database takes the longest.
PATIENCE = 120.0


class Service(Protocol):
    """What every embedded service can do."""

    @property
    def name(self) -> str: ...
    @property
    def process(self) -> processes.Process | None: ...
    def choose_address(self) -> None:
        """Put its address into the shared addresses."""

    def start(self) -> None:
        """Start the process without waiting."""

    def ready(self) -> bool:
        """Whether it answers."""

    def stop(self) -> None:
        """End the process."""


@dataclass
class Instance:
    """PostgreSQL, Valkey and SeaweedFS with their data below one folder.

    Args:
        var: the folder of everything.
        durable: False for data that is thrown away: nothing waits for the disk.
        objects_later: do not wait for the object storage; ask `wait_for_objects` before use.
    """

    var: Path
    durable: bool = True
    objects_later: bool = False
    addresses: Addresses = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = Places(self.var)
        self.addresses = addresses.load(self.places)
        self.postgres = Postgres(self.places, self.addresses, self.durable)
        self.valkey = Valkey(self.places, self.addresses, self.durable)
        self.objects = Objects(self.places, self.addresses, self.durable)

    @property
    def services(self) -> tuple[Service, ...]:
        return self.objects, self.valkey, self.postgres

    def start(self) -> None:
        """Start all, wait until each answers, prepare the database, write the addresses.

        Call it from a thread that lives as long as the services should (`processes.spawn`).

        Raises:
            Unavailable: a service could not be started; what did start is stopped again.
        """
        self.places.make()
        for service in self.services:
            service.choose_address()
        addresses.store(self.places, self.addresses)
        try:
            for service in self.services:
                service.start()
            self._wait(self.valkey)
            self._wait(self.postgres)
            self.postgres.bootstrap()
            if not self.objects_later:
                self._wait(self.objects)
        except BaseException:
            self.stop()
            raise

    def _wait(self, service: Service) -> None:
        started = [service.process] if service.process else []
        processes.wait_for(service.name, service.ready, started, PATIENCE)

    def wait_for_objects(self) -> None:
        """Wait for the object storage that was started without waiting."""
        self._wait(self.objects)

    def heal(self) -> list[str]:
        """Start again what died, on the same addresses. Returns the names of the services."""
        dead = [one for one in self.services if one.process and one.process.poll() is not None]
        for service in dead:
            service.stop()
            service.start()
        for service in dead:
            self._wait(service)
        return [service.name for service in dead]

    def stop(self) -> None:
        """Stop all. PostgreSQL last, so that nothing loses its database while it ends."""
        for service in self.services:
            service.stop()

    def status(self) -> dict[str, str]:
        """`up` or `down` of `postgres`, `valkey` and `s3`: asked of the services, not of pid files."""
        by_name = {service.name: service for service in self.services}
        known = self.addresses.get("DB_HOST") and self.addresses.get("S3_PORT")
        return {
            name: "up" if known and by_name[name].ready() else "down" for name in ("postgres", "valkey", "s3")
        }


@contextlib.contextmanager
def running(
    var: Path, *, kind: str = "demo", durable: bool = True, objects_later: bool = False
) -> Iterator[Instance]:
    """The services of `var` for the length of a `with` block: also a kill -9 of this process ends them.

    Args:
        var: the instance's folder.
        kind: who owns it, told to those who ask (`demo`, `test`, `supervisor`).
        durable: False for data that is thrown away.
        objects_later: do not wait for the object storage.

    Raises:
        Duplicate: another process runs the services of this folder.
        Unavailable: a service could not be started.
    """
    places = Places(var)
    places.make()
    with processes.owning(places.pid_file, kind) as mine:
        if not mine:
            holder = processes.owner(places.pid_file)
            raise Duplicate("embedded.running", f"the services of {var} run already ({holder})")
        instance = Instance(var, durable, objects_later)
        instance.start()
        try:
            yield instance
        finally:
            instance.stop()
