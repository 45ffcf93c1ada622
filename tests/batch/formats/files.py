"""Small files for these tests, written byte by byte."""

from collections.abc import Sequence
from pathlib import Path

from batch.formats.admission import Order, admit
from batch.formats.delimited import read
from batch.formats.lines import Record, Row, RowError
from batch.formats.profile import Profile
from mdm.errors import Invalid

COLUMNS = ("key", "name", "city")


def put(folder: Path, data: bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def rows_of(path: Path, profile: Profile, columns: Sequence[str] = COLUMNS) -> list[Row]:
    """All rows, after the file was admitted as a load would."""
    admitted = admit(path, profile, columns)
    return [row for rows in read(path, profile, admitted.shape) for row in rows]


def records_of(path: Path, profile: Profile, columns: Sequence[str] = COLUMNS) -> list[Record]:
    """All rows, none of which may be an error."""
    rows = rows_of(path, profile, columns)
    records = [row for row in rows if isinstance(row, Record)]
    assert records == rows
    return records


def values_of(path: Path, profile: Profile, columns: Sequence[str] = COLUMNS) -> list[list[str | None]]:
    """The values of all rows, none of which may be an error."""
    return [record.values for record in records_of(path, profile, columns)]


def errors_of(path: Path, profile: Profile, columns: Sequence[str] = COLUMNS) -> list[tuple[int, str, str]]:
    """Line, field and code of every row error."""
    rows = rows_of(path, profile, columns)
    return [(row.line, row.field, row.code) for row in rows if isinstance(row, RowError)]


def refusal(
    path: Path, profile: Profile, columns: Sequence[str] = COLUMNS, order: Order | None = None
) -> list[tuple[str, str]]:
    """Code and place of every error for which the whole file is refused; empty where it is admitted."""
    try:
        admit(path, profile, columns, order)
    except Invalid as invalid:
        return [(error.code, error.pointer) for error in invalid.errors if str(error.detail)]
    return []
