"""Has a file read in a process of its own: what a hostile file does to its decoder, it does to nobody else."""

import io
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from security.content.refusals import refusal
from security.content.verdict import Refused, put, take

#: Seconds by the wall; the child's own limit of computing ends it earlier on a machine that is not busy.
PATIENCE: Final = 60
#: Files read at once in one process of the product: more only wait for memory.
AT_ONCE: Final = 4

_CHILD = Path(__file__).with_name("child.py")
_seats = BoundedSemaphore(AT_ONCE)


def read_apart(task: str, data: bytes, told: bytes = b"") -> tuple[bytes, int]:
    """What `child.work` gives. Raises Invalid with the code of the refusal; `content.exhausting` for a file that
    takes too long or breaks its reader."""
    sent = io.BytesIO()
    put(sent, task.encode(), told, data)
    with _seats:
        try:
            done = subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, "-I", str(_CHILD)],
                input=sent.getvalue(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise refusal("content.exhausting") from None
    return _answer(done.stdout)


def _answer(told: bytes) -> tuple[bytes, int]:
    source = io.BytesIO(told)
    try:
        code, result = take(source).decode(), take(source)
    except Refused:  # the child ended before it had answered: killed by a limit, or by its decoder
        raise refusal("content.exhausting") from None
    if code:
        raise refusal(code)
    return result[4:], int.from_bytes(result[:4], "big")
