"""The life of a key as a table: which state may follow which, at every level (domain 5.7, security 3.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate
from security.models.keys import KeyState

#: How long a key stays disabled before it may be destroyed: time to notice that it is still needed.
GRACE = timedelta(days=7)

_S = KeyState
#: state -> the states that may follow. What is not here is refused.
MOVES: Mapping[KeyState, frozenset[KeyState]] = {
    _S.PRE_ACTIVE: frozenset({_S.ACTIVE, _S.DISABLED, _S.COMPROMISED}),
    _S.ACTIVE: frozenset({_S.DECRYPT_ONLY, _S.COMPROMISED}),
    _S.DECRYPT_ONLY: frozenset({_S.DISABLED, _S.COMPROMISED}),
    _S.DISABLED: frozenset({_S.DECRYPT_ONLY, _S.COMPROMISED, _S.DESTROYED}),
    _S.COMPROMISED: frozenset({_S.DISABLED}),
    _S.DESTROYED: frozenset(),
}


def check_move(label: str, old: str, new: str, *, since: datetime | None = None, now: datetime) -> None:
    """Raises Duplicate `key.state` for a move that the table does not have, `key.too_early` for destroying
    a key that has not been disabled for `GRACE`; `since` is when it came into its old state."""
    if KeyState(new) not in MOVES[KeyState(old)]:
        raise refused_move(label, old, new)
    if new == KeyState.DESTROYED and (since is None or now - since < GRACE):
        days = {"key": label, "days": GRACE.days}
        raise Duplicate(
            "key.too_early",
            _("Key %(key)s must be disabled for %(days)s days before it is destroyed.") % days,
        )


def refused_move(label: str, old: str, new: str) -> Duplicate:
    """The refusal of a move, naming both states."""
    names = {"key": label, "old": KeyState(old).label, "new": KeyState(new).label}
    return Duplicate("key.state", _("Key %(key)s cannot go from “%(old)s” to “%(new)s”.") % names)
