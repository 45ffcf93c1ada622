"""Doors of access and protection, each opened once: what goes through leaves its row (`tests/support/audited.py`)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Customer, Phone
from security.models import Alert, OperationLog
from security.services import client_proof
from tests.conftest import RoleBlock
from tests.factories.customers import bank, person, stored
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.api import Api
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer_id() -> int:
    bank()
    return stored(person())


@pytest.fixture
def officer(customer_id: int) -> Api:
    """A client system of head office that may do what compliance and administrators may, with a token of now."""
    client, _token = client_system(roles=["compliance", "administrator", "auditor"], org=branch("1000"))
    return Api(client_proof.issue_token(client, client.scopes, at=timezone.now())[0])


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def test_seeing_clear_values(officer: Api, customer_id: int, as_engine: RoleBlock) -> None:
    with as_engine():
        phone = Phone.objects.get(customer_id=customer_id, kind="MOBILE")
    body = {
        "facet": "phone",
        "row_id": phone.pk,
        "fields": ["number"],
        "cause": "TELEPHONE",
        "reason": "The customer asked for a call",
    }
    told = officer.post(f"customers/{number(customer_id)}:reveal", body)
    assert (told.status, told.body.get("values")) == (200, {"number": "+8613912345670"}), told.body
    row = OperationLog.objects.get(customer_id=customer_id, action="clear.read")
    assert row.reason
    assert "13912345670" not in str(row.__dict__)


def test_explaining_access(officer: Api, customer_id: int) -> None:
    member_of_staff("wang", "teller", org=branch("1100"))
    assert officer.post(f"customers/{number(customer_id)}:explain-access", {"user": "wang"}).status == 200


def test_marking_and_unmarking(officer: Api, customer_id: int) -> None:
    body = {"kind": "PROTECTED", "value": "VIP", "change_reason": "Asked by the branch"}
    assert officer.post(f"customers/{number(customer_id)}:mark", body).status < 300
    assert officer.post(f"customers/{number(customer_id)}:unmark", body).status < 300


def test_sharing_and_closing(officer: Api, customer_id: int) -> None:
    member_of_staff("zhao", "teller", org=branch("1200"))
    body = {"to": "zhao", "effect": "OPEN", "change_reason": "Helps at the counter"}
    until = (timezone.now() + timedelta(days=1)).isoformat()
    assert officer.post(f"customers/{number(customer_id)}:share", {**body, "expires_at": until}).status < 300
    assert officer.post(f"customers/{number(customer_id)}:unshare", body).status < 300


def test_closing_an_alarm(officer: Api) -> None:
    alert = Alert.objects.create(at=timezone.now(), rule="quota", actor="wang", org=branch("1000"))
    assert officer.post(f"alerts/{alert.pk}:close", {"finding": "Was a test"}).status < 300


def test_the_self_check() -> None:
    administrator = Screens(member_of_staff("admin", "administrator", org=branch("1000")))
    before = OperationLog.objects.count()
    assert administrator.post("/self-check/").status in (200, 302)
    assert OperationLog.objects.count() > before
