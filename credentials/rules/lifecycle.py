"""The states of a credential and the moves between them, as a table (domain reference 1.11).

Guards are names; the service that moves a credential proves each of them. The states themselves are
the code list `credential_state`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.quality.primitives import OPEN_DATE


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
#: Days before the expiry date from which a document is about to expire.
EXPIRING_DAYS = 90


def _from(
    sources: tuple[str, ...], target: str, trigger: str, *guards: str, effect: str = ""
) -> tuple[Move, ...]:
    return tuple(Move(source, target, trigger, guards, effect) for source in sources)


MOVES: tuple[Move, ...] = (
    *_from(("DRAFT",), "PENDING_VERIFY", "submit", "format_ok", "check_digit_ok", "name_present"),
    *_from(("PENDING_VERIFY",), "VERIFIED", "confirm", "network_check_consistent"),
    *_from(
        ("PENDING_VERIFY",),
        "VERIFIED",
        "confirm_manually",
        "two_auxiliary_documents",
        "maker_is_not_checker",
    ),
    *_from(("PENDING_VERIFY",), "VERIFY_FAILED", "refuse", "reason_code"),
    *_from(("VERIFY_FAILED",), "PENDING_VERIFY", "retry", "corrected"),
    *_from(("VERIFIED",), "EXPIRING", "clock", "expires_within_90_days"),
    *_from(("VERIFIED", "EXPIRING"), "EXPIRED", "clock", "past_expiry", effect="event"),
    *_from(("EXPIRED",), "GRACE", "clock", "within_grace_days"),
    *_from(("GRACE",), "EXPIRED", "clock", "grace_is_over", effect="restrict_customer"),
    *_from(
        ("VERIFIED", "EXPIRING", "EXPIRED", "GRACE", "LOST"),
        "SUPERSEDED",
        "replace",
        "new_one_of_same_type_verified",
    ),
    *_from(("VERIFIED", "EXPIRING", "GRACE"), "LOST", "report_loss", "reason"),
    *_from(("LOST",), "VERIFIED", "found", "not_replaced", "reason"),
    *_from(("VERIFIED", "EXPIRING", "GRACE"), "REVOKED", "revoke", "issuer_notice"),
    *_from(("DRAFT", "PENDING_VERIFY"), "VOID", "void", "four_eyes_if_exported"),
)

#: What people try and may not, with the reason they are told.
FORBIDDEN: dict[str, Text] = {
    "extend_expired": _("An expired document does not come back by another date: enter the new document."),
    "delete_verified": _("A document that was ever verified stays; mark it as replaced or revoked."),
    "second_primary": _("Another verified main document of the same type is there."),
}


def moves_from(state: str) -> list[Move]:
    """What may happen to a document in `state`."""
    return [move for move in MOVES if move.source == state]


def move(source: str, target: str, trigger: str | None = None) -> Move | None:
    """The allowed move between two states (caused by `trigger`, if given); None where there is none."""
    fitting = (m for m in MOVES if (m.source, m.target) == (source, target) and trigger in (None, m.trigger))
    return next(fitting, None)


def forbidden(source: str, target: str) -> Text | None:
    """Why a move is refused, where there is more to say than that it is not in the table."""
    return FORBIDDEN["extend_expired"] if (source, target) == ("EXPIRED", "VERIFIED") else None


def state_on(state: str, expiry: date | None, day: date, grace_days: int = 0) -> str:
    """The state that the nightly clock gives a document on the business date `day`.

    Only documents in force or expired are moved; long-term ones and those without a date never expire.
    """
    if state not in ("VERIFIED", "EXPIRING", "EXPIRED", "GRACE") or expiry is None or expiry == OPEN_DATE:
        return state
    if expiry < day:
        return "GRACE" if day - expiry <= timedelta(days=grace_days) else "EXPIRED"
    if state in ("EXPIRED", "GRACE"):
        return state
    return "EXPIRING" if expiry - day <= timedelta(days=EXPIRING_DAYS) else "VERIFIED"
