"""`python -m batch.pipeline.worker`: a process that takes parts of a file that another process is loading.

It reads its order from the pipe that is its standard input and lives no longer than the other end of it.
"""

import gc
import os
import pickle
import signal
import sys
from threading import Thread

import django


def main() -> int:
    """Exit code 0 when no part is left to take or no order comes, 1 where a part failed.

    The starting process meets the reason itself when it goes on with that part, so nothing is told here (a message
    may hold a customer's value).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this one ends it
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
    gc.disable()  # as in manage.py
    django.setup()
    gc.enable()
    from batch.pipeline import crew, load
    from batch.pipeline.collecting import seldom_collected

    try:
        order: crew.Order = pickle.load(sys.stdin.buffer)  # noqa: S301 (from the process that started this one)
    except (EOFError, pickle.UnpicklingError):
        return 0
    Thread(target=_end_with_the_pipe, daemon=True).start()
    load.CHUNK = order.chunk
    try:
        with seldom_collected():
            crew.work(crew.job_of(order), order.held, order.left_aside, lambda _done, _total: None)
    except Exception:  # noqa: BLE001 (whatever it was)
        return 1
    finally:
        gc.freeze()  # as in manage.py: Python would look for cycles in everything once more
    return 0


def _end_with_the_pipe() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
