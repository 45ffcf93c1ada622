"""Typed search: what was typed is read, never shown in an address, and answers its own user only."""

import re

import pytest
from django.core.cache import cache

from security.models import OperationLog
from tests.support.screens import Screens

ID_NUMBER = "11010519491231002X"
NAME = "欧阳知远"


@pytest.mark.parametrize(
    "term", [ID_NUMBER, NAME, "欧阳", "ouyangzhiyuan", "13912345670", "zhiyuan@example.com"]
)
def test_a_customer_is_found_masked(teller: Screens, number: str, term: str) -> None:
    seen = teller.search(term)
    assert seen.status == 200
    assert "1 customer found" in seen.text
    assert number in seen.text
    assert "**远" in seen.text
    assert "110***********002X" in seen.text
    assert NAME not in seen.html
    assert ID_NUMBER not in seen.html


def test_a_name_and_what_else_is_known(teller: Screens, number: str) -> None:
    assert 'name="born"' in teller.get("/search/").html
    seen = teller.post("/search/", follow=True, term=NAME, born="1949", ends="002x", phone="139")
    assert number in seen.text
    assert "number ending in 002X" in seen.text
    assert "No customer matches" in teller.post("/search/", follow=True, term=NAME, born="1950").text


def test_the_number_finds_its_customer(teller: Screens, number: str) -> None:
    assert "Read as: customer number" in teller.search(number).text


def test_the_term_stands_in_no_address(teller: Screens) -> None:
    told = teller.post("/search/", term=ID_NUMBER)
    assert told.status == 303
    assert re.fullmatch(r"/search/[A-Za-z0-9_-]{22}/", told.location)
    seen = teller.get(told.location)
    assert seen.status == 200
    assert ID_NUMBER not in seen.html


def test_only_ciphertext_is_kept(teller: Screens) -> None:
    token = teller.post("/search/", term=ID_NUMBER).location.split("/")[2]
    kept = cache.get(f"screen:search:{token}")
    assert isinstance(kept, bytes)
    assert ID_NUMBER.encode() not in kept


def test_a_result_answers_its_own_user_only(teller: Screens, elsewhere: Screens) -> None:
    address = teller.post("/search/", term=ID_NUMBER).location
    assert teller.get(address).status == 200
    seen = elsewhere.get(address)
    assert seen.status == 404
    assert "This search is over" in seen.text


@pytest.mark.parametrize("token", ["x", "a" * 22, "%E6%AC%A7", "a" * 300])
def test_a_made_up_token_is_over(teller: Screens, token: str) -> None:
    assert teller.get(f"/search/{token}/").status == 404


def test_nobody_is_found_elsewhere_and_the_page_says_why(elsewhere: Screens) -> None:
    seen = elsewhere.search(ID_NUMBER)
    assert "No customer matches" in seen.text
    assert "Only customers that your branch may see" in seen.text
    assert "Create a customer" in seen.text


def test_too_short_a_term_is_refused_with_words(teller: Screens) -> None:
    seen = teller.search("王")
    assert seen.status == 422
    assert "Type at least two characters" in seen.text


def test_the_search_is_logged_without_the_term(teller: Screens) -> None:
    teller.search(ID_NUMBER)
    row = OperationLog.objects.get(action="customer.search")
    assert row.actor == "teller"
    assert row.request_id
    assert ID_NUMBER not in str(row.fields)


def test_who_may_not_see_customers_may_not_search(customer_id: int) -> None:
    from tests.customers.admin.conftest import screens_of

    administrator = screens_of("admin", "1000", "administrator")
    assert administrator.get("/search/").status == 403
    assert administrator.post("/search/", term=ID_NUMBER).status == 403
    assert 'name="term"' not in administrator.get("/").html
