"""What stands between a file and its first row: all that can be wrong with it as a whole.

Every error is found and told at once: encoding, end of file, header, control file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from batch.formats.control import Control, Mode, control_errors, control_path, order_errors, read_control
from batch.formats.errors import error, place, refuse
from batch.formats.header import Shape, shape
from batch.formats.profile import Profile
from batch.formats.survey import Survey, survey, survey_errors
from mdm.errors import FieldError, Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """What the run expects of the file: None where anything goes. `file_name` is the sender's name for it."""

    control_required: bool = False
    file_name: str | None = None
    business_date: date | None = None
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that may be read: what it is, where its columns are, what its sender promised, if anything."""

    path: Path
    survey: Survey
    shape: Shape
    control: Control | None


def admit(path: Path, profile: Profile, columns: Sequence[str], order: Order | None = None) -> Admitted:
    """Look at the whole file once; Invalid with every `file.` error, or what is known of the file.

    A control file is checked wherever there is one, and demanded where the order says so.
    """
    order = order or Order()
    if not path.is_file():
        raise refuse([error("file.missing", place())])
    found = survey(path, profile)
    problems = list(survey_errors(found, profile))
    lies = _attempt(problems, lambda: shape(path, profile, columns)) if found.bytes else None
    if lies is not None and lies.headed and not profile.header:
        found = replace(found, rows=found.rows - 1)
    control_file = control_path(path)
    wanted = order.control_required or control_file.exists()
    control = _attempt(problems, lambda: read_control(control_file)) if wanted else None
    problems += _promises(path, found, control, order)
    if problems or lies is None:
        raise refuse(problems)
    return Admitted(path, found, lies, control)


def _attempt(problems: list[FieldError], look: Callable[[], T]) -> T | None:
    """What `look` finds, or None and its errors added to `problems`."""
    try:
        return look()
    except Invalid as refusal:
        problems += refusal.errors
        return None


def _promises(path: Path, found: Survey, control: Control | None, order: Order) -> Iterator[FieldError]:
    """Promises not kept, orders not met, and a file that holds nothing without saying so."""
    if control is not None:
        yield from control_errors(control, order.file_name or path.name, found)
        yield from order_errors(control, order.business_date, order.mode)
    if found.bytes and not found.rows and (control is None or control.mode == "full"):
        yield error("file.no_rows", place())
