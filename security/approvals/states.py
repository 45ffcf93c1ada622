"""The life of a change request as a table: which move leads from where to where, and who makes it."""

from dataclasses import dataclass
from typing import Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate


class State(models.TextChoices):
    """Where a change request stands."""

    PENDING = "PENDING", _("waits for a decision")
    RETURNED = "RETURNED", _("returned for correction")
    APPROVED = "APPROVED", _("approved and done")
    REJECTED = "REJECTED", _("rejected")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    EXPIRED = "EXPIRED", _("expired")


#: States in which a request still stands in the way of another about the same thing.
OPEN = (State.PENDING, State.RETURNED)


class Move(models.TextChoices):
    """What may happen to a change request."""

    SUBMIT = "SUBMIT", _("submitted")
    RESUBMIT = "RESUBMIT", _("submitted again")
    ASSENT = "ASSENT", _("approved, more approvals are needed")
    APPROVE = "APPROVE", _("approved and done")
    RETURN = "RETURN", _("returned for correction")
    REJECT = "REJECT", _("rejected")
    WITHDRAW = "WITHDRAW", _("withdrawn")
    ESCALATE = "ESCALATE", _("escalated")
    EXPIRE = "EXPIRE", _("expired")


Side = Literal["maker", "checker", "clock"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One move: from which states (none: a new request), to which, by whom."""

    before: frozenset[State]
    after: State
    by: Side


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


#: Every move there is. What is not listed is refused.
MOVES: dict[Move, Rule] = {
    Move.SUBMIT: Rule(_from(), State.PENDING, "maker"),
    Move.RESUBMIT: Rule(_from(State.PENDING, State.RETURNED), State.PENDING, "maker"),
    Move.ASSENT: Rule(_from(State.PENDING), State.PENDING, "checker"),
    Move.APPROVE: Rule(_from(State.PENDING), State.APPROVED, "checker"),
    Move.RETURN: Rule(_from(State.PENDING), State.RETURNED, "checker"),
    Move.REJECT: Rule(_from(State.PENDING), State.REJECTED, "checker"),
    Move.WITHDRAW: Rule(_from(State.PENDING, State.RETURNED), State.WITHDRAWN, "maker"),
    Move.ESCALATE: Rule(_from(State.PENDING), State.PENDING, "clock"),
    Move.EXPIRE: Rule(_from(State.PENDING, State.RETURNED), State.EXPIRED, "clock"),
}


def after(state: str, move: Move) -> State:
    """The state that a move leads to. Duplicate `approval.state` where the request does not stand so."""
    rule = MOVES[move]
    if state not in rule.before:
        raise Duplicate("approval.state", _("This request does not wait any more: %s.") % State(state).label)
    return rule.after
