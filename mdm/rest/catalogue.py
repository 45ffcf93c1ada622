"""The catalogue of problem types: every code that a caller of the API can meet.

Each app registers the codes of its services (`<app>/api/problems.py`), the door its own and the
kernel's (`mdm/rest/problem_types.py`).
`/api/problems/<code>` is the page that a problem's `type` leads to (RFC 9457, section 3.1.1), and a
test reads the sources to see that no service raises a code that is missing here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mdm.errors import Text


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A code, its HTTP status, its short name and what a caller does about it.

    `beside` names another code: where that is met, this one may be met in its place.
    """

    code: str
    status: int
    title: Text
    remedy: Text
    beside: str = ""

    @property
    def uri(self) -> str:
        """Where the code is explained, as a reference relative to the API's host."""
        return f"/api/problems/{self.code}"


_types: dict[str, ProblemType] = {}


def register(*entries: ProblemType) -> None:
    """Add problem types; the same code again replaces its entry."""
    _types.update({entry.code: entry for entry in entries})


def problem_types() -> list[ProblemType]:
    """Every registered type, in the order of the codes."""
    return [_types[code] for code in sorted(_types)]


def with_those_beside(codes: Iterable[str]) -> list[str]:
    """The codes, each once, and after them those that may be met in the place of one of them."""
    told = list(dict.fromkeys(codes))
    return [*told, *(e.code for e in problem_types() if e.beside in told and e.code not in told)]


def problem_type(code: str) -> ProblemType | None:
    """The type of a code; None where it is unknown."""
    return _types.get(code)
