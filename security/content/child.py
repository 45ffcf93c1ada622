"""The process that reads one file (started by `apart`): without the bank's environment, unable to write, within limits.

It is a program, not a module of the product: it starts bare and loads only what reads files. It is sent three parts
(what to do, how, the file) and answers with two (an empty text or the code of the refusal, the result).
"""

import resource
import sys
from pathlib import Path
from typing import BinaryIO

#: Bytes of memory; seconds of one core.
MEMORY, SECONDS = 1536 * 1024 * 1024, 20


def confine() -> None:
    """Take away from this process what reading a file does not need; nothing gives it back."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def work(task: str, told: bytes, data: bytes) -> tuple[bytes, int]:
    """Do one task; the result and its pages."""
    if task == "picture":
        from security.content.marking import asked_of, picture

        asked = asked_of(told)
        return picture(data, asked["media_type"], asked), 1
    if task == "application/pdf":
        from security.content.pdf_files import search

        return search(data)
    if task == "rows":
        from security.content.rows import rows

        return rows(data, int(told))
    from security.content.pictures import rewrite

    return rewrite(data, task)


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """One file in, one answer out."""
    from security.content.verdict import Refused, put, take

    try:
        task, told, data = take(source).decode(), take(source), take(source)
        result, pages = work(task, told, data)
    except Refused as refused:
        put(target, refused.code.encode(), b"")
    except (MemoryError, RecursionError):
        put(target, b"content.bomb", b"")
    except Exception:  # noqa: BLE001 (readers raise whatever they like at a damaged file)
        put(target, b"content.damaged", b"")
    else:
        put(target, b"", pages.to_bytes(4, "big") + result)


if __name__ == "__main__":
    confine()
    sys.path.insert(0, str(Path(__file__).parents[2]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
