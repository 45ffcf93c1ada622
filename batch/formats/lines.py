"""From the bytes of many lines to records and row errors: the inner loop of every load.

A clean block is parsed whole, without a Python step per value; only a block in which something is
odd is looked at line by line. Both ways give the same rows.
"""

from functools import partial
from itertools import count
from typing import NamedTuple

from batch.formats.errors import error, place, refuse, text
from batch.formats.header import Shape
from batch.formats.profile import QUOTE, Profile
from batch.formats.syntax import BYTE_ORDER_MARK, CONTROLS, FORBIDDEN, join_line, split_line
from mdm.errors import Text

Values = list[str | None]


class Record(NamedTuple):
    """One row: its line in the file (the header is line 1), the line as it stood, the layout's columns."""

    line: int
    raw_line: str
    values: Values


class RowError(NamedTuple):
    """One row that cannot be read; `field` is empty where the whole line is meant."""

    line: int
    raw_line: str
    field: str
    code: str
    detail: Text


Row = Record | RowError
#: A record from a triple, without the Python call that `Record(...)` makes.
_record = partial(tuple.__new__, Record)


class Lines:
    """A parser for the lines of one file; see `parse`."""

    def __init__(self, profile: Profile, shape: Shape) -> None:
        self._profile, self._shape = profile, shape
        self._separator = profile.separator
        self._width = shape.width + profile.trailing_separator
        self._nulls = frozenset(profile.nulls)
        self._odd_nulls = [null.encode(profile.encoding) for null in profile.nulls if null]
        ends = (profile.separator, "\n")
        self._pads = [pad.encode(profile.encoding) for end in ends for pad in (f" {end}", f"{end} ")]
        self._limit = min(profile.max_field, profile.max_line)
        control_in_separator = not set(profile.separator).isdisjoint(CONTROLS)
        self._forbidden_bytes = "".join(set(CONTROLS) - set(profile.separator)).encode()
        self._whole_blocks = shape.in_order and not (control_in_separator and len(profile.separator) > 1)

    def parse(self, first: int, block: bytes) -> list[Row]:
        """The rows of whole lines, of which the first is line `first` of the file.

        Raises Invalid `file.encoding` with the line where the bytes are not in the declared encoding.
        """
        block = block.replace(b"\r\n", b"\n") if b"\r\n" in block else block
        block = block.removesuffix(b"\n")
        decoded = self._decode(first, block)
        lines = decoded.split("\n")
        rows = self._split_all(block, decoded, lines)
        if rows is None:
            return [self._row(number, line) for number, line in enumerate(lines, first)]
        return list(map(_record, zip(count(first), lines, self._clean_all(rows, block), strict=False)))

    def _decode(self, first: int, block: bytes) -> str:
        """The text; of a line that the length limit cut off, a character cut in two is dropped."""
        too_long = len(block) > 4 * self._profile.max_line and b"\n" not in block
        try:
            return block.decode(self._profile.encoding, "ignore" if too_long else "strict")
        except UnicodeDecodeError as problem:
            line = first + block[: problem.start].count(b"\n")
            at = {"byte": problem.start, "encoding": self._profile.encoding.upper()}
            raise refuse([error("file.encoding", place(line), **at)]) from problem

    def _split_all(self, block: bytes, decoded: str, lines: list[str]) -> list[list[str]] | None:
        """All lines split, or None where at least one needs a closer look."""
        if not self._whole_blocks or self._odd(block, decoded, lines):
            return None
        rows = [line.split(self._separator) for line in lines]
        if set(map(len, rows)) != {self._width}:
            return None
        if self._profile.trailing_separator and any(row.pop() for row in rows):
            return None
        return rows

    def _odd(self, block: bytes, decoded: str, lines: list[str]) -> bool:
        """Whether the block holds a control character, a stray mark, a quote or a long line."""
        return (
            len(block.translate(None, self._forbidden_bytes)) != len(block)
            or BYTE_ORDER_MARK in decoded
            or (self._profile.quoting and QUOTE in decoded)
            or max(map(len, lines)) > self._limit
        )

    def _clean_all(self, rows: list[list[str]], block: bytes) -> list[Values]:
        """Padding taken off and absent values made None, where the block holds any."""
        if self._profile.strip and self._padded(block):
            rows = [[value.strip(" ") for value in row] for row in rows]
        if any(null in block for null in self._odd_nulls):
            return [self._absent(row) for row in rows]
        return [[value or None for value in row] for row in rows]

    def _padded(self, block: bytes) -> bool:
        """Whether a space may stand next to a separator or a line end (never missed, seldom wrong)."""
        return b" " in block[:1] + block[-1:] or any(pad in block for pad in self._pads)

    def _absent(self, row: list[str]) -> Values:
        return [None if value in self._nulls else value for value in row]

    def _row(self, number: int, line: str) -> Row:
        """One line, looked at closely."""
        if len(line) > self._profile.max_line:
            cut = line[: self._profile.max_line]
            return self._error(number, cut, "row.too_long", limit=self._profile.max_line)
        values = split_line(line, self._profile)
        if values is None:
            return self._error(number, line, "row.quote")
        if self._profile.trailing_separator and values.pop():
            return self._error(number, line, "row.columns", found=len(values) + 1, expected=self._width)
        return self._checked(number, line, values)

    def _checked(self, number: int, line: str, values: list[str]) -> Row:
        if stray := next(((i, value) for i, value in enumerate(values) if FORBIDDEN.search(value)), None):
            code = "row.nul" if "\0" in stray[1] else "row.control"
            return self._error(number, line, code, self._name(stray[0], len(values)))
        if len(values) != self._shape.width:
            found = len(values)
            return self._error(number, line, "row.columns", found=found, expected=self._shape.width)
        limit = self._profile.max_field
        if (long := next((i for i, value in enumerate(values) if len(value) > limit), -1)) >= 0:
            return self._error(number, line, "row.field_too_long", self._name(long, len(values)), limit=limit)
        return self._arranged(number, line, values)

    def _arranged(self, number: int, line: str, values: list[str]) -> Record:
        """The record with the layout's columns in the layout's order, whatever the file's is."""
        if self._profile.strip:
            values = [value.strip(" ") for value in values]
        if not self._shape.in_order:
            values = [values[position] for position in self._shape.positions]
            line = join_line(values, self._profile)
        return Record(number, line, self._absent(values))

    def _name(self, index: int, found: int) -> str:
        """The column at `index` of a line of `found` values; empty where the columns do not fit."""
        if found != self._shape.width or index not in self._shape.positions:
            return ""
        return self._shape.columns[self._shape.positions.index(index)]

    def _error(self, number: int, line: str, code: str, field: str = "", **parameters: object) -> RowError:
        return RowError(number, line, field, code, text(code, **parameters))
