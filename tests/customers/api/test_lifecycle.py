"""Status and transfer over REST and on screens."""

from typing import TYPE_CHECKING

import pytest

from customers.models import Customer
from customers.rules.number import customer_no
from security.approvals.models import ChangeRequest
from tests.customers.admin.conftest import screens_of
from tests.factories.customers import person as a_person
from tests.factories.customers import stored
from tests.factories.security import branch, member_of_staff
from tests.support.api import Api
from tests.support.database_roles import database_role

if TYPE_CHECKING:
    from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
WHY = {"change_reason": "the customer asked for it"}


@pytest.fixture
def customer(db: None) -> int:
    """A person without holdings."""
    from tests.factories.customers import bank

    bank()
    return stored(a_person(agreement=[], restriction=[]))


def state_of(customer: int) -> str:
    with database_role("engine"):
        return Customer.objects.get(pk=customer).lifecycle_status


def test_a_status_is_asked_for_and_refused_by_its_code(customer: int, api: Api) -> None:
    number = customer_no(customer)
    match = {"If-Match": '"v1"'}
    waits = api.post(f"customers/{number}:set-status", {"status": "DORMANT", **WHY}, key=None, **match)
    assert waits.status == 202
    back = api.post(f"customers/{number}:set-status", {"status": "POTENTIAL", **WHY}, key=None, **match)
    assert (back.status, back.code) == (409, "status.back")
    assert ("/status", "status.back") in back.places
    stale = api.post(
        f"customers/{number}:set-status", {"status": "DORMANT", **WHY}, key=None, **{"If-Match": '"v9"'}
    )
    assert (stale.status, stale.headers["ETag"]) == (412, '"v1"')
    assert state_of(customer) == "ACTIVE"


def test_customers_are_transferred(customer: int, api: Api, elsewhere: Api) -> None:
    body = {"customers": [customer_no(customer)], "org": "1200", **WHY}
    assert elsewhere.post("customers:transfer", body).code == "customer.unknown"
    assert api.post("customers:transfer", {**body, "org": "77"}).code == "transfer.branch"
    assert api.post("customers:transfer", body).status == 202
    assert api.post("customers:transfer", body).code == "approval.open"


def boss() -> "Screens":
    return screens_of("boss", "1100", "branch_manager")


def test_the_page_offers_where_a_customer_may_go(customer: int) -> None:
    screens, number = boss(), customer_no(customer)
    page = screens.get(f"/customer/{number}/status/")
    assert 'value="DORMANT"' in page.html
    assert 'value="POTENTIAL"' not in page.html
    assert f"/customer/{number}/status/" in screens.get(f"/customer/{number}/").html
    form = {"status": "DORMANT", "reason": "asked for", "version": "1"}
    assert "waits for the approval" in screens.post(f"/customer/{number}/status/", follow=True, **form).text
    form["status"] = "DECEASED"
    refused = screens.post(f"/customer/{number}/status/", **form)
    assert refused.status == 422
    assert "Tell the date of death" in refused.text


def test_many_are_transferred_by_pasting_their_numbers(customer: int) -> None:
    other = stored(a_person("P-2"))
    numbers = f"{customer_no(customer)}\n{customer_no(other)}"
    screens = boss()
    member_of_staff("rm", "relationship_manager", org=branch("1100"))
    form = {"customers": numbers, "org": "1110", "manager": "rm", "reason": "the branch was closed"}
    sent = screens.post("/transfer/", follow=True, **form)
    assert "waits for the approval" in sent.text, sent.text
    with database_role("engine"):
        request = ChangeRequest.objects.get(operation="customer.transfer")
    seen = screens_of("head", "1000", "branch_manager").get(f"/approvals/{request.pk}/")
    assert "Transfer 2 customers" in seen.text
    assert customer_no(other) in seen.text
    wrong = screens.post("/transfer/", **{**form, "customers": "C1 rubbish"})
    assert wrong.status == 422
    assert "This is no customer number" in wrong.text
