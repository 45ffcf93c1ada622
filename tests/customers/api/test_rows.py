"""Rows of a facet under a customer; telephones stand for all of them."""

from typing import Any

import pytest

from customers.rules.number import customer_no
from mdm.rest.facets import path_part, plural, told_place, told_rows
from mdm.subjects import registry
from tests.customers.api.conftest import caller
from tests.factories.customers import person, stored
from tests.support.api import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contacts_alone")]
NEW = {"kind": "HOME_TEL", "number": "010-88886666", "change_reason": "told at the counter"}


@pytest.fixture
def phones(number: str) -> str:
    """The address of the person's telephones."""
    return f"customers/{number}/phones"


@pytest.fixture
def phone(api: Api, phones: str) -> str:
    """The address of the person's mobile."""
    (row,) = api.get(phones).body["items"]
    return f"{phones}/{row['id']}"


@pytest.fixture
def bare() -> str:
    """The number of a person of whom only name and document are known."""
    return customer_no(stored(person("bare", person_profile=[])))


def test_rows_are_listed_masked(api: Api, phones: str) -> None:
    (row,) = api.get(phones).body["items"]
    assert (row["kind"], row["number"], row["is_primary"]) == ("MOBILE", "139****9123", True)
    assert (row["version"], row["status"], row["source_system"]) == (1, "ACTIVE", "core-bank")


def test_a_row_is_added_and_found_at_its_location(api: Api, phones: str) -> None:
    made = api.post(phones, NEW)
    assert (made.status, made.headers["ETag"], made.body["kind"]) == (201, '"v1"', "HOME_TEL")
    assert api.get(made.headers["Location"]).body == made.body
    assert "88886666" not in made.text


def test_an_added_row_may_go_without_a_reason(api: Api, phones: str, number: str) -> None:
    made = api.post(phones, {"kind": "HOME_TEL", "number": "010-88886666"})
    assert made.status == 201
    assert api.get(f"customers/{number}/history").body["items"][0]["reason"] == "added"


def test_adding_needs_a_key_and_happens_once(api: Api, phones: str) -> None:
    told = api.post(phones, NEW, key=None)
    assert (told.status, told.code) == (400, "idempotency.key_missing")
    first, again = api.post(phones, NEW, key="same-key-1"), api.post(phones, NEW, key="same-key-1")
    assert first.body == again.body
    assert again.headers["ETag"] == '"v1"'
    assert len(api.get(phones).body["items"]) == 2


def test_a_row_is_changed(api: Api, phone: str) -> None:
    told = api.patch(phone, {"number": "13700137000", "change_reason": "new number"}, version=1)
    assert (told.status, told.headers["ETag"], told.body["number"]) == (200, '"v2"', "137****7000")


def test_what_does_not_differ_changes_nothing(api: Api, phone: str) -> None:
    told = api.patch(phone, {"kind": "MOBILE", "change_reason": "none"}, version=1)
    assert (told.status, told.body["version"]) == (200, 1)


def test_a_number_that_was_changed_is_found_and_the_old_one_is_not(api: Api, phone: str, number: str) -> None:
    api.patch(phone, {"number": "13700137000", "change_reason": "new number"}, version=1)
    found = api.post("customers:search", {"text": "13700137000"}, key=None)
    assert [hit["customer_no"] for hit in found.body["hits"]] == [number]
    assert api.post("customers:search", {"text": "13900139123"}, key=None).body["hits"] == []


def test_a_row_is_ended_and_listed_only_on_request(api: Api, phone: str, phones: str) -> None:
    told = api.post(f"{phone}:end", {"change_reason": "gone"}, key=None, If_Match='"v1"')
    assert (told.status, told.body["status"], told.headers["ETag"]) == (200, "ENDED", '"v2"')
    assert api.get(phones).body["items"] == []
    assert len(api.get(f"{phones}?ended=true").body["items"]) == 1
    assert api.get(phone).body["status"] == "ENDED"


def test_a_row_that_has_ended_stays_as_it_is(api: Api, phone: str) -> None:
    api.post(f"{phone}:end", {"change_reason": "gone"}, key=None, If_Match='"v1"')
    changed = api.patch(phone, {"kind": "FAX", "change_reason": "x"}, version=2)
    ended = api.post(f"{phone}:end", {"change_reason": "x"}, key=None, If_Match='"v2"')
    assert [(told.status, told.code) for told in (changed, ended)] == [(409, "row.ended")] * 2


@pytest.mark.parametrize("verb", ["change", "end"])
def test_a_change_needs_the_version_that_was_read(api: Api, phone: str, verb: str) -> None:
    def ask(version: int | None) -> Any:
        if verb == "change":
            return api.patch(phone, {"kind": "FAX", "change_reason": "x"}, version=version)
        match = {"If_Match": f'"v{version}"'} if version else {}
        return api.post(f"{phone}:end", {"change_reason": "x"}, key=None, **match)

    assert (ask(None).status, ask(None).code) == (428, "precondition.required")
    stale = ask(7)
    assert (stale.status, stale.code, stale.headers["ETag"]) == (412, "row.stale", '"v1"')
    assert api.get(phone).body["version"] == 1


def test_of_two_changes_of_the_same_version_one_wins(api: Api, phone: str) -> None:
    first = api.patch(phone, {"kind": "FAX", "change_reason": "x"}, version=1)
    second = api.patch(phone, {"kind": "WORK_TEL", "change_reason": "y"}, version=1)
    assert (first.status, second.status, second.headers["ETag"]) == (200, 412, '"v2"')
    assert api.get(phone).body["kind"] == "FAX"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"kind": "HOME_TEL"}, ("/number", "required")),
        ({"number": None}, ("/number", "null")),
        ({"number": ""}, ("/number", "blank")),
        ({"number": 13700137000}, ("/number", "invalid")),
        ({"number": "1", "is_primary": "yes"}, ("/is_primary", "invalid")),
        ({"number": "1", "kind": "PIGEON"}, ("/kind", "invalid_choice")),
        ({"number": "1", "customer": 5}, ("/customer", "unknown")),
        ({"number": "1", "customer_id": 5}, ("/customer_id", "unknown")),
        ({"number": "1", "version": 5}, ("/version", "unknown")),
        ({"number": "1", "raw_values": {}}, ("/raw_values", "unknown")),
        ({"number": "1", "verified_by": "me"}, ("/verified_by", "unknown")),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    api: Api, phones: str, body: dict[str, Any], place: tuple[str, str]
) -> None:
    told = api.post(phones, body)
    assert (told.status, told.code) == (422, "request.invalid")
    assert place in told.places
    assert len(api.get(phones).body["items"]) == 1


def test_a_row_of_another_customer_is_not_there(api: Api, person: dict[str, Any], phone: str) -> None:
    other = api.post("customers", {**person, "source_key": "A-2"}).body["customer_no"]
    address = f"customers/{other}/phones/{phone.rpartition('/')[2]}"
    for told in (
        api.get(address),
        api.patch(address, {"kind": "FAX", "change_reason": "x"}, version=1),
        api.post(f"{address}:end", {"change_reason": "x"}, key=None, If_Match='"v1"'),
    ):
        assert (told.status, told.code) == (404, "row.unknown")


@pytest.mark.parametrize("row", ["999999999999999999", "1"])
def test_a_row_that_is_not_there(api: Api, phones: str, row: str) -> None:
    told = api.get(f"{phones}/{row}")
    assert (told.status, told.code) == (404, "row.unknown")


@pytest.mark.parametrize("row", ["0", "1234567890123456789", "x", "-1", "1.5", "01"])
def test_what_is_no_row_id_is_no_address(api: Api, phones: str, row: str) -> None:
    told = api.get(f"{phones}/{row}")
    assert (told.status, told.code) == (404, "resource.not_found")


def test_out_of_scope_nothing_is_read_or_written(elsewhere: Api, phones: str, phone: str) -> None:
    for told in (
        elsewhere.get(phones),
        elsewhere.get(phone),
        elsewhere.post(phones, NEW),
        elsewhere.patch(phone, {"kind": "FAX", "change_reason": "x"}, version=1),
        elsewhere.post(f"{phone}:end", {"change_reason": "x"}, key=None, If_Match='"v1"'),
    ):
        assert (told.status, told.code) == (404, "customer.unknown")


def test_reading_does_not_allow_writing(phones: str, phone: str) -> None:
    reader = caller("reader", "1100", scopes=("customer.view",))
    assert reader.get(phone).status == 200
    for told in (
        reader.post(phones, NEW),
        reader.patch(phone, {"kind": "FAX", "change_reason": "x"}, version=1),
        reader.post(f"{phone}:end", {"change_reason": "x"}, key=None, If_Match='"v1"'),
    ):
        assert (told.status, told.code) == (403, "scope.missing")


def test_a_facet_of_which_there_is_one_takes_no_second_and_has_no_end(api: Api, number: str) -> None:
    profiles = f"customers/{number}/person-profiles"
    (row,) = api.get(profiles).body["items"]
    assert row["birth_date"] == "1949-**-**"
    second = api.post(profiles, {"education": "10"})
    assert (second.status, second.code) == (422, "row.exists")
    firm = api.post(f"customers/{number}/organisation-profiles", {"registered_name": "某某有限公司"})
    assert (firm.status, firm.code) == (422, "row.not_of_kind")
    assert api.post(f"{profiles}/{row['id']}:end", {"change_reason": "x"}, key=None).status == 404
    told = api.patch(f"{profiles}/{row['id']}", {"education": "10", "change_reason": "error"}, version=1)
    assert (told.status, told.body["education"]) == (200, "10")
    waits = api.patch(f"{profiles}/{row['id']}", {"sex": "M", "change_reason": "error"}, version=2)
    assert (waits.status, waits.body["state"]) == (202, "PENDING")
    assert api.get(profiles).body["items"][0]["sex"] == "F"


def test_the_details_that_a_customer_was_made_without_are_added_once(api: Api, bare: str) -> None:
    profiles = f"customers/{bare}/person-profiles"
    assert api.get(profiles).body["items"] == []
    made = api.post(profiles, {"education": "10", "occupation": "2", "change_reason": "told at the counter"})
    assert (made.status, made.body["education"], made.body["version"]) == (201, "10", 1)
    assert api.get(made.headers["Location"]).body == made.body
    assert api.post(profiles, {"education": "10"}).code == "row.exists"
    (told,) = [
        facet["rows"]
        for subject in api.get(f"customers/{bare}/panorama").body["subjects"]
        for facet in subject["facets"]
        if facet["name"] == "person_profile"
    ]
    assert [row["values"]["education"]["value"] for row in told] == ["10"]


def test_every_facet_is_served(api: Api, number: str) -> None:
    for facet in registry.facets():
        if facet.name != "customer":
            told = api.get(f"customers/{number}/{path_part(facet)}")
            assert told.status == 200, facet.name


def test_names_for_rows_are_english_plurals() -> None:
    assert {plural(facet) for facet in registry.facets()} >= {"phones", "addresses", "person_profiles"}


def test_bundles_and_places_go_by_the_same_names() -> None:
    facets = list(registry.facets())
    rows = told_rows(facets, {"phones": [{"number": "1", "kind": None}], "person_profile": {"sex": "F"}})
    assert rows == {"phone": [{"number": "1"}], "person_profile": [{"sex": "F"}]}
    assert told_place(facets, "/phone/0/number") == "/phones/0/number"
    assert told_place(facets, "/person_profile/0/sex") == "/person_profile/sex"
    assert told_place(facets, "/party_type") == "/party_type"
