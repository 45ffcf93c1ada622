"""The states of a customer and the moves between them, as a table (domain reference 1.3).

Guards are names; the service that moves a customer proves each of them. The states themselves are the code
list `lifecycle_status`. A merged customer is not in the table: it answers with its survivor and comes back
only when the merge is taken back.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.subjects import Row


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move and what must be proved for it."""

    source: str
    target: str
    guards: tuple[str, ...] = ()


#: Nothing follows these.
TERMINAL = frozenset({"DECEASED", "DISSOLVED", "MERGED", "REJECTED", "WITHDRAWN"})
#: The relation is there.
LIVING = ("ACTIVE", "RESTRICTED", "DORMANT")
#: Before it began.
BEFORE = ("POTENTIAL", "PENDING")


def _from(sources: tuple[str, ...], target: str, *guards: str) -> tuple[Move, ...]:
    return tuple(Move(source, target, guards) for source in sources)


MOVES: tuple[Move, ...] = (
    *_from(("POTENTIAL",), "PENDING"),
    *_from(("PENDING",), "ACTIVE", "document"),
    *_from(("PENDING",), "REJECTED"),
    *_from(BEFORE, "WITHDRAWN"),
    *_from(("ACTIVE", "DORMANT"), "RESTRICTED"),
    *_from(("RESTRICTED",), "ACTIVE", "unrestricted"),
    *_from(("ACTIVE", "RESTRICTED"), "DORMANT"),
    *_from(("DORMANT",), "ACTIVE", "unrestricted"),
    *_from(LIVING, "CLOSED", "no_holdings"),
    *_from(("CLOSED",), "ACTIVE", "reverified"),
    *_from((*BEFORE, *LIVING, "CLOSED"), "DECEASED", "person", "death_date"),
    *_from((*BEFORE, *LIVING, "CLOSED"), "DISSOLVED", "organisation"),
)

#: Why a move is refused, by code.
REFUSALS: dict[str, Text] = {
    "status.final": _("Nothing follows this status."),
    "status.back": _("A relation that has begun does not go back to before it began."),
    "status.merging": _("A customer becomes merged by a merge only, and comes back by taking it back."),
    "status.move": _("A customer in this status does not go to that one."),
}
#: Why a guard refuses, by code.
GUARDS: dict[str, Text] = {
    "status.document": _("No document is on file by which the customer is identified."),
    "status.restricted": _("A restriction on everything holds: lift it first."),
    "status.holdings": _("There is an agreement that is not closed."),
    "status.reverify": _("A closed customer comes back once a document was verified again."),
    "status.person": _("Only a person dies."),
    "status.organisation": _("Only an organisation is dissolved."),
    "status.death_date": _("Tell the date of death in the personal details first."),
}


def move(source: str, target: str) -> Move | None:
    """The allowed move between two states; None where there is none."""
    return next((one for one in MOVES if (one.source, one.target) == (source, target)), None)


def held_back(stored: Row, told: Row) -> frozenset[str]:
    """The status, where a source tells one to which the table has no move, or only one that takes a new check of a
    document (the customer was closed): what a file tells moves nobody there."""
    source, target = stored["lifecycle_status"], told.get("lifecycle_status")
    found = None if target is None else move(source, target)
    moves = target in (None, source) or (found is not None and "reverified" not in found.guards)
    return frozenset() if moves else frozenset({"lifecycle_status"})


def targets(source: str) -> list[str]:
    """Where a customer in a state may go."""
    return [one.target for one in MOVES if one.source == source]


def refusal(source: str, target: str) -> str:
    """The code under which a move that the table does not hold is refused: every pair has exactly one."""
    if "MERGED" in (source, target):
        return "status.merging"
    if source in TERMINAL:
        return "status.final"
    if source not in BEFORE and target in (*BEFORE, "REJECTED", "WITHDRAWN"):
        return "status.back"
    return "status.move"
