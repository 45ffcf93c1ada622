"""The first line of a file against the columns of its layout."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from batch.formats.errors import error, place, refuse
from batch.formats.profile import Profile
from batch.formats.survey import Span, bom_length, first_line
from mdm.errors import FieldError

#: Columns that a reject file appends; a corrected reject file is read as if they were not there.
REJECT_COLUMNS = ("reject_line", "reject_field", "reject_code", "reject_reason")
#: Errors of one header that are told, and how much of an unknown name: a header may be any text.
_ERRORS, _NAME = 100, 60


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of one file lie: `positions` of the layout's columns among `width` columns.

    `in_order` says that a row is exactly the layout's columns, so that nothing needs rearranging.
    `data` spans the rows: the header and a byte order mark are outside.
    """

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    width: int
    data: Span

    @property
    def headed(self) -> bool:
        """Whether the first line names the columns, which a corrected reject file always does."""
        return self.data.first_line > 1

    @property
    def in_order(self) -> bool:
        return self.positions == tuple(range(self.width))


def shape(path: Path, profile: Profile, columns: Sequence[str]) -> Shape:
    """Where the columns of the layout are in this file; Invalid with the errors of its header.

    Columns may come in another order; reject columns are passed over. A file without a header may
    still begin with one where it is a corrected reject file.
    """
    line, end = first_line(path, profile)
    names = _names(line, profile)
    amended = not profile.header and tuple(names) == (*columns, *REJECT_COLUMNS)
    if not profile.header and not amended:
        return _headless(path, profile, columns)
    if problems := list(islice(_problems(names, columns), _ERRORS)):
        raise refuse(problems)
    found = tuple(names.index(column) for column in columns)
    return Shape(tuple(columns), found, len(names), Span(end, path.stat().st_size, 2))


def _headless(path: Path, profile: Profile, columns: Sequence[str]) -> Shape:
    with path.open("rb") as file:
        start = bom_length(file.read(4), profile)
    data = Span(start, path.stat().st_size, 1)
    return Shape(tuple(columns), tuple(range(len(columns))), len(columns), data)


def names_of(path: Path, profile: Profile) -> list[str]:
    """The names in the first line of a file; whatever stands there, where it is no header."""
    return _names(first_line(path, profile)[0], profile)


def _names(line: bytes, profile: Profile) -> list[str]:
    text = line.decode(profile.encoding, "replace")
    if profile.trailing_separator:
        text = text.removesuffix(profile.separator)
    names = text.split(profile.separator)
    return [name.strip(" ").strip('"') for name in names] if profile.strip or profile.quoting else names


def _problems(names: Sequence[str], columns: Sequence[str]) -> Iterator[FieldError]:
    counted = Counter(names)
    if code := _no_header(counted, columns):
        yield error(code, place(1))
        return
    known = {*columns, *REJECT_COLUMNS}
    for name in (name for name, times in counted.items() if times > 1):
        yield error("file.header_duplicate", place(1, _shown(name)))
    for name in (name for name in columns if name not in counted):
        yield error("file.header_missing", place(1, name))
    for name in (name for name in counted if name not in known):
        yield error("file.header_unknown", place(1, _shown(name)))


def _no_header(names: Counter[str], columns: Sequence[str]) -> str:
    """Why a first line is no header at all; "" where it is one, right or wrong.

    Of such a line nothing is repeated: it may be a customer's.
    """
    if any("\r" in name for name in names):
        return "file.line_end"
    if len(names) == 1 < len(columns):
        return "file.separator"
    return "file.header" if 2 * sum(name in names for name in columns) < len(columns) else ""


def _shown(name: str) -> str:
    """An unknown name as a place may hold it."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name[:_NAME])
