"""Child processes that never outlive their parent, and the lock that says who owns an instance."""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from mdm.errors import Unavailable

Process = subprocess.Popen[bytes]

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

#: A log longer than this many bytes is put aside when its service starts.
LONGEST_LOG = 10 * 1024 * 1024


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    death_signal: int = signal.SIGTERM,
    uid: int | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start a process that the kernel signals when the calling thread ends, however it ends.

    It gets a session of its own, so that Ctrl-C at the terminal reaches only the parent, which
    then stops it in order. Call it from a thread that lives as long as the process should: Linux
    ties the death signal to the thread (prctl(2), PR_SET_PDEATHSIG).

    Args:
        command: program and arguments; no secrets, they can be seen by everybody.
        log: file that takes its output.
        death_signal: what the kernel sends when the parent dies.
        uid: user and group to run as; only root may name another than its own.
        cwd: working folder.
        env: whole environment; the caller's without it.
    """
    other = uid if uid not in (None, os.geteuid()) else None
    with open_log(log) as output:
        return subprocess.Popen(  # noqa: S603 (commands are built from our own binaries)
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal),  # noqa: PLW1509 (a system call only)
            cwd=cwd,
            env=env,
            user=other,
            group=other,
            extra_groups=None if other is None else [],
        )


def open_log(path: Path) -> IO[bytes]:
    """The log opened for appending, the previous one put aside as `.1` when it grew too long."""
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(path.with_name(path.name + ".1"))
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def die_with_parent(death_signal: int) -> Callable[[], None]:
    """What a child runs between fork and exec (after a change of uid, which clears the setting)."""
    parent = os.getpid()

    def ask_kernel() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a supervisor blocks signals, a service must not
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)

    return ask_kernel


def stop(process: Process, how: int, patience: float) -> None:
    """Signal `process` and wait; after `patience` seconds it is killed."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(what: str, ready: Callable[[], bool], processes: Sequence[Process], limit: float) -> None:
    """Ask `ready` until it says so.

    Raises:
        Unavailable: one of `processes` ended, or `limit` seconds passed.
    """
    end = time.monotonic() + limit
    while not ready():
        if any(process.poll() is not None for process in processes):
            raise Unavailable("embedded.ended", f"{what} ended while starting")
        if time.monotonic() > end:
            raise Unavailable("embedded.slow", f"{what} did not answer within {limit:.0f} s")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process of this pid exists (and is not merely waiting to be collected)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X")


@contextlib.contextmanager
def owning(pid_file: Path, kind: str) -> Iterator[bool]:
    """Hold the instance: `pid_file` is locked and names this process. Yields False if somebody has it.

    The kernel lets go of the lock when the owner dies, so a stale file never blocks a start.
    """
    with open(os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        file.truncate(0)
        file.write(f"{os.getpid()} {kind}\n")
        file.flush()
        yield True
        file.truncate(0)


def owner(pid_file: Path) -> tuple[int, str] | None:
    """Pid and kind of the process that holds the instance; None where nobody does."""
    if not pid_file.exists():
        return None
    with pid_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, _, kind = file.read().strip().partition(" ")
            return (int(pid), kind) if pid else (0, "")
    return None
