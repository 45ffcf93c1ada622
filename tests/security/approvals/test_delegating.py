"""Standing in: within rights that both hold, for a time, never for one's own or the giver's requests."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.approvals import deciding, delegating, reading
from security.approvals.models import ApprovalRule, Delegation
from security.approvals.states import State
from security.models import User
from tests.factories.customers import person, stored
from tests.factories.security import NOW, branch
from tests.security.approvals.desk import LATER, NEW_NAME, Desk, actor, again, agree, logged, moves, reread
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def stand_in(giver: Actor, taker: Actor, **changes: Any) -> Delegation:
    told = {"begins_at": NOW, "ends_at": NOW + WEEK, "reason": "holiday", "at": NOW, **changes}
    return delegating.delegate(giver, taker.name, **told)


@pytest.fixture
def far(desk: Desk) -> Actor:
    """The manager of another branch, who sees nothing of 1100."""
    return actor("far", "branch_manager", org="1200")


def test_a_colleague_of_equal_rights_decides_in_the_others_stead(desk: Desk, far: Actor) -> None:
    request = desk.ask()
    with pytest.raises(NotFound):
        agree(far, request)
    stand_in(desk.manager, far)
    assert [row.pk for row in reading.inbox(far, "decide", at=LATER).rows] == [request.pk]
    agree(far, request)
    assert desk.legal_name() == NEW_NAME
    told = request.steps.last()
    assert told is None or told.for_whom in ("", "manager")
    assert moves(request) == ["SUBMIT", "APPROVE"]
    assert "approval.delegate" in logged("approval.")


def test_the_step_names_in_whose_stead(desk: Desk, far: Actor) -> None:
    stand_in(desk.manager, far)
    request = agree(far, desk.ask())
    seen = reading.get(desk.manager, request.pk, at=LATER)
    assert [(step.actor, step.for_whom) for step in seen.steps] == [("teller", ""), ("far", "manager")]


@pytest.mark.parametrize("day", [-1, 8])
def test_before_and_after_it_nothing_is_lent(desk: Desk, far: Actor, day: int) -> None:
    stand_in(desk.manager, far, begins_at=NOW + timedelta(days=0 if day > 0 else 2))
    request = desk.ask()
    with pytest.raises(NotFound):
        agree(far, request, at=NOW + timedelta(days=day))


def test_nobody_decides_their_own_request_in_anothers_stead(desk: Desk, far: Actor) -> None:
    maker = actor("local", "branch_manager")
    stand_in(desk.manager, maker)
    with pytest.raises(NotAllowed) as own:
        agree(again("local"), desk.ask(maker))
    assert own.value.code == "approval.self"


def test_nobody_decides_in_the_stead_of_who_asked(desk: Desk, far: Actor) -> None:
    stand_in(desk.manager, far)
    with pytest.raises(NotAllowed) as lent:
        agree(far, desk.ask(desk.manager))
    assert lent.value.code == "approval.self"
    assert desk.legal_name() == "欧阳知远"


def test_another_account_of_the_giver_is_the_giver(desk: Desk, far: Actor) -> None:
    User.objects.filter(username="manager").update(staff_no="M-7")
    twin = actor("manager.teller", "teller", staff_no="M-7")
    stand_in(again("manager"), far)
    with pytest.raises(NotAllowed) as lent:
        agree(far, desk.ask(twin))
    assert lent.value.code == "approval.self"


def test_in_the_stead_of_one_person_a_request_is_agreed_to_once(desk: Desk, far: Actor) -> None:
    with database_role("owner"):
        ApprovalRule.objects.create(
            operation="row.change", name="two", checkers=2, levels=["approval.customer"]
        )
    stand_in(desk.manager, far)
    stand_in(desk.manager, third := actor("third", "branch_manager", org="1300"))
    request = agree(desk.manager, desk.ask())
    with pytest.raises(NotAllowed) as refused:
        agree(far, request)
    assert refused.value.code == "approval.twice"
    assert not deciding.may_decide(far, reread(request), LATER)

    other = Desk(desk.teller, desk.manager, stored_too()).ask()
    other = agree(far, other)
    with pytest.raises(NotAllowed) as again_refused:
        agree(third, other)
    assert again_refused.value.code == "approval.twice"
    assert reread(other).state == State.PENDING


def stored_too() -> int:
    with database_role("engine"):
        return stored(person("P-2"))


def test_rights_that_one_of_them_lacks_are_not_lent(desk: Desk, far: Actor) -> None:
    clerk = actor("clerk", "teller", org="1200")
    with pytest.raises(Invalid) as nothing:
        stand_in(desk.manager, clerk)
    assert nothing.value.code == "delegation.rights"
    with pytest.raises(NotAllowed):
        stand_in(desk.teller, far)


def test_a_giver_who_lost_the_right_lends_it_no_more(desk: Desk, far: Actor) -> None:
    stand_in(desk.manager, far)
    request = desk.ask()
    User.objects.get(username="manager").grants.update(valid_to=NOW)
    with pytest.raises(NotFound):
        agree(far, request)


def test_what_is_lent_is_not_lent_on(desk: Desk, far: Actor) -> None:
    third = actor("third", "branch_manager", org="1210")
    stand_in(desk.manager, far)
    stand_in(far, third)
    with pytest.raises(NotFound):
        agree(third, desk.ask())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_at": NOW - WEEK}, "delegation.period"),
        ({"begins_at": NOW + WEEK, "ends_at": NOW}, "delegation.period"),
        ({"ends_at": NOW + timedelta(days=93)}, "delegation.period"),
    ],
)
def test_a_period_is_ahead_and_short(desk: Desk, far: Actor, changes: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        stand_in(desk.manager, far, **changes)
    assert refused.value.code == code


def test_who_it_is_must_be_somebody_else(desk: Desk, far: Actor) -> None:
    User.objects.filter(username__in=["manager", "far"]).update(staff_no="M-7")
    with pytest.raises(Invalid) as oneself:
        stand_in(again("manager"), far)
    assert oneself.value.code == "delegation.self"
    with pytest.raises(Invalid) as nobody:
        delegating.delegate(desk.manager, "nobody", begins_at=NOW, ends_at=NOW + WEEK, reason="x", at=NOW)
    assert nobody.value.code == "delegation.taker"


def test_it_is_given_once_and_ended_by_either(desk: Desk, far: Actor) -> None:
    made = stand_in(desk.manager, far)
    with pytest.raises(Duplicate) as twice:
        stand_in(desk.manager, far)
    assert twice.value.code == "delegation.exists"
    with pytest.raises(NotFound):
        delegating.end_delegation(desk.teller, made.pk, reason="", at=LATER)
    delegating.end_delegation(far, made.pk, reason="", at=LATER)
    request = desk.ask()
    with pytest.raises(NotFound):
        agree(far, request, at=LATER + timedelta(minutes=1))
    assert not deciding.may_decide(far, request, LATER + timedelta(minutes=1))
    assert branch("1200").code == "1200"
