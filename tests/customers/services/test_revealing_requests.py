"""What a change request asks for, in clear: to who may see both request and clear values, with a cause, on record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.services import marks, requesting
from customers.services.revealing import Why, reveal_request
from mdm.errors import Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from security.models import OperationLog, Reveal, Role, User
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import branch, everything, grant, staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
WHY = Why("AML", "the new name is not legible")
OLD, NEW = "欧阳知远", "欧阳致远"


@pytest.fixture
def customer() -> int:
    bank()
    return stored(person())


@pytest.fixture
def asked(customer: int) -> ChangeRequest:
    """A teller asks for another legal name."""
    row = the_row("customer_name", customer)
    teller = staff("teller", "teller", org=branch("1100"))
    done = requesting.change(
        teller, "customer_name", row.pk, row.version, {"full_name": NEW}, reason="marriage", at=MORNING
    )
    assert done.request is not None
    return done.request


def checker(name: str, *roles: str, org: str = "1100") -> Actor:
    made = staff(name, *roles, org=branch(org), at=MORNING)
    return replace(made, channel="COUNTER")


def test_both_sides_are_shown_and_the_trace_names_no_value(customer: int, asked: ChangeRequest) -> None:
    found = reveal_request(checker("officer", "compliance", "branch_manager"), asked.pk, WHY, at=MORNING)
    assert found.values["full_name"] == (OLD, NEW)
    assert found.until == MORNING + timedelta(seconds=60)
    assert "officer" in found.watermark
    trace = Reveal.objects.get()
    entry = OperationLog.objects.get(action="clear.read")
    assert (trace.facet, trace.row_id, trace.customer_id) == ("change_request", asked.pk, customer)
    assert "full_name" in trace.fields
    assert (entry.subject, entry.object_id, entry.customer_id) == ("change_request", asked.pk, customer)
    assert NEW not in f"{vars(trace)} {vars(entry)}"


def test_it_takes_the_right_the_request_in_sight_and_the_customer_in_reach(
    customer: int, asked: ChangeRequest
) -> None:
    with pytest.raises(NotAllowed, match=r"access\.denied"):
        reveal_request(checker("manager", "branch_manager"), asked.pk, WHY, at=MORNING)
    with pytest.raises(NotFound, match=r"approval\.unknown"):
        reveal_request(checker("far", "compliance", "branch_manager", org="1200"), asked.pk, WHY, at=MORNING)
    with pytest.raises(Invalid, match=r"reveal\.reason"):
        officer = checker("officer", "compliance", "branch_manager")
        reveal_request(officer, asked.pk, Why("AML", "no"), at=MORNING)
    marks.mark(
        everything(), Customer(pk=customer).customer_no, "PROTECTED", "VIP", reason="known", at=MORNING
    )
    with pytest.raises(NotFound):
        reveal_request(officer, asked.pk, WHY, at=MORNING)
    assert Reveal.objects.count() == 0


def test_the_right_to_see_clear_values_elsewhere_is_not_enough(asked: ChangeRequest) -> None:
    manager = checker("manager", "branch_manager")
    user = User.objects.get(username="manager")
    grant(user, "compliance", branch("1200"))
    from security.access.actor import staff_actor

    assert manager.name == "manager"
    with pytest.raises(NotFound, match=r"row\.unknown"):
        reveal_request(staff_actor(user, MORNING), asked.pk, WHY, at=MORNING)


def test_a_field_that_the_role_does_not_see_stays_hidden(asked: ChangeRequest) -> None:
    with database_role("owner"):
        Role.objects.filter(code="compliance").update(hidden_fields=["customer_name.*"])
        Role.objects.filter(code="branch_manager").update(hidden_fields=["customer_name.*"])
    with pytest.raises(Invalid, match=r"reveal\.field"):
        reveal_request(checker("officer", "compliance", "branch_manager"), asked.pk, WHY, at=MORNING)


def test_the_page_asks_why_shows_for_a_minute_and_leads_back(asked: ChangeRequest) -> None:
    checker("officer", "compliance", "branch_manager")
    with database_role("owner"):
        Role.objects.update(mfa_required=False)
    officer = Screens(User.objects.get(username="officer"))
    address = f"/approvals/{asked.pk}/reveal/"
    seen = officer.get(f"/approvals/{asked.pk}/")
    assert address in seen.html
    assert NEW not in seen.html
    assert officer.post(address, cause="AML", reason="no").status == 422
    shown = officer.post(f"/approvals/{asked.pk}/reveal/", cause="AML", reason="the new name is not legible")
    assert OLD in shown.text
    assert NEW in shown.text
    assert "no-store" in shown.response.headers["Cache-Control"]
    assert f"url=/approvals/{asked.pk}/" in shown.response.headers["Refresh"]
    assert Reveal.objects.get().at <= timezone.now()
    officer.prove(timezone.now() - timedelta(hours=1))
    assert officer.post(address, cause="AML", reason="once more").location.startswith("/prove/")
    checker("manager", "branch_manager")
    manager = Screens(User.objects.get(username="manager"))
    assert address not in manager.get(f"/approvals/{asked.pk}/").html
    assert manager.get(address).status == 403
