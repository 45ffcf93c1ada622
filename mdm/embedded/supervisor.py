"""`services up`, `down` and `status`: a supervisor in the background that restarts what dies.

The supervisor is `python -m mdm.embedded VAR PIPE`. It holds the instance's lock; its pid is in
`<var>/run/supervisor.pid`. When it ends, by a signal or by a kill, the services end with it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from mdm.embedded import addresses, processes
from mdm.embedded.instance import Instance, running
from mdm.embedded.places import CONTENTS, Places
from mdm.errors import NotAllowed, ServiceError, Unavailable

READY = b"ready"
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def up(var: Path) -> dict[str, str]:
    """Start the services of `var` unless they run already; returns the status of each.

    Raises:
        Unavailable: a service could not be started.
    """
    places = Places(var)
    places.make()
    if processes.owner(places.pid_file) is None:
        _start_supervisor(var)
    else:
        processes.wait_for("the services", lambda: _all_up(var), (), 120)
    return status(var)


def _start_supervisor(var: Path) -> None:
    """Start it in a session of its own and read from a pipe whether the services came up."""
    reading, writing = os.pipe()
    with open(reading, "rb") as answer, processes.open_log(Places(var).log / "supervisor.log") as log:
        subprocess.run(  # noqa: S603 (our own module, which goes on in the background)
            [sys.executable, "-m", "mdm.embedded", str(var), str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[writing],
            cwd=Path(__file__).parents[2],
            check=True,
        )
        os.close(writing)
        told = answer.read()
    if told != READY:
        raise Unavailable("embedded.failed", told.decode() or f"the supervisor ended, see {var / 'log'}")


def _all_up(var: Path) -> bool:
    return set(status(var).values()) == {"up"}


def down(var: Path) -> dict[str, str]:
    """Stop the services that `up` started; returns the status of each.

    Raises:
        NotAllowed: they belong to a running demo or test, which stops them itself.
    """
    places = Places(var)
    holder = processes.owner(places.pid_file)
    if holder is not None:
        pid, kind = holder
        if kind != "supervisor":
            raise NotAllowed("embedded.owned", f"the services belong to a running {kind} (process {pid})")
        os.kill(pid, signal.SIGTERM)
        processes.wait_for("the end", lambda: processes.owner(places.pid_file) is None, (), 120)
    return status(var)


def remove(var: Path) -> None:
    """Stop the services of `var` and delete all that the product keeps there, and nothing else.

    Raises:
        NotAllowed: a running demo or test owns them.
    """
    down(var)
    places = Places(var)
    socket = Path(addresses.load(places).get("DB_HOST", var))
    if not socket.is_relative_to(var):
        shutil.rmtree(socket, ignore_errors=True)
    for name in CONTENTS:
        shutil.rmtree(var / name, ignore_errors=True)
    with contextlib.suppress(OSError):  # not ours alone, or not there
        var.rmdir()


def status(var: Path) -> dict[str, str]:
    """`up` or `down` of `postgres`, `valkey` and `s3`, asked of the services themselves."""
    return Instance(var).status()


def supervise(var: Path, answer: int) -> None:
    """Run the services until a signal comes; tell `answer`, a pipe, how the start went."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_ENDING, signal.SIGCHLD})
    with open(answer, "wb") as pipe:
        try:
            with running(var, kind="supervisor") as instance:
                pipe.write(READY)
                pipe.close()
                _heal_until_told(instance)
        except ServiceError as refusal:
            if pipe.closed:
                raise
            pipe.write(str(refusal).encode())


def _heal_until_told(instance: Instance) -> None:
    """Sleep until a child dies or somebody asks for the end."""
    while signal.sigwait({*_ENDING, signal.SIGCHLD}) == signal.SIGCHLD:
        for name in instance.heal():
            sys.stdout.write(f"{name} died and was started again\n")
            sys.stdout.flush()
