"""Refused attempts in the operation log: who tried what, about whom, and by which code it was refused.

Called by the doors, where a refusal is answered: what it would have done is rolled back by then, and the row stays.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseTrouble

from mdm.errors import ServiceError, Unavailable
from security.access.actor import Actor
from security.audit.log import record_refused
from security.models import OperationLog

#: HTTP statuses of refused attempts: nobody proved, not allowed, not there or out of scope, too often.
ATTEMPTS = frozenset({401, 403, 404, 429})
#: Codes that count whatever their status: somebody tried to decide what is not theirs to decide.
CODES = ("approval.", "duty.")
#: Rows a minute for callers of one address who have not proved who they are.
MOST_UNKNOWN = 60
#: The name of a caller who has not proved who it is.
ANONYMOUS = "anonymous"

#: The refusal of a customer that is not there, or that the caller may not know of.
UNKNOWN_CUSTOMER = "customer.unknown"

#: Told of who asked in vain for which customer, and when.
Missed = Callable[[Actor, int, datetime], object]

_log = logging.getLogger(__name__)
_missed: list[Missed] = []
_numbers: dict[str, Callable[[str], int | None]] = {}


def register_number(part: str, id_of: Callable[[str], int | None]) -> None:
    """Say how the part of an address called `part` names a customer (`AppConfig.ready`)."""
    _numbers[part] = id_of


def register_missed(told: Missed) -> None:
    """Say who wants to know of customers that were asked for in vain (`AppConfig.ready`)."""
    _missed.append(told)


def counts(refusal: ServiceError, status: int) -> bool:
    """Whether a refusal is an attempt that belongs in the log; a mistake in what was typed does not."""
    return status in ATTEMPTS or refusal.code.startswith(CODES)


def note(
    actor: Actor, action: str, refusal: ServiceError, status: int, path: Mapping[str, Any], at: datetime
) -> None:
    """Log a refused attempt; `path` is what the address named. What is away only leaves a log line."""
    if not counts(refusal, status):
        return
    try:
        if actor.name != ANONYMOUS or not _flooding(actor, at):
            named = {
                name: str(value)[:40] for name, value in path.items() if name in _numbers or _is_id(value)
            }
            fields: dict[str, Any] = {"status": status, **named}
            customer = _customer(path)
            record_refused(actor, action, at, refusal.code, fields=fields, customer_id=customer)
            if refusal.code == UNKNOWN_CUSTOMER and customer is not None:
                for told in _missed:
                    told(actor, customer, at)
    except (DatabaseTrouble, Unavailable):
        _log.exception("audit.refusal_lost", extra={"code": refusal.code})


def _is_id(value: Any) -> bool:
    """Row ids may be told; any other text of an address might be a value."""
    return isinstance(value, int) or (isinstance(value, str) and value.isdigit() and len(value) < 16)


def _customer(path: Mapping[str, Any]) -> int | None:
    found = (_numbers[name](str(value)) for name, value in path.items() if name in _numbers)
    return next((one for one in found if one is not None), None)


def _flooding(actor: Actor, at: datetime) -> bool:
    """Whether this address has filled its share of the minute: the log is not to be flooded by who is nobody."""
    recent = OperationLog.objects.filter(
        actor=ANONYMOUS, address=actor.address, at__gt=at - timedelta(minutes=1), at__lte=at
    )
    return recent.values("pk")[:MOST_UNKNOWN].count() >= MOST_UNKNOWN
