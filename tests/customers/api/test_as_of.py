"""The past over REST and on its page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.rules.number import customer_no
from customers.services import facets
from tests.customers.admin.conftest import screens_of
from tests.factories.customers import person as a_person
from tests.factories.customers import stamp, stored, the_row
from tests.factories.security import everything
from tests.support.api import Api
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(db: None) -> str:
    """A person whose address was changed an hour ago."""
    from tests.factories.customers import bank

    bank()
    now = timezone.now()
    made = stored(a_person(), stamp(at=now - timedelta(days=3)))
    with database_role("engine"):
        row = the_row("customer_event", made)
        facets.end(everything(), "customer_event", row.pk, 1, reason="over", at=now - timedelta(hours=1))
    return customer_no(made)


def events(told: dict[str, list[dict[str, list[dict[str, object]]]]]) -> int:
    found = [f for s in told["subjects"] for f in s["facets"] if f["name"] == "customer_event"]
    return len(found[0]["rows"])  # type: ignore[arg-type]


def test_the_past_is_read(customer: str, api: Api, elsewhere: Api) -> None:
    day = (timezone.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
    assert events(api.get(f"customers/{customer}/as-of").body) == 0
    then = api.get(f"customers/{customer}/as-of?known={day}")
    assert (then.status, events(then.body), then.body["on"]) == (200, 1, None)
    early = api.get(f"customers/{customer}/as-of?known=2001-01-01T00:00:00Z")
    assert (early.status, early.code) == (404, "customer.not_yet")
    ahead = api.get(f"customers/{customer}/as-of?known=2100-01-01T00:00:00Z")
    assert (ahead.status, ahead.code) == (422, "as_of.ahead")
    assert elsewhere.get(f"customers/{customer}/as-of").code == "customer.unknown"


def test_the_page_shows_the_past_and_changes_nothing(customer: str) -> None:
    screens = screens_of("teller", "1100", "teller")
    before = timezone.localdate() - timedelta(days=2)  # an hour ago may have been yesterday
    page = screens.get(f"/customer/{customer}/as-of/", known=f"{before}", on="")
    assert page.status == 200
    assert "as the bank knew it" in page.text
    assert "Visit" in page.text
    assert "/change/" not in page.html
    assert "Visit" not in screens.get(f"/customer/{customer}/as-of/").text
    assert "did not know" in screens.get(f"/customer/{customer}/as-of/", known="2001-01-01").text
    assert f"/customer/{customer}/as-of/" in screens.get(f"/customer/{customer}/").html
