"""Whether a customer is identified today, by the documents on file: what a restriction hangs on (domain 1.11)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from credentials.rules.lifecycle import IDENTIFYING
from mdm.quality.primitives import OPEN_DATE

#: Types that identify by themselves; the others support (domain 1.4).
IDENTITY_TYPES = frozenset(
    {"P01", "P02", "P03", "P04", "P05", "P06", "P06N", "P07", "P08", "P09", "P10", "P11", "P12"}
) | {"O01", "O03", "O06"}
#: Days before the end of a document at which the branch is told.
BANDS = (30, 60, 90)


class Document(NamedTuple):
    """What the question is answered from."""

    type: str
    state: str
    expiry: date | None
    main: bool


def document(row: Any) -> Document:
    """A row of a credential, as an instance."""
    return Document(row.type, row.lifecycle_state, row.expiry_date, row.is_primary)


def mains(documents: Sequence[Document]) -> list[Document]:
    """The documents by which the bank identifies the customer: those marked, else all that may do so."""
    told = [one for one in documents if one.state in IDENTIFYING]
    return [one for one in told if one.main] or [one for one in told if one.type in IDENTITY_TYPES]


def over(expiry: date | None, day: date, grace_days: int = 0) -> bool:
    """Whether the time of a document, with its grace, has run out before `day`."""
    return expiry is not None and expiry != OPEN_DATE and expiry + timedelta(days=grace_days) < day


def unidentified(documents: Sequence[Document], day: date, grace_days: int) -> bool:
    """Whether every document that identifies the customer has run out, grace included. Without any there is
    nothing that ran out: that is missing, and another matter."""
    found = mains(documents)
    return bool(found) and all(over(one.expiry, day, grace_days) for one in found)


def band(expiry: date | None, day: date) -> int | None:
    """How near the end is: 0 for past, else the smallest of BANDS that holds the days left; None beyond."""
    if expiry is None or expiry == OPEN_DATE:
        return None
    left = (expiry - day).days
    return 0 if left < 0 else next((days for days in BANDS if left <= days), None)
