"""Which patterns may be kept: those that no text can keep a worker busy with.

`re` tries one way after another to read a text by a pattern, and a text that fails is tried in every way. So the
ways that a pattern leaves are counted, from above: what is optional, repeated or a choice multiplies them.
"""

import re
from dataclasses import dataclass

#: Characters of a pattern.
LONGEST = 200
#: A pattern that no text fits.
NEVER = r"[^\s\S]"
#: Ways to read one text, and steps of one way, that are a matter of milliseconds.
WAYS, STEPS = 100_000, 10_000
#: Whatever is repeated so often in more than one way leaves more ways than that.
_OFTEN = WAYS.bit_length()
_ATOM = re.compile(
    r"\\[dDwWsSbB]|\\u[0-9A-Fa-f]{4}|\\[^A-Za-z0-9]|\[\^?\]?(?:\\.|[^\\\]])*\]|[^\\()\[\]{}|*+?]", re.DOTALL
)
_TIMES = re.compile(r"(?:([*+?])|\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\})\??")


def is_cheap(pattern: str, longest: int) -> bool:
    """Whether a pattern is a plain regular expression (no look-around, no reference to a group) that every text of
    up to `longest` characters is quickly held against."""
    if len(pattern) > LONGEST:
        return False
    try:
        cost = _Reader(pattern, longest).whole()
        re.compile(pattern)
    except (re.error, ValueError):
        return False
    return cost.ways <= WAYS and cost.steps <= STEPS


@dataclass(frozen=True, slots=True)
class _Cost:
    """At most so many ways to read a text, each of at most so many steps."""

    ways: int = 1
    steps: int = 1


class _Reader:
    """Reads a pattern once, from left to right. ValueError at what is no plain regular expression."""

    def __init__(self, pattern: str, longest: int) -> None:
        self._pattern, self._longest, self._at = pattern, longest, 0

    def whole(self) -> _Cost:
        """The cost of all of it."""
        cost = self._choice()
        if self._at < len(self._pattern):
            raise ValueError
        return cost

    def _choice(self) -> _Cost:
        """Branches up to the end, or to the bracket that closes the group."""
        cost = self._sequence()
        while self._take("|"):
            other = self._sequence()
            cost = _Cost(cost.ways + other.ways, cost.steps + other.steps)
        return cost

    def _sequence(self) -> _Cost:
        cost = _Cost()
        while self._pattern[self._at : self._at + 1] not in ("", "|", ")"):
            part = self._repeated(self._group() if self._take("(") else self._atom())
            cost = _Cost(min(cost.ways * part.ways, WAYS + 1), cost.steps + part.steps)
        return cost

    def _group(self) -> _Cost:
        cost = self._choice()
        if not self._take(")"):
            raise ValueError
        return cost

    def _atom(self) -> _Cost:
        self._match(_ATOM)
        return _Cost()

    def _repeated(self, one: _Cost) -> _Cost:
        if not _TIMES.match(self._pattern, self._at):
            return one
        sign, least, comma, most = self._match(_TIMES).groups()
        fewest = int(least) if least else int(sign == "+")
        highest = 1 if sign == "?" else int(most) if most else self._longest if sign or comma else fewest
        ways = (max(highest, fewest) - fewest + 1) * one.ways ** min(max(highest, 1), _OFTEN)
        return _Cost(ways, one.steps * max(highest, 1))

    def _match(self, wanted: re.Pattern[str]) -> re.Match[str]:
        found = wanted.match(self._pattern, self._at)
        if found is None:
            raise ValueError
        self._at = found.end()
        return found

    def _take(self, sign: str) -> bool:
        taken = self._pattern.startswith(sign, self._at)
        self._at += taken
        return taken
