"""A merged customer: its number answers for ever with its survivor, and nothing is written to it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from customers.models import Customer
from customers.rules.number import customer_id
from tests.support.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged(
    api: Api, number: str, person: dict[str, Any], as_engine: Callable[[], AbstractContextManager[None]]
) -> str:
    """The number of a second record of the person, merged into the first."""
    second = str(api.post("customers", {**person, "source_key": "B-1"}).body["customer_no"])
    survivor, member = customer_id(number) or 0, customer_id(second) or 0
    with as_engine():
        Customer.objects.filter(pk=member).update(golden_id=survivor)
        Customer.objects.filter(pk=survivor).update(members=[member])
    return second


def test_it_is_answered_with_its_survivor(api: Api, number: str, merged: str) -> None:
    told = api.get(f"customers/{merged}")
    assert (told.status, told.body["customer_no"], told.body["redirected_from"]) == (200, number, merged)
    assert told.body["members"] == [merged]
    panorama = api.get(f"customers/{merged}/panorama").body
    assert (panorama["customer_no"], panorama["redirected_from"]) == (number, merged)


def test_its_rows_belong_to_the_survivor(api: Api, number: str, merged: str) -> None:
    for asked in (number, merged):
        assert len(api.get(f"customers/{asked}/phones").body["items"]) == 2


def test_it_is_not_listed(api: Api, number: str, merged: str) -> None:
    assert [row["customer_no"] for row in api.get("customers").body["items"]] == [number]


def test_nothing_is_written_to_it(api: Api, number: str, merged: str) -> None:
    row = api.get(f"customers/{merged}/phones").body["items"][0]["id"]
    phone = f"customers/{merged}/phones/{row}"
    for told in (
        api.patch(f"customers/{merged}", {"language": "en", "change_reason": "x"}, version=1),
        api.post(f"customers/{merged}/phones", {"number": "13700137000"}),
        api.patch(phone, {"kind": "FAX", "change_reason": "x"}, version=1),
        api.post(f"{phone}:end", {"change_reason": "x"}, key=None, If_Match='"v1"'),
    ):
        assert (told.status, told.code) == (409, "customer.merged")
        assert number in told.body["detail"]


@pytest.mark.usefixtures("contacts_alone")
def test_a_row_of_a_member_is_changed_through_the_survivor(api: Api, number: str, merged: str) -> None:
    rows = [row["id"] for row in api.get(f"customers/{number}/phones").body["items"]]
    for row in rows:
        told = api.patch(f"customers/{number}/phones/{row}", {"kind": "FAX", "change_reason": "x"}, version=1)
        assert told.status == 200


def test_out_of_scope_it_is_not_there(elsewhere: Api, merged: str) -> None:
    assert elsewhere.get(f"customers/{merged}").status == 404
    told = elsewhere.patch(f"customers/{merged}", {"language": "en", "change_reason": "x"}, version=1)
    assert told.status == 404
