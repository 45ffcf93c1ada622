"""The life of a request as its table says: each allowed move is made, each other one is refused."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from mdm.errors import Duplicate
from security.approvals import deciding, requests
from security.approvals.ageing import age
from security.approvals.models import ChangeRequest
from security.approvals.states import MOVES, OPEN, Move, State, after
from tests.factories.security import NOW, everything
from tests.security.approvals.desk import LATER, Desk, agree, moves, reread

pytestmark = pytest.mark.django_db
#: Every state and every move, and whether the table allows it.
CASES = [(state, move, state in MOVES[move].before) for state, move in product(State, Move)]


@pytest.mark.parametrize(("state", "move", "allowed"), CASES, ids=str)
def test_the_table_decides(state: State, move: Move, allowed: bool) -> None:
    if allowed:
        assert after(state, move) == MOVES[move].after
    else:
        with pytest.raises(Duplicate) as refused:
            after(state, move)
        assert refused.value.code == "approval.state"


def test_the_table_leaves_final_states_alone_and_reaches_every_state() -> None:
    final = set(State) - set(OPEN)
    assert all(final.isdisjoint(rule.before) for rule in MOVES.values())
    assert {rule.after for rule in MOVES.values()} == set(State)


# -- the same through the services: a request is brought into each state and every act is tried --------


def returned(desk: Desk, request: ChangeRequest) -> None:
    deciding.give_back(desk.manager, request.pk, request.version, reason="why", at=LATER)


def rejected(desk: Desk, request: ChangeRequest) -> None:
    deciding.reject(desk.manager, request.pk, request.version, reason="why", at=LATER)


def withdrawn(desk: Desk, request: ChangeRequest) -> None:
    requests.withdraw(desk.teller, request.pk, request.version, reason="why", at=LATER)


def expired(desk: Desk, request: ChangeRequest) -> None:
    assert age(everything(), at=NOW + timedelta(days=31)).expired == 1


def approved(desk: Desk, request: ChangeRequest) -> None:
    agree(desk.manager, request)


INTO: dict[State, Callable[[Desk, ChangeRequest], None]] = {
    State.PENDING: lambda desk, request: None,
    State.RETURNED: returned,
    State.REJECTED: rejected,
    State.WITHDRAWN: withdrawn,
    State.EXPIRED: expired,
    State.APPROVED: approved,
}
ACTS: dict[Move, tuple[str, Callable[..., Any]]] = {
    Move.APPROVE: ("manager", deciding.approve),
    Move.RETURN: ("manager", deciding.give_back),
    Move.REJECT: ("manager", deciding.reject),
    Move.WITHDRAW: ("teller", requests.withdraw),
    Move.RESUBMIT: ("teller", requests.resubmit),
}


@pytest.mark.parametrize(("state", "move"), list(product(INTO, ACTS)), ids=str)
def test_a_service_makes_the_moves_of_the_table_and_no_other(desk: Desk, state: State, move: Move) -> None:
    request = desk.ask()
    INTO[state](desk, request)
    stored = reread(request)
    assert stored.state == state
    who, act = ACTS[move]
    before = moves(request)

    def make() -> Any:
        return act(getattr(desk, who), request.pk, stored.version, reason="why", at=LATER)

    if state in MOVES[move].before:
        assert make().state == MOVES[move].after
        assert moves(request) == [*before, move]
    else:
        with pytest.raises(Duplicate) as refused:
            make()
        assert refused.value.code == "approval.state"
        assert (reread(request).state, moves(request)) == (state, before)
