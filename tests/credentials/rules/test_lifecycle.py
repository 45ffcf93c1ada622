"""The state machine of credentials."""

from datetime import date

import pytest

from credentials.rules.lifecycle import (
    IDENTIFYING,
    IN_FORCE,
    INITIAL,
    MOVES,
    REFUSALS,
    TERMINAL,
    TRIGGERS,
    move,
    moves_from,
    refusal,
    state_on,
    target,
)
from mdm import codes
from mdm.quality.primitives import OPEN_DATE

_TODAY = date(2026, 11, 22)


def test_states_are_those_of_the_code_list() -> None:
    states = codes.get("credential_state").known
    assert {m.source for m in MOVES} | {m.target for m in MOVES} == states
    assert IN_FORCE | IDENTIFYING | TERMINAL | {INITIAL} <= states


def test_every_state_can_be_reached_and_terminal_ones_are_the_end() -> None:
    reached = {INITIAL}
    for _round in MOVES:
        reached |= {m.target for m in MOVES if m.source in reached}
    assert reached == codes.get("credential_state").known
    assert {state for state in reached if not moves_from(state)} == TERMINAL


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("EXPIRED", "VERIFIED"),
        ("DRAFT", "VERIFIED"),
        ("VOID", "DRAFT"),
        ("VERIFIED", "VOID"),
        ("REVOKED", "VERIFIED"),
    ],
)
def test_forbidden_moves_are_not_in_the_table(source: str, target: str) -> None:
    assert move(source, target) is None


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
@pytest.mark.parametrize("state", sorted(codes.get("credential_state").known))
def test_every_step_leads_somewhere_or_has_a_refusal(state: str, trigger: str) -> None:
    allowed = {m.target for m in MOVES if (m.source, m.trigger) == (state, trigger)}
    assert target(state, trigger) in (allowed or {None})
    assert trigger == "clock" or len(allowed) <= 1, "a step leads to one place; the clock decides by the date"
    assert refusal(state, trigger) in REFUSALS


def test_an_expired_document_does_not_come_back_by_another_date() -> None:
    assert refusal("EXPIRED", "confirm") == refusal("GRACE", "found") == "credential.extend_expired"
    assert state_on("EXPIRED", date(2030, 1, 1), _TODAY) == "EXPIRED"


def test_confirming_by_hand_takes_two_people_and_two_documents() -> None:
    by_hand = move("PENDING_VERIFY", "VERIFIED", "confirm_manually")
    assert by_hand is not None
    assert {"maker_is_not_checker", "two_auxiliary_documents"} <= set(by_hand.guards)
    over = move("GRACE", "EXPIRED")
    assert over is not None
    assert over.effect == "restrict_customer"


@pytest.mark.parametrize(
    ("state", "expiry", "grace", "becomes"),
    [
        ("VERIFIED", date(2027, 6, 1), 0, "VERIFIED"),
        ("VERIFIED", date(2027, 2, 20), 0, "EXPIRING"),
        ("VERIFIED", date(2027, 2, 21), 0, "VERIFIED"),
        ("VERIFIED", _TODAY, 0, "EXPIRING"),
        ("EXPIRING", date(2026, 11, 21), 0, "EXPIRED"),
        ("EXPIRED", date(2026, 11, 20), 30, "GRACE"),
        ("GRACE", date(2026, 10, 20), 30, "EXPIRED"),
        ("VERIFIED", OPEN_DATE, 0, "VERIFIED"),
        ("VERIFIED", None, 0, "VERIFIED"),
        ("LOST", date(2020, 1, 1), 0, "LOST"),
        ("PENDING_VERIFY", date(2020, 1, 1), 0, "PENDING_VERIFY"),
    ],
)
def test_the_nightly_clock(state: str, expiry: date | None, grace: int, becomes: str) -> None:
    assert state_on(state, expiry, _TODAY, grace) == becomes
