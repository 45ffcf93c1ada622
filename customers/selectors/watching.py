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
#: Of some customers those that count for a protected one out of reach, each by its golden customer.
_PROTECTED = "panorama_protected(%s::bigint[])"


def matched_in_vain(actor: Actor, customer_ids: Sequence[int], at: datetime) -> set[int]:
    """Inside `in_scope`: the protected ones of customers out of reach that somebody who was typed in may be; raise the
    alarm for them."""
    guarded = {pk: _asked(_PROTECTED, [[pk]]) for pk in customer_ids}
    for customer in {golden for found in guarded.values() for golden in found}:
        if actor.user_id is not None:
            alarm(LOOKUP, actor, at, customer)
    return {pk for pk, found in guarded.items() if found}


def branches_of(customer_ids: Sequence[int]) -> dict[int, str]:
    """The managing branch of customers out of reach, so that one can ask there; not of protected ones."""
    if not customer_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, branch FROM panorama_managed_at(%s::bigint[])", [list(customer_ids)])
        return dict(cursor.fetchall())


def asked_in_vain(actor: Actor, customer_id: int, at: datetime) -> None:
    """After the refusal of a customer: raise the alarm where it is a protected one."""
    if actor.user_id is not None:
        _alarm(actor, _PROTECTED, [[customer_id]], at)


def searched_in_vain(actor: Actor, wanted: Sequence[tuple[int, bytes]], at: datetime) -> None:
    """Inside `in_scope`: raise the alarm for protected customers out of reach that have one of these digests."""
    if actor.user_id is not None and wanted:
        _alarm(
            actor, "panorama_protected_by(%s::smallint[], %s::bytea[])",
            [list(column) for column in zip(*wanted, strict=True)], at,
        )  # fmt: skip


def _alarm(actor: Actor, function: str, arguments: list[list[object]], at: datetime) -> None:
    for customer in _asked(function, arguments):
        alarm(LOOKUP, actor, at, customer)


def _asked(function: str, arguments: list[list[object]]) -> list[int]:
    """The customers that a function of the database names."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", arguments)
        return [row[0] for row in cursor.fetchall()]


def register() -> None:
    """Listen to refusals."""
    register_missed(asked_in_vain)
