"""The life of a key: each move is allowed or refused as the table says, at every level."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from mdm.errors import Duplicate
from security.crypto.states import GRACE, MOVES, check_move
from security.models.keys import LIVE_STATES, OPENING_STATES, KeyState

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LONG_AGO = NOW - GRACE - timedelta(seconds=1)

#: domain 5.7 and security 3.1, written down a second time, from there.
ALLOWED = {
    ("pre_active", "active"),
    ("pre_active", "disabled"),
    ("pre_active", "compromised"),
    ("active", "decrypt_only"),
    ("active", "compromised"),
    ("decrypt_only", "disabled"),
    ("decrypt_only", "compromised"),
    ("disabled", "decrypt_only"),
    ("disabled", "compromised"),
    ("disabled", "destroyed"),
    ("compromised", "disabled"),
}
EVERY = sorted(product(KeyState.values, KeyState.values))


@pytest.mark.parametrize(("old", "new"), EVERY)
def test_each_move(old: str, new: str) -> None:
    assert (KeyState(new) in MOVES[KeyState(old)]) == ((old, new) in ALLOWED)
    if (old, new) in ALLOWED:
        check_move("key", old, new, since=LONG_AGO, now=NOW)
        return
    with pytest.raises(Duplicate) as refusal:
        check_move("key", old, new, since=LONG_AGO, now=NOW)
    assert refusal.value.code == "key.state"


@pytest.mark.parametrize("since", [None, NOW, NOW - GRACE + timedelta(seconds=1)])
def test_nothing_is_destroyed_before_it_was_disabled_for_seven_days(since: datetime | None) -> None:
    assert timedelta(days=7) == GRACE
    with pytest.raises(Duplicate) as refusal:
        check_move("key", "disabled", "destroyed", since=since, now=NOW)
    assert refusal.value.code == "key.too_early"
    check_move("key", "disabled", "destroyed", since=NOW - GRACE, now=NOW)


def test_what_is_destroyed_or_was_in_use_never_comes_back_into_use() -> None:
    reachable = {state: {state} for state in KeyState}
    for _ in KeyState:
        for state in KeyState:
            reachable[state] |= {after for one in reachable[state] for after in MOVES[one]}
    assert reachable[KeyState.DESTROYED] == {KeyState.DESTROYED}
    assert all(KeyState.ACTIVE not in MOVES[state] for state in KeyState if state != KeyState.PRE_ACTIVE)
    assert all(KeyState.PRE_ACTIVE not in after for after in MOVES.values())


def test_only_one_state_encrypts_and_what_is_disabled_never_opens() -> None:
    assert KeyState.DISABLED not in LIVE_STATES
    assert KeyState.DESTROYED not in LIVE_STATES
    assert set(OPENING_STATES) < set(LIVE_STATES)
