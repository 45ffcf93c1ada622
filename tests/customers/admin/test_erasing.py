"""The page on which an erasure is asked for."""

from datetime import date

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.rules.number import customer_no
from customers.services.erasing import JOB
from mdm.runs import JobRun
from security.approvals.models import ChangeRequest
from tests.customers.admin.conftest import screens_of
from tests.customers.services.test_erasing import ended
from tests.factories.customers import stored
from tests.support.database_roles import database_role
from tests.support.screens import Screens


@pytest.fixture
def compliance(customer_id: int) -> Screens:
    return screens_of("compliance", "1000", "compliance")


def test_what_stands_in_the_way_is_listed_and_there_is_no_button(compliance: Screens, number: str) -> None:
    page = compliance.get(f"/customer/{number}/erase/")
    assert page.status == 200
    assert "There is an agreement that is not closed." in page.text
    assert "There is no way back" not in page.text
    refused = compliance.post(f"/customer/{number}/erase/", reason="retention is over")
    assert refused.status == 422


def test_a_request_is_made_and_nothing_is_gone(compliance: Screens) -> None:
    made = stored(ended("P-9", valid_to=date(2010, 1, 1)))
    number = customer_no(made)
    page = compliance.get(f"/customer/{number}/erase/")
    assert "There is no way back" in page.text
    assert compliance.post(f"/customer/{number}/erase/", reason="The time of retention is over").status == 302
    with database_role("engine"):
        waiting = ChangeRequest.objects.get(operation="customer.erase")
        assert (waiting.customer_id, waiting.maker.username) == (made, "compliance")
        assert waiting.opened_at <= timezone.now()
        assert Customer.objects.filter(pk=made).exists()
        assert not JobRun.objects.filter(job=JOB).exists()


def test_a_teller_has_neither_button_nor_page(teller: Screens, compliance: Screens, number: str) -> None:
    assert f"/customer/{number}/erase/" in compliance.get(f"/customer/{number}/").html
    assert f"/customer/{number}/erase/" not in teller.get(f"/customer/{number}/").html
    assert teller.get(f"/customer/{number}/erase/").status == 403
