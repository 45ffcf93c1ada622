"""Writing delimited files that the reader gives back value for value, or not at all.

Used for exports, rejects and generated files. A value that would be read back as something else
(because it holds the separator, a control character, or is spelt like an absent one) is refused.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes

from batch.formats.errors import error, place, refuse
from batch.formats.header import REJECT_COLUMNS
from batch.formats.lines import RowError
from batch.formats.profile import Profile
from batch.formats.survey import Survey
from batch.formats.syntax import UNWRITABLE, join_line, split_line
from mdm.errors import FieldError

OutRow = Sequence[str | None]


class Writer:
    """Appends lines to an open binary file, counting and digesting what it writes."""

    def __init__(self, file: BinaryIO, profile: Profile, columns: Sequence[str]) -> None:
        """Writes the header line at once where the profile has one."""
        self._file, self._profile, self._columns = file, profile, tuple(columns)
        self._digest = hashes.Hash(hashes.SM3())
        self._bytes = self._lines = 0
        self._header = profile.header
        self._limit = min(profile.max_field, profile.max_line)
        self._odd_nulls = frozenset(profile.nulls) - {""}
        self._control_in_separator = bool(UNWRITABLE.search(profile.separator))
        if profile.header:
            self.write([columns])

    def write(self, rows: Iterable[OutRow]) -> None:
        """Append rows; Invalid with every place that cannot be written, and then nothing is."""
        texts = [["" if value is None else value for value in row] for row in rows]
        lines = [join_line(row, self._profile) for row in texts]
        problems = [
            problem
            for number, (row, line) in enumerate(zip(texts, lines, strict=True), self._lines + 1)
            if not self._returns(row, line)
            for problem in self._problems(number, row)
        ]
        if problems:
            raise refuse(problems)
        self.write_lines(lines)

    def write_lines(self, lines: Sequence[str]) -> None:
        """Append lines as they are; Invalid `value.encoding` where the encoding does not know a character."""
        try:
            data = "".join([f"{line}\n" for line in lines]).encode(self._profile.encoding)
        except UnicodeEncodeError as problem:
            line = self._lines + 1 + problem.object.count("\n", 0, problem.start)
            raise refuse([error("value.encoding", place(line))]) from problem
        self._digest.update(data)
        self._file.write(data)
        self._bytes += len(data)
        self._lines += len(lines)

    def survey(self) -> Survey:
        """What has been written so far, as `batch.formats.survey.survey` would find it in the file."""
        return Survey(self._lines - self._header, self._bytes, self._digest.copy().finalize().hex())

    def _returns(self, row: list[str], line: str) -> bool:
        """Whether the reader would give `row` back for `line`."""
        profile = self._profile
        return (
            len(row) == len(self._columns)
            and split_line(line, profile) == (row + [""] if profile.trailing_separator else row)
            and not UNWRITABLE.search("".join(row) if self._control_in_separator else line)
            and self._odd_nulls.isdisjoint(row)
            and (len(line) <= self._limit or self._fits(row, line))
        )

    def _fits(self, row: Sequence[str], line: str) -> bool:
        return len(line) <= self._profile.max_line and max(map(len, row)) <= self._profile.max_field

    def _problems(self, number: int, row: Sequence[str]) -> Iterator[FieldError]:
        """What is wrong with a row, value by value; with the whole line where no single value is to blame."""
        if len(row) != len(self._columns):
            counts = {"found": len(row), "expected": len(self._columns)}
            yield error("value.columns", place(number), **counts)
            return
        codes = [(name, self._code(value)) for name, value in zip(self._columns, row, strict=True)]
        found = [error(code, place(number, name)) for name, code in codes if code]
        yield from found or [error("value.separator", place(number))]

    def _code(self, value: str) -> str:
        if UNWRITABLE.search(value):
            return "value.control"
        if value in self._odd_nulls:
            return "value.null"
        if self._profile.separator in value and not self._profile.quoting:
            return "value.separator"
        return "value.too_long" if len(value) > self._profile.max_field else ""


class RejectWriter:
    """Writes rejected rows so that they can be corrected and sent again.

    The file has the form of the layout, always with a header, and four columns more: line, field, code
    and reason. The line itself stands as it came. The reader passes the four columns over.
    """

    def __init__(self, file: BinaryIO, profile: Profile, columns: Sequence[str]) -> None:
        self._writer = Writer(file, replace(profile, header=True), (*columns, *REJECT_COLUMNS))
        self._profile = profile

    def write(self, rejects: Iterable[RowError]) -> None:
        """Append rejects, in the reader's language as active now."""
        self._writer.write_lines([self._line(reject) for reject in rejects])

    def _line(self, reject: RowError) -> str:
        line = (
            reject.raw_line if self._profile.trailing_separator else reject.raw_line + self._profile.separator
        )
        reason = str(reject.detail).replace(self._profile.separator, " ").replace("\n", " ")
        return line + join_line([str(reject.line), reject.field, reject.code, reason], self._profile)

    def survey(self) -> Survey:
        """What has been written so far; `rows` is the number of rejects."""
        return self._writer.survey()


@contextmanager
def create(path: Path, profile: Profile, columns: Sequence[str]) -> Iterator[Writer]:
    """A writer to a new file that takes its name only once it is complete and on disk."""
    partial = path.with_name(f"{path.name}.tmp")
    try:
        with partial.open("wb") as file:
            yield Writer(file, profile, columns)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
