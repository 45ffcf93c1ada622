"""Whatever a test changes through a door must have left a row in the operation log; which doors change nothing."""

from collections.abc import Callable
from typing import Any, TypeVar

from security.models import OperationLog
from tests.support.doors import door_at

T = TypeVar("T")

#: Doors that change nothing of the bank's, and why. A door that is neither here nor in `CHANGING`
#: (tests/architecture/test_audited.py) fails the build.
READ_ONLY = {
    "customers.admin.search.ask": "what was typed, sealed for the reader's own next page; that page searches and logs",
    "mdm.backoffice.preferences.set_display": "how wide and how bright one browser shows pages, in its own cookie",
    "mdm.backoffice.preferences.set_language": "the language of one browser, in its own cookie",
}


def left_a_row(method: str, address: str, send: Callable[[], T], done: Callable[[T], bool]) -> T:
    """The answer of `send`; where it says that something was done, the log must have grown."""
    before = _newest()
    answer = send()
    if done(answer) and _newest() == before:
        door = door_at(address, method)
        assert door in READ_ONLY or door.startswith("tests."), (
            f"{method} {address} ({door}) left no row in the operation log"
        )
    return answer


def _newest() -> int:
    found: Any = OperationLog.objects.order_by("-id").values_list("id", flat=True).first()
    return int(found or 0)
