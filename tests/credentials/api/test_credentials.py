"""`/customers/{number}/credentials`."""

from typing import Any

import pytest
from django.utils import timezone

from security.approvals.models import ChangeRequest
from tests.customers.api.conftest import caller
from tests.factories.approvals import approved
from tests.support.api import Api

pytestmark = pytest.mark.django_db
PASSPORT = {
    "type": "P06",
    "number": "E12345678",
    "issuing_country": "CHN",
    "expiry_date": "2031-05-01",
    "change_reason": "brought along",
}


@pytest.fixture
def credentials(number: str) -> str:
    """The address of the person's documents."""
    return f"customers/{number}/credentials"


@pytest.fixture
def document(api: Api, credentials: str) -> str:
    """The address of the person's identity card."""
    (row,) = api.get(credentials).body["items"]
    return f"{credentials}/{row['id']}"


def test_numbers_are_masked_by_the_type_of_the_document(api: Api, credentials: str) -> None:
    made = api.post(credentials, PASSPORT)
    assert (made.status, made.body["number"]) == (201, "E1*****78")
    shown = {row["type"]: row["number"] for row in api.get(credentials).body["items"]}
    assert shown == {"P01": "110***********002X", "P06": "E1*****78"}


def test_a_document_that_was_added_is_found(api: Api, credentials: str, number: str) -> None:
    api.post(credentials, PASSPORT)
    found = api.post("customers:search", {"text": "E12345678"}, key=None)
    assert [hit["customer_no"] for hit in found.body["hits"]] == [number]


def test_a_document_is_entered_as_a_draft_and_handed_in(api: Api, credentials: str) -> None:
    told = {**PASSPORT, "number": "H12345678", "lifecycle_state": "DRAFT", "name_on_document": "林知远"}
    made = api.post(credentials, told)
    assert (made.status, made.body["lifecycle_state"]) == (201, "DRAFT")
    draft = f"{credentials}/{made.body['id']}"
    handed = api.post(f"{draft}:submit", {"change_reason": "it is whole"}, If_Match='"v1"')
    assert (handed.status, api.get(draft).body["lifecycle_state"]) == (200, "PENDING_VERIFY"), handed.text
    forced = api.post(credentials, {**told, "number": "H12345679", "lifecycle_state": "VERIFIED"})
    assert (forced.status, forced.code) == (422, "state.first")


def test_a_document_is_changed_with_its_version(api: Api, document: str) -> None:
    change = {"expiry_date": "2030-01-01", "change_reason": "read again"}
    told = api.patch(document, change, version=1)
    assert (told.status, told.body["expiry_date"], told.headers["ETag"]) == (200, "2030-01-01", '"v2"')
    stale = api.patch(document, change, version=1)
    assert (stale.status, stale.code, stale.headers["ETag"]) == (412, "row.stale", '"v2"')


def test_a_document_is_ended(api: Api, document: str, credentials: str) -> None:
    told = api.post(f"{document}:end", {"change_reason": "lost"}, key=None, If_Match='"v1"')
    assert (told.status, told.body["state"]) == (202, "PENDING")
    assert len(api.get(credentials).body["items"]) == 1

    approved(ChangeRequest(pk=told.body["id"], version=1), timezone.now())
    assert api.get(credentials).body["items"] == []
    (ended,) = api.get(f"{credentials}?ended=true").body["items"]
    assert (ended["status"], ended["version"]) == ("ENDED", 2)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"type": None}, ("/type", "null")),
        ({"number": None}, ("/number", "null")),
        ({"number": "1" * 61}, ("/number", "max_length")),
        ({"expiry_date": "2031/05/01"}, ("/expiry_date", "invalid")),
        ({"type": "X99"}, ("/type", "invalid_choice")),
        ({"issuing_country": "XXX"}, ("/issuing_country", "invalid_choice")),
        ({"clear_number": "x"}, ("/clear_number", "unknown")),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    api: Api, credentials: str, change: dict[str, Any], place: tuple[str, str]
) -> None:
    told = api.post(credentials, {**PASSPORT, **change})
    assert (told.status, told.places) == (422, {place})


def test_what_a_rule_blocks_names_the_field_of_the_body(api: Api, credentials: str) -> None:
    told = api.post(credentials, {**PASSPORT, "issuing_authority": "a\x07b"})
    assert (told.status, told.code) == (422, "record.refused")
    assert told.places == {("/issuing_authority", "S03")}


def test_documents_need_their_own_scope(credentials: str, document: str) -> None:
    scopes = ("customer.view", "customer.change", "customer.create")
    clerk = caller("clerk", "1100", scopes=scopes)
    assert clerk.get(credentials).status == 200
    for told in (
        clerk.post(credentials, PASSPORT),
        clerk.patch(document, {"issuing_authority": "x", "change_reason": "x"}, version=1),
        clerk.post(f"{document}:end", {"change_reason": "x"}, key=None, If_Match='"v1"'),
    ):
        assert (told.status, told.code) == (403, "scope.missing")
        assert "credential.change" in told.body["detail"]


def test_out_of_scope_nothing_is_there(elsewhere: Api, credentials: str, document: str) -> None:
    for told in (elsewhere.get(credentials), elsewhere.get(document), elsewhere.post(credentials, PASSPORT)):
        assert (told.status, told.code) == (404, "customer.unknown")
