"""The demo as one parent process: services, data, web and worker; nothing of it outlives the parent."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from batch.demo.banner import banner
from mdm import embedded
from mdm.conf import BASE_DIR, conf
from mdm.embedded import processes
from mdm.errors import Unavailable

#: Seconds within which the web server must answer.
PATIENCE = 60.0


def serve(port: int) -> None:
    """Bring everything up, print where to look, wait for Ctrl-C, stop all of it.

    This process never connects to the database: each part is a child that reads where the services are.
    """
    os.environ.setdefault("PANORAMA_SESSIONS_PER_USER", "20")  # several people try one demonstration login
    with ExitStack() as stack:
        stopping = _ctrl_c()
        print("Starting PostgreSQL, Valkey and SeaweedFS …", file=sys.stderr, flush=True)
        stack.enter_context(embedded.running(conf.var))
        _manage("migrate", "--verbosity", "0", "--skip-checks", role="owner")
        _collect_static()
        _manage("keys", "init", "--json", role="owner")
        told = json.loads(_manage("prepare_demo", "--json").splitlines()[-1])
        port = free_port(port)
        web = stack.enter_context(_child("web", _web(port), "app"))
        stack.enter_context(_child("worker", _worker(), "engine"))
        stack.enter_context(_child("sealer", _sealer(), "engine"))
        processes.wait_for("web", lambda: _answers(port), [web], PATIENCE)
        print(banner(f"http://127.0.0.1:{port}/", told), flush=True)
        stopping.wait()
        print("Stopping …", file=sys.stderr, flush=True)


def _collect_static() -> None:
    """Gather and compress static files, unless nothing of them changed since the last time."""
    stamp, state = conf.var / "static" / ".collected", _static_state()
    if not stamp.exists() or stamp.read_text() != state:
        _manage("collectstatic", "--noinput", "--verbosity", "0", "--skip-checks")
        stamp.write_text(state)


def _static_state() -> str:
    """What the gathered files come from: our own, by name and time, and the installed packages."""
    own = (BASE_DIR / "templates" / "static").rglob("*")
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns
    return json.dumps([packages, *sorted((str(path), path.stat().st_mtime_ns) for path in own)])


def _ctrl_c() -> threading.Event:
    """An event that Ctrl-C or SIGTERM sets; while children are being prepared both end the demo at once."""
    event = threading.Event()

    def stop(_number: int, _frame: Any) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return event


def _environment(role: str) -> dict[str, str]:
    return {**os.environ, "PANORAMA_DB_ROLE": role, "PANORAMA_VAR": str(conf.var)}


def _manage(*arguments: str, role: str = "engine") -> str:
    """Run a management command to its end, its progress on our terminal. Unavailable where it fails."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(  # noqa: S603 (our own command)
        command,
        env=_environment(role),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=processes.die_with_parent(signal.SIGKILL),
    )
    if done.returncode not in (0, 3):
        raise Unavailable("demo.step", f"manage.py {' '.join(arguments)} failed: {done.stdout[-500:]}")
    return done.stdout


def _web(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--blocking-threads", "4", "mdm.wsgi:application"),
    ]


def _worker() -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "mdm.celery", "worker", "--beat"),
        *("--concurrency", "1", "--loglevel", "warning", "--without-gossip", "--without-mingle"),
    ]


def _sealer() -> list[str]:
    """What seals the operation log: a process that does nothing else, so that no long run holds it up."""
    return [sys.executable, str(BASE_DIR / "manage.py"), "audit_seal", "--follow"]


@contextmanager
def _child(name: str, command: list[str], role: str) -> Iterator[processes.Process]:
    """A process that is stopped with us, and that the kernel ends when we are killed."""
    process = processes.spawn(command, conf.var / "log" / f"{name}.log", cwd=BASE_DIR, env=_environment(role))
    try:
        yield process
    finally:
        processes.stop(process, signal.SIGTERM, patience=10)


def free_port(wanted: int) -> int:
    """`wanted`, or the next port of 127.0.0.1 that nobody listens on."""
    for port in range(wanted, wanted + 200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise Unavailable("demo.port", f"No free port from {wanted} on.")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/live", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
