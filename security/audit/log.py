"""Writing the operation log: one row for each operation, in its transaction."""

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
    return OperationLog.objects.create(
        at=at,
        actor=actor.name,
        actor_id=actor.user_id,
        roles=",".join(actor.roles)[:200],
        org_code=actor.org_code,
        channel=actor.channel,
        address=actor.address,
        request_id=actor.request_id,
        action=action,
        subject=subject,
        object_id=object_id,
        customer_id=customer_id,
        fields=fields or {},
        reason=reason[:200],
        result=result,
    )
