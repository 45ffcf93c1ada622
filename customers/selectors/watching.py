"""Who asks for a protected customer without right sets off an alarm: by number, document, telephone or key.

The answer is the same as for a customer that does not exist; only those who read alarms learn of it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from security.access.actor import Actor
from security.audit.refusals import register_missed
from security.services.alerts import alarm

#: The pattern of alarm rules (`security.services.alerts`).
LOOKUP = "LOOKUP"


def asked_in_vain(actor: Actor, customer_id: int, at: datetime) -> None:
    """After the refusal of a customer: raise the alarm where it is a protected one."""
    if actor.user_id is not None:
        _alarm(actor, "panorama_protected(%s::bigint[])", [[customer_id]], at)


def searched_in_vain(actor: Actor, wanted: Sequence[tuple[int, bytes]], at: datetime) -> None:
    """Inside `in_scope`: raise the alarm for protected customers out of reach that have one of these digests."""
    if actor.user_id is not None and wanted:
        _alarm(
            actor, "panorama_protected_by(%s::smallint[], %s::bytea[])",
            [list(column) for column in zip(*wanted, strict=True)], at,
        )  # fmt: skip


def _alarm(actor: Actor, function: str, arguments: list[list[object]], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", arguments)
        found = [row[0] for row in cursor.fetchall()]
    for customer in found:
        alarm(LOOKUP, actor, at, customer)


def register() -> None:
    """Listen to refusals."""
    register_missed(asked_in_vain)
