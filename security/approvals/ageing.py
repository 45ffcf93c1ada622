"""What the clock does to requests: those that waited too long go to the next level, old ones expire.

Each request is moved in a transaction of its own; one that somebody is just deciding is passed over and
looked at the next time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from security.access.actor import Actor
from security.access.scope import in_scope
from security.approvals.models import ChangeRequest
from security.approvals.persons import VIEW
from security.approvals.requests import anywhere, drop, moved, step
from security.approvals.states import OPEN, Move, State, after

RIGHT = "approval.escalated"


@dataclass(frozen=True, slots=True)
class Aged:
    """How many requests went to the next level, and how many expired."""

    escalated: int
    expired: int


def age(actor: Actor, *, at: datetime) -> Aged:
    """Expire what is past its life, then escalate what is past the time of its level."""
    actor.require(RIGHT)
    with in_scope(anywhere(), VIEW):
        old = list(
            ChangeRequest.objects.filter(state__in=OPEN, expires_at__lte=at).values_list("pk", flat=True)
        )
        late = list(
            ChangeRequest.objects.filter(state=State.PENDING, due_at__lte=at, expires_at__gt=at).values_list(
                "pk", flat=True
            )
        )
    expired = sum(_aged(actor, pk, at, _expire) for pk in sorted(old))
    return Aged(sum(_aged(actor, pk, at, _escalate) for pk in sorted(late)), expired)


def _aged(
    actor: Actor, pk: int, at: datetime, move: Callable[[Actor, ChangeRequest, datetime], bool]
) -> bool:
    """One request, if nobody holds it and it still stands so."""
    with transaction.atomic(), in_scope(anywhere(), VIEW):
        rows = ChangeRequest.objects.select_for_update(of=("self",), skip_locked=True)
        request = rows.filter(pk=pk, state__in=OPEN).first()
        return request is not None and move(actor, request, at)


def _expire(actor: Actor, request: ChangeRequest, at: datetime) -> bool:
    if request.expires_at > at:
        return False
    request.state, request.decided_at = after(request.state, Move.EXPIRE), at
    moved(request)
    step(request, Move.EXPIRE, actor, at, "")
    drop(request, at)
    return True


def _escalate(actor: Actor, request: ChangeRequest, at: datetime) -> bool:
    """One level up; at the last one the request waits on, late."""
    if request.state != State.PENDING or request.due_at > at or request.level + 1 >= len(request.levels):
        return False
    request.state = after(request.state, Move.ESCALATE)
    request.level += 1
    request.due_at = at + timedelta(hours=request.hours)
    moved(request)
    step(request, Move.ESCALATE, actor, at, "")
    return True
