"""Several requests approved by one act: each judged on its own, and told what became of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import timezone

from security.approvals import registry
from security.approvals.states import State
from security.models import User
from tests.factories.customers import person, stored
from tests.security.approvals.desk import Desk, reread
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def together() -> Iterator[None]:
    """Changes of rows may be approved together, as decisions about duplicates are."""
    declared = registry.operation("row.change")
    registry.register(replace(declared, bulk=True))
    yield
    registry.register(declared)


def manager() -> Screens:
    return Screens(User.objects.get(username="manager"))


def test_ticked_requests_are_approved_each_on_its_own(desk: Desk, together: None) -> None:
    with database_role("engine"):
        other = stored(person("P-2"))
    now = timezone.now()
    one, own = desk.ask(at=now), Desk(desk.teller, desk.manager, other).ask(desk.manager, at=now)
    screens = manager()
    seen = screens.get("/approvals/")
    assert f'value="{one.pk}:{one.version}"' in seen.html
    assert f'value="{own.pk}:' not in seen.html, "nobody decides their own"
    told = screens.post(
        "/approvals/several/", follow=True, one=[f"{one.pk}:{one.version}", f"{own.pk}:{own.version}"],
        reason="seen",
    )  # fmt: skip
    assert "You have approved 1 request." in told.text
    assert f"CR-{own.pk}: Nobody decides their own request." in told.text
    assert (reread(one).state, reread(own).state) == (State.APPROVED, State.PENDING)


def test_a_request_that_has_moved_on_is_left(desk: Desk, together: None) -> None:
    one = desk.ask(at=timezone.now())
    told = manager().post("/approvals/several/", follow=True, one=[f"{one.pk}:{one.version + 1}"], reason="")
    assert "has moved on" in told.text
    assert reread(one).state == State.PENDING


def test_one_that_is_not_there_does_not_stop_the_others(desk: Desk, together: None) -> None:
    one = desk.ask(at=timezone.now())
    told = manager().post(
        "/approvals/several/", follow=True, one=[f"{one.pk + 999}:1", f"{one.pk}:{one.version}"], reason=""
    )
    assert "You have approved 1 request." in told.text
    assert "There is no such change request" in told.text
    assert reread(one).state == State.APPROVED


@pytest.mark.parametrize("one", [[], ["x"], ["1:1; DROP"], ["0:1"]])
def test_nothing_ticked_says_so(desk: Desk, one: list[str]) -> None:
    assert "Tick at least one" in manager().post("/approvals/several/", follow=True, one=one).text


def test_kinds_that_are_looked_at_one_by_one_have_no_box_and_are_refused(desk: Desk) -> None:
    one = desk.ask(at=timezone.now())
    assert "approvals/several" not in manager().get("/approvals/").html
    told = manager().post("/approvals/several/", follow=True, one=[f"{one.pk}:{one.version}"], reason="x")
    assert "one by one" in told.text
    assert reread(one).state == State.PENDING
