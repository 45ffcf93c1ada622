"""The lives of declarations, assessments, agreements and batches as tables of moves (domain 1.8 to 1.10).

What is not in a table is refused with the code `state.refused`; tests are made from the same tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from mdm.codes import get as code_list
from mdm.errors import Duplicate
from mdm.subjects import Row


@dataclass(frozen=True, slots=True)
class Move:
    """What an operation does to a state. `by` is who makes it: the maker, a second person, the clock."""

    before: str
    operation: str
    after: str
    by: str = "maker"


@dataclass(frozen=True, slots=True)
class Machine:
    """The moves of one kind of record, whose states are a code list."""

    states: str
    initial: str
    moves: tuple[Move, ...]

    def after(self, state: str, operation: str) -> str:
        """The state that an operation leads to; Duplicate `state.refused` where it is not allowed."""
        for move in self.moves:
            if (move.before, move.operation) == (state, operation):
                return move.after
        text = _("This is not possible in the state “%s”.") % code_list(self.states).label(state)
        raise Duplicate("state.refused", text)

    def allowed(self, state: str, by: str = "maker") -> list[str]:
        """The operations that somebody may do in a state, in the order of the table."""
        return [move.operation for move in self.moves if move.before == state and move.by == by]

    @property
    def operations(self) -> list[str]:
        """Every operation there is."""
        return list(dict.fromkeys(move.operation for move in self.moves))

    @property
    def terminal(self) -> frozenset[str]:
        """The states that nothing leads out of."""
        return frozenset(code_list(self.states)) - {move.before for move in self.moves}


def _from(befores: Iterable[str], operation: str, after: str, by: str = "maker") -> tuple[Move, ...]:
    return tuple(Move(before, operation, after, by) for before in befores)


#: A declaration. `reopen` takes it back for correction, `report_change` starts the clock of 30 days.
TAX = Machine(
    "tax_state",
    "DRAFT",
    (
        *_from(("DRAFT",), "submit", "SUBMITTED"),
        *_from(("SUBMITTED",), "approve", "APPROVED", "checker"),
        *_from(("SUBMITTED",), "reject", "REJECTED", "checker"),
        *_from(("SUBMITTED", "REJECTED"), "reopen", "DRAFT"),
        *_from(("DRAFT", "SUBMITTED", "REJECTED"), "withdraw", "WITHDRAWN"),
        *_from(("APPROVED",), "report_change", "APPROVED"),
        *_from(("APPROVED",), "supersede", "SUPERSEDED", "checker"),
        *_from(("APPROVED",), "invalidate", "INVALIDATED"),
        *_from(("APPROVED",), "lapse", "INVALIDATED", "clock"),
    ),
)

#: An assessment of an investor.
INVESTOR = Machine(
    "investor_state",
    "DRAFT",
    (
        *_from(("DRAFT",), "submit", "PENDING"),
        *_from(("PENDING",), "approve", "APPROVED", "checker"),
        *_from(("PENDING",), "reject", "REJECTED", "checker"),
        *_from(("PENDING", "REJECTED"), "reopen", "DRAFT"),
        *_from(("APPROVED",), "revoke", "REVOKED"),
        *_from(("APPROVED",), "expire", "EXPIRED", "clock"),
    ),
)

#: An agreement on agency payment.
AGENCY = Machine(
    "agency_state",
    "DRAFT",
    (
        *_from(("DRAFT",), "submit", "PENDING"),
        *_from(("PENDING",), "activate", "ACTIVE", "checker"),
        *_from(("PENDING",), "reject", "DRAFT", "checker"),
        *_from(("PENDING",), "reopen", "DRAFT"),
        *_from(("ACTIVE",), "suspend", "SUSPENDED"),
        *_from(("SUSPENDED",), "resume", "ACTIVE"),
        *_from(("DRAFT", "PENDING", "ACTIVE", "SUSPENDED"), "terminate", "TERMINATED"),
        *_from(("ACTIVE", "SUSPENDED"), "expire", "EXPIRED", "clock"),
    ),
)


def pays(agreement: Row) -> bool:
    """Whether people are paid under an agreement, or may be again."""
    return agreement.get("agency_state") in ("ACTIVE", "SUSPENDED")


#: A batch of payments. `check` finds flaws or none; `refuse` is the bank's, `settle` brings the results, and brings
#: them again where a payment comes back later or a failed one was made after all.
BATCH = Machine(
    "agency_batch_state",
    "RECEIVED",
    (
        *_from(("RECEIVED",), "check", "CHECKED"),
        *_from(("RECEIVED", "CHECKED"), "refuse", "REJECTED"),
        *_from(("CHECKED",), "approve", "APPROVED", "checker"),
        *_from(("APPROVED",), "send", "SENT"),
        *_from(("SENT", "PARTLY_OK", "DONE"), "settle_partly", "PARTLY_OK"),
        *_from(("SENT", "PARTLY_OK", "DONE"), "settle", "DONE"),
    ),
)
MACHINES = (TAX, INVESTOR, AGENCY, BATCH)
