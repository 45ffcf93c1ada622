"""The table of customer statuses."""

import pytest

from customers.rules.lifecycle import MOVES, REFUSALS, TERMINAL, move, refusal, targets
from mdm import codes

STATES = sorted(codes.get("lifecycle_status").known)


def test_states_are_those_of_the_code_list() -> None:
    assert {one.source for one in MOVES} | {one.target for one in MOVES} | {"MERGED"} == set(STATES)
    assert {state for state in STATES if not targets(state)} == TERMINAL


@pytest.mark.parametrize("target", STATES)
@pytest.mark.parametrize("source", STATES)
def test_every_pair_is_a_move_or_has_a_refusal(source: str, target: str) -> None:
    assert sum((one.source, one.target) == (source, target) for one in MOVES) <= 1
    assert refusal(source, target) in REFUSALS


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("ACTIVE", "POTENTIAL", "status.back"),
        ("MERGED", "ACTIVE", "status.merging"),
        ("ACTIVE", "MERGED", "status.merging"),
        ("DECEASED", "ACTIVE", "status.final"),
        ("CLOSED", "DORMANT", "status.move"),
    ],
)
def test_what_the_domain_forbids(source: str, target: str, code: str) -> None:
    assert move(source, target) is None
    assert refusal(source, target) == code


def test_guards_of_the_domain() -> None:
    again, closed = move("CLOSED", "ACTIVE"), move("ACTIVE", "CLOSED")
    assert again is not None
    assert "reverified" in again.guards
    assert closed is not None
    assert "no_holdings" in closed.guards
