"""What the clock does: escalation to the next level, expiry, counters that follow."""

from datetime import date, timedelta

import pytest

from mdm import jobs
from mdm.errors import NotAllowed
from mdm.tasks import age_requests
from security.access.actor import system_actor
from security.approvals import reading
from security.approvals.ageing import RIGHT, Aged, age
from security.approvals.states import State
from tests.factories.security import NOW
from tests.security.approvals.desk import NEW_NAME, Desk, actor, agree, moves, reread

pytestmark = pytest.mark.django_db
CLOCK = system_actor("approvals", [RIGHT])
DAY = timedelta(days=1)


def test_what_waits_too_long_goes_to_the_next_level(desk: Desk) -> None:
    supervisor = actor("supervisor", "steward_supervisor", org="1000")
    request = desk.ask()
    assert age(CLOCK, at=NOW + timedelta(hours=23)) == Aged(0, 0)
    with pytest.raises(NotAllowed) as early:
        agree(supervisor, request)
    assert early.value.code == "approval.right"
    assert reading.waiting(supervisor, NOW)["decide"] == 0

    assert age(CLOCK, at=NOW + DAY) == Aged(1, 0)

    request = reread(request)
    assert (request.level, request.due_at, moves(request)) == (1, NOW + 2 * DAY, ["SUBMIT", "ESCALATE"])
    assert reading.waiting(supervisor, NOW)["decide"] == 1
    assert reading.waiting(desk.manager, NOW)["decide"] == 1
    agree(supervisor, request, at=NOW + DAY)
    assert desk.legal_name() == NEW_NAME


def test_at_the_last_level_it_waits_on(desk: Desk) -> None:
    request = desk.ask()
    assert [age(CLOCK, at=NOW + n * DAY) for n in (1, 2, 3)] == [Aged(1, 0), Aged(0, 0), Aged(0, 0)]
    assert reread(request).state == State.PENDING


def test_an_old_request_expires_whether_it_waits_or_was_returned(desk: Desk) -> None:
    from security.approvals import deciding

    request = desk.ask()
    deciding.give_back(desk.manager, request.pk, request.version, reason="unclear", at=NOW)
    assert age(CLOCK, at=NOW + 30 * DAY) == Aged(0, 1)
    assert age(CLOCK, at=NOW + 30 * DAY) == Aged(0, 0)
    assert reread(request).state == State.EXPIRED
    assert moves(request) == ["SUBMIT", "RETURN", "EXPIRE"]
    assert desk.ask().state == State.PENDING


def test_the_clock_takes_its_own_right(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        age(desk.manager, at=NOW)


def test_it_is_a_job_and_what_workers_do_by_themselves(desk: Desk) -> None:
    request = desk.ask()
    run = jobs.run("approvals", CLOCK, date(2026, 3, 4), NOW + DAY, {})
    assert (run.state, run.counts) == ("SUCCEEDED", {"escalated": 1, "expired": 0})
    age_requests()
    assert reread(request).state == State.EXPIRED


def test_the_counters_of_the_menu_follow(desk: Desk) -> None:
    from security.approvals import deciding

    request = desk.ask()
    assert reading.waiting(desk.manager, NOW) == {"decide": 1, "mine": 0}
    assert reading.waiting(desk.teller, NOW) == {"decide": 0, "mine": 0}
    deciding.give_back(desk.manager, request.pk, request.version, reason="unclear", at=NOW)
    assert reading.waiting(desk.manager, NOW) == {"decide": 0, "mine": 0}
    assert reading.waiting(desk.teller, NOW) == {"decide": 0, "mine": 1}
