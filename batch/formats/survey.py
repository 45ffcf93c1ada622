"""One pass over a whole file before its first row is believed: encoding, rows, bytes, digest, line ends.

Nothing of a file is used before the last byte has been decoded strictly in the declared encoding:
GB18030 read as latin-1 never fails, and a file cut off in the middle looks like a short one.
"""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes

from batch.formats.errors import error, place
from batch.formats.profile import Profile
from mdm.errors import FieldError

#: Bytes read at a time.
BLOCK = 1 << 20
#: So many Chinese characters make a file UTF-8 if all of it decodes so: bytes of GB18030 that do by chance give
#: other letters, or fewer of these (one in ten thousand each).
_TELLING, _FIRST_CHINESE = 4, "\u2e80"
_BOM = {"utf-8": codecs.BOM_UTF8, "gb18030": "\ufeff".encode("gb18030")}


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass found: `rows` without the header line, `sm3` as 64 hexadecimal digits.

    `encoding_error_at` is the offset of the first byte that is not in the declared encoding,
    `encoding_error_line` its line; -1 and 0 where all is well. `line_ended` tells whether the last
    line has its line end, `other_utf8` that the whole file is UTF-8 though another encoding is declared.
    """

    rows: int
    bytes: int
    sm3: str
    encoding_error_at: int = -1
    encoding_error_line: int = 0
    line_ended: bool = True
    other_utf8: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a file that begins and ends at line ends: byte offsets and the number of its first line."""

    start: int
    end: int
    first_line: int


class _Utf8:
    """Whether bytes that decode as something else are UTF-8 all the same: two characters of it are three of
    GB18030, so that a strict decoder does not notice."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._possible, self._chinese = True, 0

    def add(self, block: bytes, final: bool = False) -> None:
        try:
            text = self._decoder.decode(block, final) if self._possible else ""
        except UnicodeDecodeError:
            self._possible = False
            return
        if self._chinese < _TELLING and not text.isascii():
            self._chinese += sum(sign >= _FIRST_CHINESE for sign in text)

    def told(self) -> bool:
        self.add(b"", final=True)
        return self._possible and self._chinese >= _TELLING


class _Check:
    """Counts, digests and decodes block by block, in flat memory."""

    def __init__(self, encoding: str) -> None:
        self._digest = hashes.Hash(hashes.SM3())
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._utf8 = _Utf8() if encoding != "utf-8" else None
        self.lines = self.bytes = 0
        self.error_at, self.error_line = -1, 0
        self.last = b""

    def add(self, block: bytes) -> None:
        self._digest.update(block)
        if self.error_at < 0:
            self._decode(block)
        if self._utf8:
            self._utf8.add(block)
        self.lines += block.count(b"\n")
        self.bytes += len(block)
        self.last = block[-1:]

    def _decode(self, block: bytes, final: bool = False) -> None:
        pending = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError as problem:
            self.error_at = self.bytes - pending + problem.start
            self.error_line = self.lines + 1 + problem.object[: problem.start].count(b"\n")

    def other_utf8(self) -> bool:
        """Whether the file is UTF-8 though another encoding is declared."""
        return self._utf8 is not None and self._utf8.told()

    def finish(self) -> str:
        """The digest; a character cut off at the end of the file is found here."""
        if self.error_at < 0:
            self._decode(b"", final=True)
        return self._digest.finalize().hex()


def survey(path: Path, profile: Profile) -> Survey:
    """Read the whole file once and tell what it is; OSError where it cannot be read."""
    check = _Check(profile.encoding)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            check.add(block)
    sm3 = check.finish()
    ended = check.last in (b"", b"\n")
    lines = check.lines + (not ended) - (profile.header and check.bytes > 0)
    utf8 = check.other_utf8()
    return Survey(lines, check.bytes, sm3, check.error_at, check.error_line, ended, utf8)


def survey_errors(found: Survey, profile: Profile) -> Iterator[FieldError]:
    """What makes the file unusable whatever its rows say."""
    if found.bytes == 0:
        yield error("file.empty", place())
    if found.other_utf8:
        yield error("file.encoding_utf8", place(), encoding=profile.encoding.upper())
    elif found.encoding_error_at >= 0:
        at = {"byte": found.encoding_error_at, "encoding": profile.encoding.upper()}
        yield error("file.encoding", place(found.encoding_error_line), **at)
    if not found.line_ended:
        yield error("file.truncated", place(found.rows + profile.header))


def first_line(path: Path, profile: Profile) -> tuple[bytes, int]:
    """The first line without byte order mark and line end, and the offset of the byte after it.

    Reads one block: a first line longer than that comes back cut, which no header survives.
    """
    with path.open("rb") as file:
        head = file.read(BLOCK)
    bom = bom_length(head, profile)
    end = head.find(b"\n")
    end = len(head) if end < 0 else end + 1
    return head[bom:end].rstrip(b"\r\n"), end


def bom_length(head: bytes, profile: Profile) -> int:
    """How many bytes of byte order mark `head` begins with: none, 3 (UTF-8) or 4 (GB18030)."""
    bom = _BOM[profile.encoding]
    return len(bom) if head.startswith(bom) else 0


def ranges(path: Path, whole: Span, shares: Sequence[int]) -> list[Span]:
    """`whole` cut at line ends into at most one span for each of `shares`, each with its first line.

    The sizes of the spans are to each other nearly as the shares.
    """
    spans: list[Span] = []
    line = whole.first_line
    with path.open("rb") as file:
        start = whole.start
        for told in accumulate(shares):
            goal = whole.start + (whole.end - whole.start) * told // sum(shares)
            end = whole.end if goal == whole.end else _line_end(file, max(goal, start), whole.end)
            if end > start:
                spans.append(Span(start, end, line))
                line += _count_lines(file, start, end)
                start = end
    return spans


def rest(path: Path, whole: Span, after_line: int) -> Span:
    """What of `whole` comes after line `after_line`: where a reading that was broken off goes on."""
    skip, offset = after_line + 1 - whole.first_line, whole.start
    if skip <= 0:
        return whole
    with path.open("rb") as file:
        file.seek(offset)
        while block := file.read(min(BLOCK, whole.end - offset)):
            if (ends := block.count(b"\n")) >= skip:
                return Span(offset + _nth_line_end(block, skip), whole.end, after_line + 1)
            skip -= ends
            offset += len(block)
    return Span(whole.end, whole.end, after_line + 1)


def _nth_line_end(block: bytes, count: int) -> int:
    """The place after the line end number `count`, counted from 1."""
    end = 0
    for _ in range(count):
        end = block.index(b"\n", end) + 1
    return end


def _line_end(file: BinaryIO, position: int, limit: int) -> int:
    """The offset after the first line end at or after `position`, at most `limit`."""
    file.seek(position)
    while block := file.read(BLOCK):
        found = block.find(b"\n")
        if found >= 0:
            return min(position + found + 1, limit)
        position += len(block)
    return limit


def _count_lines(file: BinaryIO, start: int, end: int) -> int:
    """How many line ends stand between two offsets."""
    file.seek(start)
    lines = 0
    while start < end and (block := file.read(min(BLOCK, end - start))):
        lines += block.count(b"\n")
        start += len(block)
    return lines
