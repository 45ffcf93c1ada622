"""The control file beside a data file: what its sender promises about it.

Same stem, ending `.ctl`, UTF-8, one `key=value` a line. It is written last and read first; a data
file that does not keep every promise is refused whole (domain 4.1).
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, cast

from batch.formats.errors import error, refuse
from batch.formats.survey import Survey
from mdm.errors import FieldError

Mode = Literal["full", "delta"]
MODES: tuple[Mode, ...] = ("full", "delta")
#: More than a control file can need; a larger one is something else.
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Control:
    """The promises: name, rows without the header, bytes and SM3 digest of the data file, and what it is."""

    file: str
    rows: int
    bytes: int
    sm3: str
    business_date: date
    mode: Mode
    generated_at: datetime
    producer: str


def control_path(path: Path) -> Path:
    """Where the control file of a data file is."""
    return path.with_suffix(".ctl")


def read_control(path: Path) -> Control:
    """The control file at `path`, read strictly; Invalid with every error of its lines."""
    if not path.is_file():
        raise refuse([error("file.control_missing", "/control")])
    entries = _entries(path)
    values, problems = _values(entries)
    if problems:
        raise refuse(problems)
    return Control(**values)


def _entries(path: Path) -> dict[str, str]:
    """Key to text; Invalid where a line is not one known key given once."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as problem:
        raise refuse([error("file.control_encoding", "/control")]) from problem
    entries: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        key, equals, value = line.partition("=")
        if line and (not equals or key not in _PARSERS or key in entries or len(data) > MAX_BYTES):
            raise refuse([error("file.control_syntax", f"/control/line/{number}")])
        if line:
            entries[key] = value
    return entries


def _values(entries: dict[str, str]) -> tuple[dict[str, Any], list[FieldError]]:
    values: dict[str, Any] = {}
    problems: list[FieldError] = []
    for key, parse in _PARSERS.items():
        try:
            values[key] = parse(entries[key])
        except (KeyError, ValueError):
            problems.append(error("file.control_value", f"/control/{key}"))
    return values, problems


def _matching(pattern: str, convert: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """A parser for texts that match `pattern` whole."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(text: str) -> Any:
        if not compiled.fullmatch(text):
            raise ValueError(text)
        return convert(text)

    return parse


_PARSERS: dict[str, Callable[[str], Any]] = {
    "file": _matching(r"[^/\\\0-\x1f]{1,255}"),
    "rows": _matching(r"\d{1,12}", int),
    "bytes": _matching(r"\d{1,15}", int),
    "sm3": _matching(r"[0-9a-f]{64}"),
    "business_date": _matching(r"\d{4}-\d\d-\d\d", date.fromisoformat),
    "mode": _matching("|".join(MODES), lambda text: cast(Mode, text)),
    "generated_at": _matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", datetime.fromisoformat),
    "producer": _matching(r"[^\0-\x1f]{1,100}"),
}


def write_control(path: Path, control: Control) -> None:
    """Write the control file; it takes its name only once it is complete."""
    lines = [f"{field.name}={_text(getattr(control, field.name))}\n" for field in fields(control)]
    partial = path.with_name(f"{path.name}.tmp")
    partial.write_text("".join(lines), encoding="utf-8")
    os.replace(partial, path)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def control_errors(control: Control, name: str, found: Survey) -> Iterator[FieldError]:
    """Every promise that the data file called `name` does not keep."""
    if control.file != name:
        yield error("file.control_file", "/control/file")
    if control.rows != found.rows:
        yield error("file.control_rows", "/control/rows", expected=control.rows, found=found.rows)
    if control.bytes != found.bytes:
        yield error("file.control_bytes", "/control/bytes", expected=control.bytes, found=found.bytes)
    if control.sm3 != found.sm3:
        yield error("file.control_digest", "/control/sm3")


def order_errors(control: Control, business_date: date | None, mode: Mode | None) -> Iterator[FieldError]:
    """Where the sender promises another day or mode than the run was ordered for; None orders nothing."""
    if business_date not in (None, control.business_date):
        yield error("file.control_business_date", "/control/business_date")
    if mode not in (None, control.mode):
        yield error("file.control_mode", "/control/mode")
