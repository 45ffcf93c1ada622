"""What every command shares: `--json`, exit codes (design 6), a progress bar on a terminal, refusals in words."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mdm.errors import Duplicate, FieldError, NotAllowed, ServiceError, Unavailable

OK, FAILED, USAGE, PARTIAL, LOCKED, REFUSED = range(6)


class Command(BaseCommand):
    """A thin caller of one service. `work` returns the result keys and an exit code."""

    requires_system_checks: list[str] = []  # the services refuse loudly themselves

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one machine-readable result line")
        self.arguments(parser)

    def arguments(self, parser: ArgumentParser) -> None:
        """The command's own arguments."""

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Call the service. Returns what to print and the exit code."""
        raise TypeError(f"{type(self).__module__} does nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result, code = self.work(**options)
        except ServiceError as refusal:
            self._refused(refusal, options["json"])
            code = _exit_code(refusal)
        except OSError as failure:
            if failure.filename is None:
                raise
            self._refused(_unusable(failure), options["json"])
            code = FAILED
        else:
            self.say(result, options["json"])
        if code:
            raise SystemExit(code)

    def say(self, result: dict[str, Any], as_json: bool) -> None:
        """Print the result: one JSON line, or a line a key."""
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
            return
        width = max((len(name) for name in result), default=0)
        for name, value in result.items():
            text = f"{value:,}" if isinstance(value, int) and name != "run" else value
            self.stdout.write(f"  {name:<{width}}  {text}")

    def _refused(self, refusal: ServiceError, as_json: bool) -> None:
        places = [{"pointer": e.pointer, "code": e.code, "text": str(e.detail)} for e in refusal.errors]
        if as_json:
            told = {"error": refusal.code, "text": str(refusal.message), "errors": places}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        self.stderr.write(str(refusal))
        for place in places:
            self.stderr.write(f"  {place['pointer']}: {place['code']}: {place['text']}")


def _unusable(failure: OSError) -> Unavailable:
    """A file or folder named on the command line that cannot be read or written."""
    text = f"{failure.filename}: {failure.strerror}"
    return Unavailable("file.unusable", text, [FieldError("/file", "file.unusable", text)])


def _exit_code(refusal: ServiceError) -> int:
    if isinstance(refusal, NotAllowed):
        return REFUSED
    return LOCKED if isinstance(refusal, Duplicate) and refusal.code in ("run.taken", "run.busy") else FAILED


@contextmanager
def progress(title: str, quiet: bool) -> Iterator[Any]:
    """A function `(done, total)`: a bar on a terminal, a plain line for each tenth otherwise, nothing if quiet."""
    if quiet or not sys.stderr.isatty():
        yield _Lines(title, quiet)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    """Progress as plain lines on standard error, one for each tenth."""

    def __init__(self, title: str, quiet: bool) -> None:
        self.title, self.quiet, self.tenth = title, quiet, -1

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 0
        if not self.quiet and tenth > self.tenth:
            self.tenth = tenth
            print(f"{self.title}: {done:,} of {total:,}", file=sys.stderr, flush=True)


def iso_date(text: str) -> date:
    """An argument `YYYY-MM-DD` or `YYYYMMDD`; anything else is a usage error."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ArgumentTypeError(f"{text!r} is no date: use YYYY-MM-DD") from wrong
