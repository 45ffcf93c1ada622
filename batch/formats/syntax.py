"""One line of a delimited file: taken apart and put together again."""

import re
from collections.abc import Sequence
from typing import Final

from batch.formats.profile import QUOTE, Profile

#: C0 controls and DEL without the line feed, which ends lines; no value may hold one.
CONTROLS: Final = "".join(map(chr, [*range(0x0A), *range(0x0B, 0x20), 0x7F]))
#: Inside a file it means that two files were put together.
BYTE_ORDER_MARK: Final = "\ufeff"
UNWRITABLE: Final = re.compile(f"[{re.escape(CONTROLS)}\n{BYTE_ORDER_MARK}]")
FORBIDDEN: Final = re.compile(f"[{re.escape(CONTROLS)}{BYTE_ORDER_MARK}]")


def split_line(line: str, profile: Profile) -> list[str] | None:
    """The values of a line, quotes removed; None where a quote is not closed or out of place."""
    if not profile.quoting or QUOTE not in line:
        return line.split(profile.separator)
    values: list[str] = []
    position = 0
    while True:
        taken = _take(line, position, profile.separator)
        if taken is None:
            return None
        value, position = taken
        values.append(value)
        if position > len(line):
            return values


def _take(line: str, start: int, separator: str) -> tuple[str, int] | None:
    """The value that begins at `start` and where the next one begins (beyond the line after the last)."""
    if line.startswith(QUOTE, start):
        end = _closing_quote(line, start + 1)
        value, after = line[start + 1 : end].replace(QUOTE * 2, QUOTE), end + 1
        if end < 0 or not (after == len(line) or line.startswith(separator, after)):
            return None
    else:
        end = line.find(separator, start)
        after = len(line) if end < 0 else end
        value = line[start:after]
        if QUOTE in value:
            return None
    return value, after + (len(separator) if after < len(line) else 1)


def _closing_quote(line: str, start: int) -> int:
    """Where the quote that is not doubled stands; -1 where there is none."""
    end = line.find(QUOTE, start)
    while end >= 0 and line.startswith(QUOTE, end + 1):
        end = line.find(QUOTE, end + 2)
    return end


def join_line(values: Sequence[str], profile: Profile) -> str:
    """The line for `values`, quoted where the profile quotes; nothing is checked."""
    quoted = [_quoted(value, profile) for value in values] if profile.quoting else values
    return profile.separator.join(quoted) + (profile.separator if profile.trailing_separator else "")


def _quoted(value: str, profile: Profile) -> str:
    """`value` in quotes where it holds a quote or any character of the separator."""
    if QUOTE not in value and set(value).isdisjoint(profile.separator):
        return value
    return f"{QUOTE}{value.replace(QUOTE, QUOTE * 2)}{QUOTE}"
