"""What stands between a file and its first row: all that can be wrong with it as a whole.

Every error is found and told at once: encoding, end of file, header, control file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from batch.formats.control import Control, Mode, control_errors, control_path, order_errors, read_control
from batch.formats.errors import error, place, refuse
from batch.formats.header import Shape, shape
from batch.formats.packed import packed
from batch.formats.profile import Profile
from batch.formats.sameness import Sameness, sameness
from batch.formats.survey import Survey, survey, survey_errors
from mdm.errors import FieldError, Invalid

T = TypeVar("T")
#: Days that a business date may be ahead of today: the longest holidays, over which the host turns its date
#: to the next working day. A date beyond is a slip, and would make each true day after it come too late.
AHEAD = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What the run expects of the file: None where anything goes.

    `file_name` is the sender's name for it, `today` the day from which a business date is seen as ahead.
    """

    control_required: bool = False
    file_name: str | None = None
    business_date: date | None = None
    mode: Mode | None = None
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file that may be read: what it is, where its columns are, what its sender promised, if anything.

    `sameness` tells later whether it still is the file that was looked at.
    """

    path: Path
    survey: Survey
    shape: Shape
    control: Control | None
    sameness: Sameness


def admit(path: Path, profile: Profile, columns: Sequence[str], order: Order | None = None) -> Admitted:
    """Look at the whole file once; Invalid with every `file.` error, or what is known of the file.

    A control file is checked wherever there is one, and demanded where the order says so.
    """
    seen = _seen(path)
    try:
        return _admit(path, profile, columns, order or Order(), seen)
    except OSError as problem:
        raise refuse([error("file.unreadable", place())]) from problem


def _seen(path: Path) -> Sameness:
    """The file as it is before anything of it is read; Invalid where there is none, or it is no text file."""
    try:
        if not path.is_file():
            raise refuse([error("file.missing", place())])
        seen, kind = sameness(path), packed(path)
    except OSError as problem:
        raise refuse([error("file.unreadable", place())]) from problem
    if kind:
        raise refuse([error("file.packed", place(), kind=kind)])
    return seen


def _admit(path: Path, profile: Profile, columns: Sequence[str], order: Order, seen: Sameness) -> Admitted:
    """The look at a file that can be read; OSError where it cannot after all."""
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
    seen.require(path)
    return Admitted(path, found, lies, control, seen)


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
    yield from _ahead(control, order)
    if found.bytes and not found.rows and (control is None or control.mode == "full"):
        yield error("file.no_rows", place())


def _ahead(control: Control | None, order: Order) -> Iterator[FieldError]:
    """A business date, ordered or promised, that is too far ahead to be true."""
    promised = control.business_date if control else None
    day = order.business_date or promised
    if day and order.today and day > order.today + timedelta(days=AHEAD):
        yield error("file.future", "/control/business_date" if day == promised else place(), days=AHEAD)
