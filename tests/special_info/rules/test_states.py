"""Every move of the tables leads where it says; every other one is refused with its code; made from the tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.codes import get
from mdm.errors import Duplicate
from special_info.rules.states import AGENCY, BATCH, INVESTOR, MACHINES, TAX, Machine, Move

ALLOWED = [(machine, move) for machine in MACHINES for move in machine.moves]
FORBIDDEN = [
    (machine, state, operation)
    for machine in MACHINES
    for state in get(machine.states)
    for operation in machine.operations
    if not any((m.before, m.operation) == (state, operation) for m in machine.moves)
]


def named(value: object) -> str:
    if isinstance(value, Machine):
        return value.states
    return f"{value.before}-{value.operation}" if isinstance(value, Move) else str(value)


@pytest.mark.parametrize(("machine", "move"), ALLOWED, ids=named)
def test_an_allowed_move_leads_where_the_table_says(machine: Machine, move: Move) -> None:
    assert machine.after(move.before, move.operation) == move.after
    assert move.operation in machine.allowed(move.before, move.by)


@pytest.mark.parametrize(("machine", "state", "operation"), FORBIDDEN, ids=named)
def test_any_other_move_is_refused_with_its_code(machine: Machine, state: str, operation: str) -> None:
    with pytest.raises(Duplicate, match=r"^state\.refused"):
        machine.after(state, operation)


@pytest.mark.parametrize("machine", MACHINES, ids=named)
def test_the_table_and_the_code_list_know_the_same_states(machine: Machine) -> None:
    told = {machine.initial, *(m.before for m in machine.moves), *(m.after for m in machine.moves)}
    assert told == set(get(machine.states))


@pytest.mark.parametrize("machine", MACHINES, ids=named)
def test_a_move_is_told_once_and_every_state_is_reached(machine: Machine) -> None:
    told = [(move.before, move.operation) for move in machine.moves]
    assert len(told) == len(set(told))
    reached = {machine.initial}
    for _step in machine.moves:
        reached |= {move.after for move in machine.moves if move.before in reached}
    assert reached == set(get(machine.states))


def test_where_lives_end() -> None:
    assert TAX.terminal == {"SUPERSEDED", "INVALIDATED", "WITHDRAWN"}
    assert INVESTOR.terminal == {"EXPIRED", "REVOKED"}
    assert AGENCY.terminal == {"TERMINATED", "EXPIRED"}
    assert BATCH.terminal == {"REJECTED"}


@given(st.sampled_from(MACHINES), st.data())
def test_any_walk_stays_inside_the_table(machine: Machine, data: st.DataObject) -> None:
    """Whatever is tried in whatever order, the state changes by moves of the table only."""
    state = machine.initial
    for operation in data.draw(st.lists(st.sampled_from(machine.operations), max_size=12)):
        try:
            after = machine.after(state, operation)
        except Duplicate:
            assert not any((m.before, m.operation) == (state, operation) for m in machine.moves)
            continue
        assert Move(state, operation, after) in [Move(m.before, m.operation, m.after) for m in machine.moves]
        state = after
    assert state in get(machine.states)


def test_nobody_approves_what_was_not_handed_in() -> None:
    for machine in (TAX, INVESTOR):
        assert [m.before for m in machine.moves if m.operation == "approve"] == [
            machine.after("DRAFT", "submit")
        ]
        assert {m.by for m in machine.moves if m.operation in ("approve", "reject")} == {"checker"}
