"""Watching customers: what happened is told once, of whom one may see, without a value; read and unread."""

from datetime import timedelta
from typing import Any

import pytest

from customers.models import OF_CUSTOMERS, Customer, Subscription
from customers.rules.number import customer_no
from customers.selectors.notices import KEPT, notices, subscriptions, unread
from customers.services import facets
from customers.services.subscribing import mark_read, subscribe, unsubscribe, watching
from mdm.errors import Invalid, NotAllowed, NotFound
from security.access.actor import Actor, staff_actor, system_actor
from security.models import Grant, OperationLog, User
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import NOW, branch, client_system, everything, member_of_staff, staff
from tests.support.api import Api, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
LATER, LATEST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
ALL = list(OF_CUSTOMERS)


@pytest.fixture
def customer() -> int:
    bank()
    return stored(person())


@pytest.fixture
def watcher(customer: int) -> Actor:
    return staff("watcher", "teller", org=branch("1100"))


def new_phone(customer: int, number: str = "+8613800138000") -> None:
    row = the_row("phone", customer, "MOBILE")
    facets.change(
        everything("writer"), "phone", row.pk, row.version, {"number": number}, reason="asked", at=LATER
    )


def told(actor: Actor) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.facet, one.unread) for one in notices(actor, at=LATEST)]


def test_who_watches_is_told_what_happened_since_and_no_value(watcher: Actor, customer: int) -> None:
    subscribe(watcher, customer_no(customer), ALL, at=NOW)
    assert told(watcher) == []
    new_phone(customer)

    found = notices(watcher, at=LATEST)
    assert [(one.kind, one.facet, one.unread) for one in found] == [("CHANGED", "phone", True)]
    assert found[0].customer_no == customer_no(customer)
    assert "138" not in found[0].facet_label + found[0].key
    assert unread(watcher, LATEST) == 1
    assert told(staff("other", "teller", org=branch("1100"))) == []
    logged = OperationLog.objects.filter(action="customer.shown", fields__by="notice.list", actor="watcher")
    assert {row.customer_id for row in logged} == {customer}


def test_only_chosen_kinds_are_told(watcher: Actor, customer: int) -> None:
    subscribe(watcher, customer_no(customer), ["STATUS", "MERGED"], at=NOW)
    new_phone(customer)
    manager = staff("manager", "branch_manager", org=branch("1100"))
    row = the_row("customer", customer)
    facets.change(manager, "customer", row.pk, row.version, {"segment": "PRIVATE"}, reason="asked", at=LATER)
    assert told(watcher) == []

    past = type(row).history.filter(id=customer).order_by("-history_id")
    with database_role("owner"):
        past.filter(pk=past.first().pk).update(lifecycle_status="DORMANT")
    assert told(watcher) == [("STATUS", "customer", True)]
    with database_role("owner"):
        past.filter(pk=past.first().pk).update(golden_id=customer + 1)
    assert told(watcher) == [("MERGED", "customer", True)]


def expires(credential: Any, days: int) -> None:
    with database_role("engine"):
        rows = type(credential)._default_manager.filter(pk=credential.pk)
        assert rows.update(expiry_date=LATEST.date() + timedelta(days=days)) == 1


def the_subscription() -> Subscription:
    with database_role("engine"):
        return Subscription.objects.get()


def test_a_document_that_expires_is_told_of_at_once_and_again_when_renewed_no_more(
    watcher: Actor, customer: int
) -> None:
    credential = the_row("credential", customer)
    expires(credential, 30)
    subscribe(watcher, customer_no(customer), ["EXPIRING"], at=LATER)
    assert told(watcher) == [("EXPIRING", "credential", True)]
    expires(credential, 400)
    assert told(watcher) == []


def test_what_was_read_stays_read_and_what_is_new_is_not(watcher: Actor, customer: int) -> None:
    subscribe(watcher, customer_no(customer), ALL, at=NOW)
    new_phone(customer)
    key = notices(watcher, at=LATEST)[0].key
    assert mark_read(watcher, [key, "phone:0", "unknown"], at=LATEST) == 1
    assert (told(watcher), unread(watcher, LATEST)) == ([("CHANGED", "phone", False)], 0)
    assert mark_read(watcher, [key], at=LATEST) == 0
    assert the_subscription().read == [key]

    new_phone(customer, "+8613900139000")
    assert [one[2] for one in told(watcher)].count(True) == 1
    assert notices(watcher, at=LATEST + KEPT) == []
    mark_read(watcher, [], at=LATEST + KEPT)
    assert the_subscription().read == []


def test_scope_is_asked_at_every_look(watcher: Actor, customer: int) -> None:
    number = customer_no(customer)
    held = subscribe(watcher, number, ALL, at=NOW)
    new_phone(customer)
    with database_role("owner"):
        Grant.objects.filter(user_id=watcher.user_id).update(org=branch("1200"))
    moved = staff_actor(User.objects.get(pk=watcher.user_id), LATEST)

    assert (notices(moved, at=LATEST), unread(moved, LATEST), list(subscriptions(moved))) == ([], 0, [])
    with pytest.raises(NotFound) as hidden:
        unsubscribe(moved, held.pk, at=LATEST)
    assert hidden.value.code == "subscription.unknown"
    with pytest.raises(NotFound) as unknown:
        subscribe(moved, number, ALL, at=LATEST)
    assert unknown.value.code == "customer.unknown"


def test_a_second_time_changes_of_what(watcher: Actor, customer: int) -> None:
    number = customer_no(customer)
    first = subscribe(watcher, number, ALL, at=NOW)
    again = subscribe(watcher, number, ["STATUS"], at=LATER)
    assert (again.pk, again.kinds, again.created_at) == (first.pk, ["STATUS"], NOW)
    assert watching(watcher, number) == first
    unsubscribe(watcher, first.pk, at=LATEST)
    assert watching(watcher, number) is None
    logged = OperationLog.objects.filter(subject="subscription").order_by("id")
    assert list(logged.values_list("action", flat=True)) == [
        "notice.subscribe",
        "notice.subscribe",
        "notice.unsubscribe",
    ]


def merged(member: int, into: int) -> None:
    with database_role("engine"):
        Customer.objects.filter(pk=member).update(golden_id=into)
        Customer.objects.filter(pk=into).update(members=[member])


def test_of_two_that_became_one_everything_is_told_once(watcher: Actor, customer: int) -> None:
    other = stored(person("2"))
    subscribe(watcher, customer_no(customer), ["STATUS"], at=NOW)
    subscribe(watcher, customer_no(other), ["CHANGED"], at=NOW)
    new_phone(customer)
    new_phone(other, "+8613900139000")
    merged(other, customer)

    found = notices(watcher, at=LATEST)
    assert [(one.kind, one.facet) for one in found] == [("CHANGED", "phone")] * 2
    assert (len({one.key for one in found}), unread(watcher, LATEST)) == (2, 2)
    (held,) = subscriptions(watcher)
    assert held.kinds == ["CHANGED", "STATUS"]
    assert mark_read(watcher, [one.key for one in found], at=LATEST) == 2
    assert unread(watcher, LATEST) == 0

    again = subscribe(watcher, customer_no(other), ["CHANGED"], at=LATEST)
    assert (the_subscription(), again.customer_id, again.created_at) == (again, customer, NOW)
    assert unread(watcher, LATEST) == 0


def test_who_stops_watching_two_that_became_one_watches_neither(watcher: Actor, customer: int) -> None:
    other = stored(person("2"))
    for one in (customer, other):
        subscribe(watcher, customer_no(one), ALL, at=NOW)
    merged(other, customer)
    (held,) = subscriptions(watcher)
    unsubscribe(watcher, held.pk, at=LATEST)
    assert list(subscriptions(watcher)) == []


@pytest.mark.parametrize("kinds", [[], ["NOTHING"], ["STATUS", "NOTHING"], ["NEW"]])
def test_one_is_told_of_something(watcher: Actor, customer: int, kinds: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        subscribe(watcher, customer_no(customer), kinds, at=NOW)
    assert refused.value.code == "subscription.kinds"


def test_the_product_itself_watches_nobody(customer: int) -> None:
    with pytest.raises(NotAllowed):
        subscribe(system_actor("load", ["customer.view"]), customer_no(customer), ALL, at=NOW)


def test_on_screen_from_watching_to_read(customer: int) -> None:
    number = customer_no(customer)
    screens = Screens(member_of_staff("reader", "teller", org=branch("1100")))
    assert f'href="/customer/{number}/watch/"' in screens.get(f"/customer/{number}/").html
    assert screens.post(f"/customer/{number}/watch/").status == 422
    watched = screens.post(f"/customer/{number}/watch/", kinds=["CHANGED"])
    assert watched.location == f"/customer/{number}/"
    empty = screens.get("/notifications/")
    assert "You watch 1 customer" in empty.text

    assert screens.post("/notifications/", key="phone:1").location == "/notifications/"
    screens.post(f"/customer/{number}/watch/", stop="yes")
    assert "Open a customer" in screens.get("/notifications/").text


def test_over_rest(customer: int) -> None:
    api: Api = proved(client_system("crm", org=branch("1100"))[0])
    number = customer_no(customer)
    made = api.post("subscriptions", {"customer_no": number, "kinds": ["CHANGED"]})
    assert (made.status, made.body["kinds"]) == (201, ["CHANGED"])
    assert [one["customer_no"] for one in api.get("subscriptions").body["items"]] == [number]
    assert api.get("notifications").body["items"] == []
    assert api.post("notifications:read", {"keys": ["phone:1"]}).body == {"read": 0}
    assert api.post("subscriptions", {"customer_no": "C00000000000", "kinds": ["STATUS"]}).status == 404
    assert api.post(f"subscriptions/{made.body['id']}:end").status == 200
    assert api.get("subscriptions").body["items"] == []
