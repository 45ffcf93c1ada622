"""Several decide at once, in processes' own transactions: one wins, every other gets a code, it is done once."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from customers.services import facets
from mdm.errors import ServiceError
from security.access.actor import Actor
from security.approvals import deciding, requests
from security.approvals.models import ChangeRequest
from security.approvals.states import State
from tests.factories.security import NOW, everything
from tests.security.approvals.desk import LATER, NEW_NAME, Desk, actor, moves, reread
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db(transaction=True)
CHECKERS = 6


def decided(checker: Actor, request: ChangeRequest, start: threading.Barrier) -> str:
    """One approval from a thread and connection of its own: what came of it."""
    try:
        start.wait(20)
        deciding.approve(checker, request.pk, request.version, reason="seen", at=LATER)
        return "done"
    except ServiceError as refusal:
        return refusal.code
    finally:
        connections.close_all()


def test_of_many_who_approve_at_once_one_wins(desk: Desk) -> None:
    checkers = [actor(f"checker{n}", "branch_manager") for n in range(CHECKERS)]
    request, start = desk.ask(), threading.Barrier(CHECKERS)
    before = desk.name.version
    with ThreadPoolExecutor(CHECKERS) as pool:
        told = list(pool.map(lambda one: decided(one, request, start), checkers))
    assert sorted(told) == ["approval.state"] * (CHECKERS - 1) + ["done"]
    assert (desk.legal_name(), desk.name.version) == (NEW_NAME, before + 1)
    assert moves(request) == ["SUBMIT", "APPROVE"]


def test_a_rejection_waits_for_an_approval_under_way_and_comes_too_late(desk: Desk) -> None:
    other, request = actor("other", "branch_manager"), desk.ask()
    with two_racers() as (first, second):
        first.do(lambda: deciding.approve(desk.manager, request.pk, request.version, reason="x", at=LATER))
        late = second.start(
            lambda: deciding.reject(other, request.pk, request.version, reason="no", at=LATER)
        )
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(ServiceError) as refused:
            late.result(20)
    assert refused.value.code == "approval.state"
    assert reread(request).state == State.APPROVED


def test_a_withdrawal_under_way_stops_the_approval(desk: Desk) -> None:
    request = desk.ask()
    with two_racers() as (first, second):
        first.do(lambda: requests.withdraw(desk.teller, request.pk, request.version, reason="x", at=LATER))
        late = second.start(
            lambda: deciding.approve(desk.manager, request.pk, request.version, reason="yes", at=LATER)
        )
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(ServiceError) as refused:
            late.result(20)
    assert refused.value.code == "approval.state"
    assert desk.legal_name() == "欧阳知远"


def test_a_change_under_way_makes_the_base_stale(desk: Desk) -> None:
    request, row = desk.ask(), desk.name
    with two_racers() as (first, second):
        first.do(
            lambda: facets.change(
                everything(),
                "customer_name",
                row.pk,
                row.version,
                {"full_name": "欧阳远"},
                reason="x",
                at=NOW,
            )
        )
        late = second.start(
            lambda: deciding.approve(desk.manager, request.pk, request.version, reason="yes", at=LATER)
        )
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(ServiceError) as refused:
            late.result(20)
    assert refused.value.code == "approval.stale"
    assert (desk.legal_name(), reread(request).state) == ("欧阳远", State.PENDING)


def test_two_who_ask_for_the_same_at_once_leave_one_request(desk: Desk) -> None:
    makers = [actor(f"maker{n}", "teller") for n in range(4)]
    start = threading.Barrier(len(makers))

    def asks(maker: Actor) -> str:
        with contextlib.ExitStack() as stack:
            stack.callback(connections.close_all)
            start.wait(20)
            try:
                return desk.ask(maker).state
            except ServiceError as refusal:
                return refusal.code

    with ThreadPoolExecutor(len(makers)) as pool:
        told = sorted(pool.map(asks, makers))
    assert told == ["PENDING", "approval.open", "approval.open", "approval.open"]
