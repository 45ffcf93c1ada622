"""Watching a branch: of all its customers that one may see is told what happened, once, by kind; never a value."""

from datetime import date, timedelta
from typing import Any

import pytest

from customers.models import BranchSubscription, NoticeKind
from customers.rules.number import customer_no
from customers.selectors.branch_notices import (
    branch_notices,
    branch_subscriptions,
    branch_unread,
    everything_told,
)
from customers.services import facets
from customers.services.branch_subscribing import read_notices, subscribe_branch, unsubscribe_branch
from mdm.errors import Invalid, NotAllowed, NotFound
from security.access.actor import Actor, staff_actor, system_actor
from security.models import Grant, OperationLog, User
from tests.factories.customers import another, bank, person, stored, the_row
from tests.factories.security import NOW, branch, client_system, everything, member_of_staff, staff
from tests.support.api import Api, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
LATER, LATEST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
PAGE = "/notifications/branches/"
ALL = list(NoticeKind.values)


@pytest.fixture
def two() -> tuple[int, int]:
    """A customer of 1100 and one of 1200, both there since before."""
    bank()
    other = another(person("P-2"))
    other.facets["customer"][0]["org"] = "1200"
    return stored(person()), stored(other)


@pytest.fixture
def watcher(two: tuple[int, int]) -> Actor:
    return staff("watcher", "branch_manager", org=branch("1100"))


def new_phone(customer: int, digits: str = "0", at: Any = LATER) -> None:
    row = the_row("phone", customer, "MOBILE")
    told = {"number": f"+861380013800{digits}"}
    facets.change(everything("writer"), "phone", row.pk, row.version, told, reason="asked", at=at)


def told(actor: Actor, at: Any = LATEST) -> list[tuple[str, str, str, bool]]:
    return [(one.customer_no, one.kind, one.facet, one.unread) for one in branch_notices(actor, at=at)]


def test_all_customers_of_the_branch_and_no_others_are_told_of(watcher: Actor, two: tuple[int, int]) -> None:
    mine, theirs = two
    subscribe_branch(watcher, "1100", ALL, at=NOW)
    assert told(watcher) == []
    new_phone(mine)
    new_phone(mine, "1", LATER + timedelta(minutes=1))
    new_phone(theirs)

    assert told(watcher) == [(customer_no(mine), "CHANGED", "phone", True)]
    assert branch_unread(watcher, LATEST) == 1
    (notice,) = everything_told(watcher, at=LATEST)
    assert notice.branch == "1100"
    assert "138" not in notice.key + notice.facet_label
    logged = OperationLog.objects.filter(action="customer.shown", fields__by="notice.list", actor="watcher")
    assert {row.customer_id for row in logged} == {mine}
    with database_role("engine"):
        assert [one[0] for one in told(watcher)] == [customer_no(mine)]


def test_kinds_narrow_and_a_new_customer_is_one_notice(watcher: Actor, two: tuple[int, int]) -> None:
    subscribe_branch(watcher, "1100", ["NEW", "STATUS"], at=NOW - timedelta(days=1))
    new_phone(two[0])
    assert [(number, kind) for number, kind, *_rest in told(watcher)] == [(customer_no(two[0]), "NEW")]
    again = subscribe_branch(watcher, "1100", ["CHANGED"], at=LATEST)
    assert again.created_at == NOW - timedelta(days=1)
    assert [one[1:3] for one in told(watcher)] == [("CHANGED", "phone")]
    assert BranchSubscription.objects.count() == 1


def test_a_document_is_told_of_when_its_notice_begins(watcher: Actor, two: tuple[int, int]) -> None:
    subscribe_branch(watcher, "1100", ["EXPIRING"], at=NOW)
    row = the_row("credential", two[0], "P01")
    day = NOW.date() + timedelta(days=100)
    facets.change(
        everything("w"), "credential", row.pk, row.version, {"expiry_date": day}, reason="asked", at=LATER
    )
    assert told(watcher) == []
    then = NOW + timedelta(days=11)
    assert [one[1:3] for one in told(watcher, then)] == [("EXPIRING", "credential")]
    assert isinstance(day, date)


def test_what_was_read_is_read_with_all_before_it(watcher: Actor, two: tuple[int, int]) -> None:
    subscribe_branch(watcher, "1100", ALL, at=NOW)
    new_phone(two[0])
    (first,) = branch_notices(watcher, at=LATEST)
    stray = ["phone:1", "branch:x", "branch:1:never:phone:1", f"branch:999:{NOW.isoformat()}:phone:1"]
    assert read_notices(watcher, [first.key, *stray], at=LATEST) == 1
    assert (branch_unread(watcher, LATEST), told(watcher)[0][3]) == (0, False)
    new_phone(two[0], "1", LATER + timedelta(minutes=5))
    assert branch_unread(watcher, LATEST) == 1


def test_scope_is_asked_at_every_look(watcher: Actor, two: tuple[int, int]) -> None:
    held = subscribe_branch(watcher, "1100", ALL, at=NOW)
    new_phone(two[0])
    with database_role("owner"):
        Grant.objects.filter(user_id=watcher.user_id).update(org=branch("1200"))
    moved = staff_actor(User.objects.get(pk=watcher.user_id), LATEST)
    assert (told(moved), branch_unread(moved, LATEST), branch_subscriptions(moved)) == ([], 0, [])
    for code in ("1100", "1000", "nothing"):
        with pytest.raises(NotFound, match=r"subscription\.branch"):
            subscribe_branch(moved, code, ALL, at=LATEST)
    assert unsubscribe_branch(moved, held.pk, at=LATEST).pk == held.pk


def test_what_is_refused(watcher: Actor) -> None:
    with pytest.raises(Invalid, match=r"subscription\.kinds"):
        subscribe_branch(watcher, "1100", [], at=NOW)
    with pytest.raises(NotAllowed):
        subscribe_branch(system_actor("load", ["customer.view"]), "1100", ALL, at=NOW)
    other = staff("other", "teller", org=branch("1100"))
    held = subscribe_branch(watcher, "1100", ALL, at=NOW)
    with pytest.raises(NotFound, match=r"subscription\.unknown"):
        unsubscribe_branch(other, held.pk, at=NOW)


def test_on_screen(two: tuple[int, int]) -> None:
    screens = Screens(member_of_staff("reader", "branch_manager", org=branch("1100")))
    assert 'value="1100"' in screens.get(PAGE).html
    assert screens.post(PAGE, branch="1200", kinds=["NEW"]).status == 422
    assert screens.post(PAGE, branch="1100").status == 422
    assert screens.post(PAGE, branch="1100", kinds=["NEW", "CHANGED"]).location == PAGE
    held = BranchSubscription.objects.get()
    assert "new customer" in screens.get(PAGE).text
    assert "Branches: 1100" in screens.get("/notifications/").text
    assert screens.post(PAGE, stop=str(held.pk)).location == PAGE
    assert BranchSubscription.objects.count() == 0


def test_over_rest(two: tuple[int, int]) -> None:
    api: Api = proved(client_system("crm", org=branch("1100"))[0])
    made = api.post("branch-subscriptions", {"branch": "1100", "kinds": ["NEW"]})
    assert (made.status, made.body["branch"], made.body["kinds"]) == (201, "1100", ["NEW"])
    assert [one["id"] for one in api.get("branch-subscriptions").body["items"]] == [made.body["id"]]
    told = {"branch": "1200", "kinds": ["NEW"]}
    assert api.post("branch-subscriptions", told).code == "subscription.branch"
    assert api.get("notifications").body["items"] == []
    assert api.post(f"branch-subscriptions/{made.body['id']}:end").status == 200
    assert api.get("branch-subscriptions").body["items"] == []
