"""The rows of a workbook's first sheet as texts, for who reads them as they would read a text file.

Runs apart (`child`), after the workbook was searched (`sheets`). Nothing is calculated: a formula is told as one, for
what it once showed is not what it would show. The sheet is read as a stream and no further than was asked.
"""

import io
import json
from datetime import date, datetime, time
from typing import Any, Final

from security.content.verdict import Refused

#: What a cell is told as where no text stands for it; the sign in front is in no text of a workbook (XML 1.0, 2.2).
FORMULA, FAULTY, ROUNDED = "\0formula", "\0faulty", "\0rounded"
#: Spreadsheets keep fifteen digits of a number; what had more is another number now.
_EXACT: Final = 10**15


def rows(data: bytes, most: int, widest: int = 200) -> tuple[bytes, int]:
    """JSON of the first `most` rows that hold anything, each a list of texts or null; and how many they are."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    if not book.worksheets:
        raise Refused("content.damaged")
    sheet, found = book.worksheets[0], list[list[str | None]]()
    for row in sheet.iter_rows(max_col=widest):
        told = [_text(cell) for cell in row]
        if any(told):
            found.append(told)
        if len(found) >= most:
            break
    return json.dumps(found).encode(), len(found)


def _text(cell: Any) -> str | None:
    """A cell as one would have typed it into a text file."""
    if cell.data_type == "f":
        return FORMULA
    if cell.data_type == "e":
        return FAULTY
    value = cell.value
    match value:
        case None:
            return None
        case bool():
            return "Y" if value else "N"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date():
            return value.isoformat()
        case int() | float():
            return _number(value)
        case _:
            return str(value).strip() or None


def _number(value: float) -> str:
    if abs(value) >= _EXACT:
        return ROUNDED
    return str(int(value)) if float(value).is_integer() else repr(value)
