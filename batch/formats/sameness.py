"""Whether a file is still the one that was looked at: a sender may go on writing while it is being loaded."""

from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from mdm.errors import Unavailable

#: The code of a run whose file is another one by now.
CHANGED = "load.file_changed"


class Sameness(NamedTuple):
    """What changes as soon as somebody writes to a file, puts another in its place or cuts it off."""

    device: int
    inode: int
    bytes: int
    modified: int
    changed: int

    def require(self, path: Path) -> None:
        """Unavailable `load.file_changed` where the file at `path` is not the one this was taken from."""
        try:
            same = sameness(path) == self
        except OSError:  # taken away
            same = False
        if not same:
            raise changed()


def sameness(path: Path) -> Sameness:
    """What to know a file by; times in nanoseconds. OSError."""
    found = path.stat()
    return Sameness(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def changed() -> Unavailable:
    """The refusal of a run whose file is not the one that it was made for."""
    return Unavailable(CHANGED, _("The file is not the one that this run was made for."))
