"""Writing the operation log: one row for each operation, in its transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from security.access.actor import Actor
from security.models import OperationLog


def record(
    actor: Actor,
    action: str,
    at: datetime,
    *,
    subject: str = "",
    object_id: int | None = None,
    customer_id: int | None = None,
    fields: dict[str, Any] | None = None,
    reason: str = "",
    result: str = "ok",
) -> OperationLog:
    """Write one operation. `fields` names what was touched (fields, counts, history rows), never values."""
    entry = _entry(actor, action, at, reason)
    entry.subject, entry.object_id, entry.customer_id = subject, object_id, customer_id
    entry.fields, entry.result = fields or {}, result
    entry.save(force_insert=True)
    return entry


def record_pairs(
    actor: Actor, action: str, at: datetime, pairs: Sequence[tuple[int, int]], *, reason: str
) -> None:
    """Write one operation for each (customer, other customer), all in one statement."""
    entries = []
    for customer_id, other_id in pairs:
        entry = _entry(actor, action, at, reason)
        entry.subject, entry.customer_id, entry.object_id = "customer", customer_id, other_id
        entries.append(entry)
    OperationLog.objects.bulk_create(entries, batch_size=1000)


def _entry(actor: Actor, action: str, at: datetime, reason: str) -> OperationLog:
    """A row that says who did what, when, through which door, and why."""
    return OperationLog(
        at=at,
        actor=actor.name,
        actor_id=actor.user_id,
        roles=",".join(actor.roles)[:200],
        org_code=actor.org_code,
        channel=actor.channel,
        address=actor.address,
        request_id=actor.request_id,
        action=action,
        reason=reason[:200],
    )
