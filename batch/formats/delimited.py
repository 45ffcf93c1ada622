"""Reading delimited files as a stream, in flat memory whatever the file and whatever a line holds.

A bad row never stops a file: it comes back as a `RowError` with its line. The caller has surveyed the
file before (`batch.formats.survey`), so that its last byte is known to be sound.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from batch.formats.header import Shape
from batch.formats.lines import Lines, Row
from batch.formats.profile import Profile
from batch.formats.survey import Span

#: Bytes parsed at a time: rows of so little stay in the processor's cache, twice as fast as with 1 MiB.
BLOCK = 1 << 15


def read(path: Path, profile: Profile, shape: Shape, span: Span | None = None) -> Iterator[list[Row]]:
    """The rows of `span` (default: of the whole file) in order, in lists of some hundred (32 KiB of file).

    Raises Invalid `file.encoding` where the bytes are not in the declared encoding.
    """
    span = span or shape.data
    lines, number = Lines(profile, shape), span.first_line
    for block in blocks(path, span, profile):
        rows = lines.parse(number, block)
        number += len(rows)
        yield rows


def blocks(path: Path, span: Span, profile: Profile) -> Iterator[bytes]:
    """The bytes of `span` in whole lines, many at a time; of an overlong line only its beginning."""
    with path.open("rb") as file:
        yield from _blocks(file, span, 4 * (profile.max_line + 1))


def _blocks(file: BinaryIO, span: Span, limit: int) -> Iterator[bytes]:
    """Whole lines, many at a time; of a line without end within `limit` bytes only its beginning."""
    file.seek(span.start)
    left, carry, skipping = span.end - span.start, b"", False
    while left > 0 and (block := file.read(min(BLOCK, left))):
        left -= len(block)
        if skipping:
            skipping, block = b"\n" not in block, block.partition(b"\n")[2]
        cut = block.rfind(b"\n") + 1
        if cut:
            yield carry + block[:cut]
            carry = b""
        carry += block[cut:]
        if len(carry) > limit:
            yield carry[:limit]
            carry, skipping = b"", True
    if carry:
        yield carry
