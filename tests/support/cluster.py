"""The tests' own PostgreSQL, Valkey and SeaweedFS: one set a session, shared by the xdist workers.

The controller (or the only process) starts them before Django is set up and tells the workers by the
environment. All of it is thrown away at the end; a kill of the controller ends it too, and what its
folder held is swept by the next session.
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


def _new_folder() -> Path:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/var/tmp"))
    folder.chmod(0o711)  # PostgreSQL of a root session runs as another user
    _stack.callback(shutil.rmtree, folder, ignore_errors=True)
    lock = _stack.enter_context((folder / "lock").open("w"))
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder


def _sweep() -> None:
    """Remove folders of sessions that were killed: nobody holds their lock any more."""
    for folder in Path("/var/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid != os.geteuid():
                continue
            with (folder / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


def start() -> None:
    """Start the services of the session and tell every process of it where they are."""
    from mdm import embedded
    from mdm.embedded.addresses import environment

    atexit.register(_stack.close)  # for a session that fails before it begins
    instance = _stack.enter_context(
        embedded.running(session_folder() / "services", kind="test", durable=False, objects_later=True)
    )
    os.environ |= environment(instance.addresses)
    use_worker_part()


def use_worker_part() -> None:
    """A worker reads the session's addresses and takes a Valkey database of its own."""
    from mdm.embedded.addresses import environment

    os.environ |= environment(shared_instance().addresses)
    url, _, _ = os.environ["PANORAMA_VALKEY_URL"].rpartition("/")
    number = int(worker().removeprefix("gw")) + 1 if worker() != "main" else 0
    os.environ["PANORAMA_VALKEY_URL"] = f"{url}/{number % 16}"


def shared_instance() -> "Instance":
    """The session's instance, to ask and not to start or stop."""
    from mdm.embedded import Instance

    return Instance(session_folder() / "services", durable=False)


def stop() -> None:
    """End the services and remove the folder, in the process that made them."""
    _stack.close()
