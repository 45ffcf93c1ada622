"""The change browser: everybody's changes in scope, masked, by who, what, when, why; the look itself is logged."""

from datetime import timedelta

import pytest

from customers.models import Customer, Phone
from customers.selectors.changes import changes
from customers.services import facets
from mdm.errors import Invalid, NotAllowed
from security.access.actor import Actor
from security.audit.log import SHOWN
from security.models import OperationLog
from tests.conftest import RoleBlock
from tests.factories.customers import another, bank, person, stored
from tests.factories.security import NOW, branch, member_of_staff, staff
from tests.support.screens import Screens

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contacts_alone")]
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def auditor() -> Actor:
    bank()
    return staff("auditor", "auditor", org=branch("1000"))


@pytest.fixture
def changed(auditor: Actor, as_engine: RoleBlock) -> int:
    """A customer of 1100 whose mobile number a teller changed; and another customer, untouched."""
    customer_id = stored(person())
    stored(another(person(), source_key="P-2"))
    with as_engine():
        phone = Phone.objects.get(customer_id=customer_id, kind="MOBILE")
    teller = staff("wang", "teller", org=branch("1100"))
    facets.change(
        teller,
        "phone",
        phone.pk,
        phone.version,
        {"number": "+8613800138000"},
        reason="New SIM card",
        at=LATER,
    )
    return customer_id


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def test_the_newest_change_comes_first_with_who_why_and_what_masked(auditor: Actor, changed: int) -> None:
    newest = changes(auditor, at=LATER, size=1).rows[0]
    assert (newest["actor"], newest["reason"], newest["facet"]) == ("wang", "New SIM card", "phone")
    assert newest["customer_no"] == number(changed)
    told = {one["field"]: (one["old"], one["new"]) for one in newest["changes"]}
    assert set(told) == {"number"}
    assert "13912345670" not in str(newest)
    assert "13800138000" not in str(newest)


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"actor": "wang"}, 1),
        ({"actor": "nobody"}, 0),
        ({"reason": "sim"}, 1),
        ({"reason": "%"}, 0),
        ({"field": "number", "actor": "wang"}, 1),
        ({"field": "birth_date", "actor": "wang"}, 0),
        ({"facet": "phone", "channel": "COUNTER"}, 1),
        ({"since": "2026-03-02", "until": "2026-03-02", "actor": "wang"}, 1),
        ({"until": "2026-03-01"}, 0),
        ({"request": "0" * 32}, 0),
        ({"source": "core_customer", "actor": "wang"}, 1),
        ({"customer": "nonsense"}, 0),
    ],
)
def test_filters(auditor: Actor, changed: int, filters: dict[str, str], rows: int) -> None:
    assert len(changes(auditor, at=LATER, filters=filters).rows) == rows


def test_pages_hold_every_change_once(auditor: Actor, changed: int) -> None:
    whole = changes(auditor, at=LATER, size=200)
    assert whole.next == ""
    seen, after = [], ""
    while True:
        page = changes(auditor, at=LATER, size=3, after=after)
        seen += [(row["facet"], row["history_id"]) for row in page.rows]
        after = page.next
        if not after:
            break
    assert seen == [(row["facet"], row["history_id"]) for row in whole.rows]
    assert len(seen) > 10


def test_a_filter_by_field_reads_on_past_what_does_not_match(auditor: Actor, changed: int) -> None:
    found, after = 0, ""
    while True:
        page = changes(
            auditor, at=LATER, size=1, after=after, filters={"field": "birth_date", "facet": "person_profile"}
        )
        found += len(page.rows)
        after = page.next
        if not after:
            break
    assert found == 2, "each customer's profile was entered once"


def test_only_changes_in_scope(changed: int) -> None:
    elsewhere = staff("north", "branch_manager", org=branch("1200"))
    assert changes(elsewhere, at=LATER).rows == []
    here = staff("south", "branch_manager", org=branch("1100"))
    assert {row["customer_no"] for row in changes(here, at=LATER, filters={"actor": "wang"}).rows} == {
        number(changed)
    }


def test_the_look_is_logged_with_each_customer(auditor: Actor, changed: int) -> None:
    changes(auditor, at=LATER, filters={"actor": "wang"})
    assert OperationLog.objects.get(action="change.list").fields["shown"] == 1
    shown = OperationLog.objects.get(action=SHOWN, fields__by="change.list")
    assert (shown.customer_id, shown.actor) == (changed, "auditor")


def test_who_may_not(changed: int) -> None:
    with pytest.raises(NotAllowed):
        changes(staff("zhao", "teller", org=branch("1100")), at=LATER)
    with pytest.raises(Invalid) as refused:
        changes(staff("qian", "auditor", org=branch("1000")), at=LATER, filters={"other": "x"})
    assert refused.value.code == "filter.unknown"


def test_the_page(changed: int) -> None:
    screens = Screens(member_of_staff("sun", "auditor", org=branch("1000")))
    seen = screens.get("/changes/", actor="wang")
    for shown in (number(changed), "wang", "New SIM card"):
        assert shown in seen.text
    assert "13800138000" not in seen.html
    assert "No change to show" in screens.get("/changes/", actor="nobody").text
