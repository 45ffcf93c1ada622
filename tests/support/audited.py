"""Whatever a test changes through a door must have left its row in the operation log; which doors change nothing."""

from collections.abc import Callable
from typing import TypeVar

from tests.support.audited_doors import DOORS
from tests.support.doors import door_at
from tests.support.log_rows import newest, operations_since

T = TypeVar("T")

#: Doors that change nothing of the bank's, and why. A door that is neither here nor in `DOORS` nor in `SHOWING`
#: (tests/architecture/test_audited.py) fails the build.
READ_ONLY = {
    "customers.admin.search.ask": "what was typed, sealed for the reader's own next page; that page searches and logs",
    "mdm.backoffice.preferences.set_display": "how wide and how bright one browser shows pages, in its own cookie",
    "mdm.backoffice.preferences.set_language": "the language of one browser, in its own cookie",
}


def left_a_row(method: str, address: str, send: Callable[[], T], done: Callable[[T], bool]) -> T:
    """The answer of `send`; where it says that something was done, the log must say what this door is for."""
    mark = newest()
    answer = send()
    if done(answer):
        door, operations = door_at(address, method), operations_since(mark)
        told = DOORS[door].left(operations) if door in DOORS else bool(operations)
        assert told or door in READ_ONLY or door.startswith("tests."), (
            f"{method} {address} ({door}) left {sorted(operations)} in the operation log"
        )
    return answer
