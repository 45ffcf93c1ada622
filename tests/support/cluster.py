"""The tests' own PostgreSQL, Valkey and SeaweedFS: a set for each process that runs tests.

Nothing is shared, so no test waits for a stranger: PostgreSQL's horizon, which the sealing of the log and the
rotation of keys wait for, is one for all databases of a cluster, and many a test keeps a transaction open for
minutes. All of it is thrown away at the end; a kill of a process ends its services too, and what its folder
held is swept by the next session.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdm.embedded import Instance

SESSION = "PANORAMA_TEST_SESSION"
_PREFIX = "panorama-test-"
#: The file that the process holds whose session a folder is.
LOCK = "lock"
_stack = contextlib.ExitStack()


def prepare_environment() -> None:
    """Point this process at a test instance, before anything of the house is imported.

    Raises:
        RuntimeError: the settings are loaded already, with the developer's own database.
    """
    if "mdm.conf" in sys.modules:
        raise RuntimeError("mdm.conf was imported before tests/conftest.py: unset DJANGO_SETTINGS_MODULE")
    for name in [name for name in os.environ if name.startswith("PANORAMA_") and name != SESSION]:
        del os.environ[name]
    if worker() == "main" or SESSION not in os.environ:
        _sweep()
        os.environ[SESSION] = str(_new_folder())
    own = Path(os.environ[SESSION]) / worker()
    own.mkdir(exist_ok=True)
    os.environ |= {
        "PANORAMA_ENV": "test",
        "PANORAMA_VAR": str(own),
        "PANORAMA_DB_ROLE": "owner",
        "DJANGO_SETTINGS_MODULE": "mdm.settings",
    }


def worker() -> str:
    """`gw0`, `gw1`, … in an xdist worker, else `main`."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def session_folder() -> Path:
    """The folder shared by the processes of this session."""
    return Path(os.environ[SESSION])


def services() -> Path:
    """The folder of this process's services."""
    return session_folder() / f"services-{worker()}"


def _new_folder() -> Path:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/var/tmp"))
    folder.chmod(0o711)  # PostgreSQL of a root session runs as another user
    lock = _stack.enter_context((folder / LOCK).open("w"))
    fcntl.flock(lock, fcntl.LOCK_EX)
    _stack.callback(_remove, folder)
    atexit.register(_stack.close)  # for a session that fails before it begins
    return folder


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: what a worker that is still ending keeps is found by the next sweep."""
    for part in folder.iterdir():
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
    if not any(part.is_dir() for part in folder.iterdir()):
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove folders of sessions that were killed: nobody holds their lock any more."""
    for folder in Path("/var/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid != os.geteuid():
                continue
            with (folder / LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)


def start() -> None:
    """Start this process's services and tell where they are, for those it starts too."""
    from mdm import embedded
    from mdm.embedded.addresses import environment

    atexit.register(_stack.close)
    with (session_folder() / "starting").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # one process at a time looks for ports that are free
        instance = _stack.enter_context(
            embedded.running(services(), kind="test", durable=False, objects_later=True)
        )
        if worker() != "main":
            instance.wait_for_objects()  # it has its ports then, and the next process takes others
    os.environ |= environment(instance.addresses)


def own_instance() -> "Instance":
    """This process's instance, to ask and not to start or stop."""
    from mdm.embedded import Instance

    return Instance(services(), durable=False)


def stop() -> None:
    """End the services and remove the folder, in the process that made them."""
    _stack.close()
