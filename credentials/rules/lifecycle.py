"""The states of a credential and the moves between them, as a table (domain reference 1.11).

Guards are names; the service that moves a credential proves each of them. The states themselves are
the code list `credential_state`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.quality.primitives import OPEN_DATE
from mdm.subjects import UNVERIFIED, Row


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: what causes it, what must be proved, what follows for the customer."""

    source: str
    target: str
    trigger: str
    guards: tuple[str, ...] = ()
    effect: str = ""


#: A document in these states counts.
IN_FORCE = frozenset({"VERIFIED", "EXPIRING", "GRACE"})
#: (type, country, number) in these states names one customer: a second one is a match to be decided.
IDENTIFYING = frozenset({"PENDING_VERIFY", "VERIFIED", "EXPIRING", "EXPIRED", "GRACE"})
#: Nothing follows these.
TERMINAL = frozenset({"REVOKED", "SUPERSEDED", "VOID"})
INITIAL = "DRAFT"
#: The nightly clock moves these.
CLOCKED = ("VERIFIED", "EXPIRING", "EXPIRED", "GRACE")
#: Days before the expiry date from which a document is about to expire.
EXPIRING_DAYS = 90


def _from(
    sources: tuple[str, ...], target: str, trigger: str, *guards: str, effect: str = ""
) -> tuple[Move, ...]:
    return tuple(Move(source, target, trigger, guards, effect) for source in sources)


MOVES: tuple[Move, ...] = (
    *_from(("DRAFT",), "PENDING_VERIFY", "submit", "format_ok", "check_digit_ok", "name_present"),
    *_from(("PENDING_VERIFY",), "VERIFIED", "confirm", "network_check_consistent", "one_main_of_a_type"),
    *_from(
        ("PENDING_VERIFY",),
        "VERIFIED",
        "confirm_manually",
        "two_auxiliary_documents",
        "maker_is_not_checker",
        "one_main_of_a_type",
    ),
    *_from(("PENDING_VERIFY", "VERIFIED", "EXPIRING"), "VERIFY_FAILED", "refuse", "outcome"),
    *_from(("VERIFY_FAILED",), "PENDING_VERIFY", "retry", "reason"),
    *_from(("VERIFIED", "EXPIRING"), "PENDING_VERIFY", "correct", "name_or_number_changed"),
    *_from(("VERIFIED",), "EXPIRING", "clock", "expires_within_90_days", effect="event"),
    *_from(("EXPIRING",), "VERIFIED", "clock", "expires_later"),
    *_from(("VERIFIED", "EXPIRING"), "EXPIRED", "clock", "past_expiry", effect="event"),
    *_from(("EXPIRED",), "GRACE", "clock", "within_grace_days"),
    *_from(("GRACE",), "EXPIRED", "clock", "grace_is_over", effect="restrict_customer"),
    *_from(
        ("PENDING_VERIFY", "VERIFY_FAILED", "VERIFIED", "EXPIRING", "EXPIRED", "GRACE", "LOST"),
        "SUPERSEDED",
        "replace",
        "successor_verified",
    ),
    *_from(("VERIFIED", "EXPIRING", "GRACE"), "LOST", "report_loss", "reason"),
    *_from(("LOST",), "VERIFIED", "found", "not_replaced", "not_expired", "reason"),
    *_from(("LOST",), "PENDING_VERIFY", "found_corrected", "name_or_number_changed"),
    *_from(("VERIFIED", "EXPIRING", "GRACE"), "REVOKED", "revoke", "issuer_notice"),
    *_from(("DRAFT", "PENDING_VERIFY"), "VOID", "void", "four_eyes_if_exported"),
)

#: What people ask for by a button of its own; the other triggers follow from something else.
ASKED = ("submit", "retry", "report_loss", "found", "revoke", "void")
TRIGGERS = frozenset(move.trigger for move in MOVES)

#: What people try and may not, by the code of the refusal.
REFUSALS: dict[str, Text] = {
    "credential.final": _("Nothing follows this state: enter the document anew."),
    "credential.extend_expired": _(
        "An expired document does not come back by another date: enter the new document."
    ),
    "credential.stays": _("A document that was ever verified stays; mark it as replaced, lost or revoked."),
    "credential.second_primary": _("Another verified main document of the same type is there."),
    "credential.move": _("A document in this state does not take this step."),
    "credential.replaced": _("Another document has been entered in place of this one."),
}
#: What a check of a document is about.
_CHECKED = ("type", "number", "issuing_country", "name_on_document", "issue_date", "expiry_date")
#: Triggers that would bring a document into force.
_INTO_FORCE = frozenset({"submit", "confirm", "confirm_manually", "retry", "found"})


def refusal(state: str, trigger: str) -> str:
    """The code under which a step that the table does not hold is refused: every pair has exactly one."""
    if state in TERMINAL:
        return "credential.final"
    if state in ("EXPIRED", "GRACE") and trigger in _INTO_FORCE:
        return "credential.extend_expired"
    if trigger == "void" and state in IN_FORCE | {"EXPIRED", "LOST"}:
        return "credential.stays"
    return "credential.move"


def target(state: str, trigger: str) -> str | None:
    """Where a step leads; None where the table does not hold it."""
    return next((m.target for m in MOVES if (m.source, m.trigger) == (state, trigger)), None)


def same_document(before: Row, after: Row) -> bool:
    """Whether what a check was about stands as it stood."""
    return all((after.get(name) or "") == (before[name] or "") for name in _CHECKED)


def follows(before: Row, after: Row) -> Row:
    """What follows where a document is changed: the check was of another one, so it is to be verified anew."""
    if same_document(before, after):
        return {}
    state = before["lifecycle_state"]
    return {"lifecycle_state": target(state, "correct") or state, **UNVERIFIED}


def moves_from(state: str) -> list[Move]:
    """What may happen to a document in `state`."""
    return [move for move in MOVES if move.source == state]


def move(source: str, target: str, trigger: str | None = None) -> Move | None:
    """The allowed move between two states (caused by `trigger`, if given); None where there is none."""
    fitting = (m for m in MOVES if (m.source, m.target) == (source, target) and trigger in (None, m.trigger))
    return next(fitting, None)


def state_on(state: str, expiry: date | None, day: date, grace_days: int = 0) -> str:
    """The state that the nightly clock gives a document on the business date `day`.

    Only documents in force or expired are moved; long-term ones and those without a date never expire.
    """
    if state not in CLOCKED or expiry is None or expiry == OPEN_DATE:
        return state
    if expiry < day:
        return "GRACE" if day - expiry <= timedelta(days=grace_days) else "EXPIRED"
    if state in ("EXPIRED", "GRACE"):
        return state
    return "EXPIRING" if expiry - day <= timedelta(days=EXPIRING_DAYS) else "VERIFIED"
