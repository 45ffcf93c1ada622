"""Operation logs with rows of many kinds, and sealing all of one."""

import uuid
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db import transaction

from security.access.actor import Actor, system_actor
from security.audit.log import record
from security.audit.sealing import Sealer
from security.audit.waiting import waiting
from tests.factories.security import NOW

#: Seconds after which something that should have happened never will.
PATIENCE = 300.0
WRITER = system_actor("writer", []).asking("0" * 32, "10.1.2.3")


def new_bucket() -> str:
    return f"audit-{uuid.uuid4().hex[:20]}"


def write(rows: int, *, actor: Actor = WRITER, at: datetime = NOW, each: int = 1) -> None:
    """Rows, `each` of them in a transaction."""
    for first in range(0, rows, each):
        with transaction.atomic():
            for number in range(first, min(first + each, rows)):
                record(
                    actor,
                    "try.write",
                    at + timedelta(seconds=number),
                    subject="try",
                    object_id=number,
                    customer_id=1000 + number,
                    fields={"shown": number, "filters": ["a", "b"]},
                    reason=f"reason {uuid.uuid4()}",
                )


def seal_all(sealer: Sealer) -> int:
    """Seal until nothing waits; PostgreSQL's own work may hold the horizon back for a while."""
    end, sealed = monotonic() + PATIENCE, 0
    while waiting(datetime.now(UTC)).since is not None:
        assert monotonic() < end, "the horizon did not move"
        sealed += sealer.round(datetime.now(UTC))
    return sealed
