"""Uploaded files: held in memory, so that what a bank sends never lies on a disk in clear.

Files above the limit are delivered to the inbound folder or the object storage instead.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import UploadedFile as AnyUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

UploadedFile = AnyUploadedFile[Any]
#: Bytes of a whole form with its files.
UPLOAD_LIMIT = 64 * 1024 * 1024
_ODD = re.compile(r"[^\w.() -]")


class InMemoryHandler(MemoryFileUploadHandler):
    """Keeps every file in memory, whatever its size; the form's length was checked before."""

    def handle_raw_input(self, *args: Any, **options: Any) -> None:
        self.activated = True


def keep_in_memory(request: HttpRequest) -> None:
    """Have the files of this request, which nobody has read yet, kept in memory."""
    request.upload_handlers = [InMemoryHandler(request)]


def plain_name(file: UploadedFile) -> str:
    """The file's own name (a control file repeats it), without signs that mean something in a path."""
    return _ODD.sub("_", Path(file.name or "file").name)[-100:].lstrip(".") or "file"


@contextmanager
def as_paths(files: Mapping[str, UploadedFile]) -> Iterator[Path]:
    """A folder in which the files have paths, for readers that want one; their content stays in memory.

    Each name leads to an anonymous file of this process (memfd_create(2)).
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="panorama-upload-")))
        for name, file in files.items():
            held = os.memfd_create(name)
            stack.callback(os.close, held)
            for chunk in file.chunks():
                _write(held, chunk)
            (folder / name).symlink_to(f"/proc/{os.getpid()}/fd/{held}")
        yield folder


def _write(held: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(held, rest) :]
