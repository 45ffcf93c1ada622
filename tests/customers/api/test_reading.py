"""Search, panorama, history."""

from typing import Any

import pytest

from security.models import OperationLog
from tests.customers.api.conftest import caller
from tests.support.api import Api

pytestmark = pytest.mark.django_db


def search(api: Api, text: str, **more: Any) -> Any:
    return api.post("customers:search", {"text": text, **more}, key=None)


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        "13900139123",
        "+86 139 0013 9123",
        "lin@example.com",
        "林知远",
        "林知",
        "linzhiyuan",
    ],
)
def test_a_customer_is_found_by_what_is_known_of_it(api: Api, number: str, text: str) -> None:
    told = search(api, text)
    assert told.status == 200
    assert [hit["customer_no"] for hit in told.body["hits"]] == [number]
    assert told.body["interpretations"]
    assert told.body["more"] is False


def test_what_else_is_known_narrows(api: Api, number: str) -> None:
    told = search(api, "林知远", known={"ends": "9123", "phone": "139"})
    assert [hit["customer_no"] for hit in told.body["hits"]] == [number]
    assert [one["kind"] for one in told.body["interpretations"]] == ["name", "ends", "phone"]
    assert search(api, "林知远", known={"ends": "9124"}).body["hits"] == []
    assert search(api, "林知远 139 9123").body["hits"] == told.body["hits"]
    assert search(api, "林知远", known={"shoe": "42"}).status == 422


def test_a_customer_is_found_by_its_number(api: Api, number: str) -> None:
    told = search(api, number)
    assert [hit["customer_no"] for hit in told.body["hits"]] == [number]
    assert told.body["interpretations"][0]["kind"] == "customer_no"


def test_nobody_is_found_out_of_scope(elsewhere: Api, number: str) -> None:
    for text in (number, "11010519491231002X", "林知远"):
        assert search(elsewhere, text).body["hits"] == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ("/text", "required")),
        ({"text": "a"}, ("/text", "min_length")),
        ({"text": "a" * 201}, ("/text", "max_length")),
        ({"text": ["a"]}, ("/text", "invalid")),
        ({"text": "ab", "size": 51}, ("/size", "max_value")),
        ({"text": "ab", "size": "5"}, ("/size", "invalid")),
        ({"text": "ab", "q": 1}, ("/q", "unknown")),
    ],
)
def test_what_cannot_be_searched_for_is_refused(
    api: Api, body: dict[str, Any], place: tuple[str, str]
) -> None:
    told = api.post("customers:search", body, key=None)
    assert (told.status, told.places) == (422, {place})


def test_two_blanks_are_too_short(api: Api) -> None:
    told = search(api, "  a ")
    assert (told.status, told.code) == (422, "search.short")


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "%", "__", "\\x", "a'; DROP TABLE x; --", "😀😀", "\u202eab"]
)
def test_odd_texts_find_nobody(api: Api, number: str, text: str) -> None:
    told = search(api, text)
    assert told.status in (200, 422)
    assert told.body.get("hits", []) == []


def test_the_log_tells_how_it_was_read_and_not_what(api: Api, number: str) -> None:
    search(api, "13900139123")
    row = OperationLog.objects.filter(action="customer.search").get()
    assert "13900139123" not in str(row.fields)
    assert row.fields["found"] == 1


def test_the_panorama_shows_every_subject_masked(api: Api, number: str) -> None:
    told = api.get(f"customers/{number}/panorama")
    assert told.status == 200
    facets = {facet["name"]: facet for subject in told.body["subjects"] for facet in subject["facets"]}
    assert len(facets["phone"]["rows"]) == 1
    assert facets["credential"]["rows"][0]["values"]["number"]["text"] == "110***********002X"
    assert told.body["display_name"] == "**远"
    first = told.body["subjects"][0]
    assert first["count"] == sum(len(facet["rows"]) for facet in first["facets"]) == 3
    done = {name: first["completeness"][name] for name in ("asked", "there")}
    assert done == {"asked": 4, "there": 3}
    assert [one["facet"] for one in first["completeness"]["missing"]] == ["person_profile"]


def test_the_panorama_does_not_show_history_without_its_scope(number: str) -> None:
    reader = caller("reader", "1100", scopes=("customer.view",))
    assert reader.get(f"customers/{number}/panorama").body["recent_changes"] == []
    told = reader.get(f"customers/{number}/history")
    assert (told.status, told.code) == (403, "scope.missing")


def test_history_is_read_page_by_page_newest_first(api: Api, number: str) -> None:
    for version, language in ((1, "zh-Hans"), (2, "en")):
        change = {"language": language, "change_reason": f"r{version}"}
        assert api.patch(f"customers/{number}", change, version=version).status == 200
    first = api.get(f"customers/{number}/history?page_size=2")
    assert [change["reason"] for change in first.body["items"]] == ["r2", "r1"]
    rest = api.get(first.body["next"].replace("page_size=2", "page_size=200"))
    assert {change["type"] for change in rest.body["items"]} == {"+"}
    assert rest.body["next"] is None


def test_history_is_narrowed_by_facet_and_actor(api: Api, number: str) -> None:
    phones = api.get(f"customers/{number}/history?facet=phone").body["items"]
    assert {change["facet"] for change in phones} == {"phone"}
    assert api.get(f"customers/{number}/history?actor=nobody").body["items"] == []
    told = api.get(f"customers/{number}/history?reason=x")
    assert (told.status, told.code) == (400, "request.parameter")
