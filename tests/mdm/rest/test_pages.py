"""Keyset pages and their cursors."""

from typing import Any

import pytest
from django.core import signing
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from mdm.rest import pages
from mdm.rest.operations import Call
from mdm.rest.refusals import Refusal
from tests.factories.security import NOW, everything


def call(query: str = "", path: str = "/api/v1/customers") -> Call:
    request = Request(APIRequestFactory().get(f"{path}{query}"))
    return Call(request=request, actor=everything(), at=NOW, data={}, query={})


def next_of(following: Any, query: str = "") -> str:
    link = pages.page(call(query), [], following).data["next"]
    assert link is not None
    return str(link)[len("/api/v1/customers") :]


@pytest.mark.parametrize("following", [17, [1, "a"], 0])
def test_the_next_address_leads_on_where_the_page_ended(following: Any) -> None:
    assert pages.after(call(next_of(following))) == following


def test_the_last_page_has_no_next() -> None:
    answer = pages.page(call(), [1], None)
    assert answer.data == {"items": [1], "next": None}
    assert "Link" not in answer.headers


def test_the_next_address_is_a_link_too_and_keeps_the_filters() -> None:
    answer = pages.page(call("?org=1100&page_size=7"), [], 17)
    assert answer.headers["Link"] == f'<{answer.data["next"]}>; rel="next"'
    assert "org=1100" in answer.data["next"]
    assert "page_size=7" in answer.data["next"]


@pytest.mark.parametrize(
    "query",
    [
        "?cursor=",
        "?cursor=17",
        "?cursor=" + signing.dumps(17),
        "?cursor=" + signing.dumps(17, salt="mdm.rest.pages"),
    ],
    ids=["empty", "number", "other salt", "near salt"],
)
def test_a_cursor_that_was_not_given_is_refused(query: str) -> None:
    with pytest.raises(Refusal) as refused:
        pages.after(call(query))
    assert (refused.value.code, refused.value.status) == ("request.cursor", 400)


def test_a_cursor_belongs_to_its_list_and_its_filters() -> None:
    given = next_of(17, "?org=1100")
    assert pages.after(call(given)) == 17
    for other in (call(given.replace("1100", "1200")), call(given, "/api/v1/load-runs")):
        with pytest.raises(Refusal):
            pages.after(other)


def test_the_size_may_change_between_pages() -> None:
    assert pages.after(call(next_of(17) + "&page_size=3")) == 17


@pytest.mark.parametrize(("query", "size"), [("", 50), ("?page_size=1", 1), ("?page_size=200", 200)])
def test_a_page_has_as_many_rows_as_asked(query: str, size: int) -> None:
    assert pages.page_size(call(query)) == size


@pytest.mark.parametrize("size", ["0", "201", "-1", "1.5", "", "a", "٣", "9999999999", "+5", " 5"])
def test_any_other_size_is_refused(size: str) -> None:
    with pytest.raises(Refusal) as refused:
        pages.page_size(call(f"?page_size={size}".replace("+", "%2B").replace(" ", "%20")))
    assert refused.value.code == "request.parameter"
