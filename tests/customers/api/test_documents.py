"""Documents over REST: sent as a form, read as masked pictures, opened with a reason."""

from base64 import b64decode
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from security.content import admission
from security.models import OperationLog
from tests.customers.api.conftest import caller
from tests.factories import documents as made
from tests.factories.security import branch, client_system
from tests.support.api import Api, Told, proved
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]


def form(
    data: bytes | None = None, name: str = "scan.jpg", declared: str = "image/jpeg", **told: Any
) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, data or made.jpeg(), declared), "kind": "ID_FRONT", **told}


@pytest.fixture
def documents(number: str) -> str:
    return f"customers/{number}/documents"


@pytest.fixture
def row(api: Api, number: str) -> int:
    """The id of a document."""
    told = api.upload(f"customers/{number}/documents", form())
    assert told.status == 201, told.text
    return int(told.body["id"])


def court_desk() -> Api:
    """A system that hands documents on: it may open and hold them."""
    org = branch("1100", branch("1000"))
    return proved(client_system("court-desk", org=org, roles=("compliance",))[0])


def png(told: Told) -> bytes:
    assert told.headers["Cache-Control"] == "no-store"
    return b64decode(told.body["content"])


def test_a_document_is_sent_found_and_listed(api: Api, documents: str) -> None:
    told = api.upload(documents, form(title="林知远身份证", dated_on="2020-01-02", change_reason="scan"))

    assert (told.status, told.headers["ETag"]) == (201, '"v1"')
    assert (told.body["kind"], told.body["media_type"], told.body["edition"]) == ("ID_FRONT", "image/jpeg", 1)
    assert "林知远" not in told.text
    assert api.get(told.headers["Location"]).body == told.body
    assert [row["id"] for row in api.get(documents).body["items"]] == [told.body["id"]]


def test_sent_again_under_its_key_it_is_the_same_and_under_another_it_is_there(
    api: Api, documents: str
) -> None:
    first, again = (api.upload(documents, form(), key="document-key-1") for _ in range(2))
    assert first.body == again.body
    assert len(api.get(documents).body["items"]) == 1
    told = api.upload(documents, form())
    assert (told.status, told.code) == (409, "document.exists")
    other = api.upload(documents, form(made.png(), "a.png", "image/png"), key="document-key-1")
    assert (other.status, other.code) == (422, "idempotency.reused")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (form(b"<svg onload=alert(1)>", "a.svg", "image/svg+xml"), "content.unknown"),
        (form(made.jpeg(), "a.pdf", "application/pdf"), "content.mismatch"),
        (form(made.acting("/Launch"), "a.pdf", "application/pdf"), "content.active"),
        (form(made.jpeg()[:500]), "content.damaged"),
        (form(about="credential", about_id=987654), "document.about"),
        (form(about_id=987654), "document.about"),
    ],
)
def test_what_is_not_taken_is_refused_with_its_code(
    api: Api, documents: str, sent: dict[str, Any], code: str
) -> None:
    told = api.upload(documents, sent)
    assert (told.status, told.code) == (422, code), told.text
    assert told.places == {("/file" if code.startswith("content") else "/about_id", code)}
    assert api.get(documents).body["items"] == []


@pytest.mark.parametrize(
    "told", [{"kind": "PIGEON"}, {"title": "x" * 121}, {"object_id": 1}, {"edition": 9}, {"kind": ""}]
)
def test_a_form_is_read_strictly(api: Api, documents: str, told: dict[str, Any]) -> None:
    answer = api.upload(documents, form(**told))
    assert (answer.status, answer.code) == (422, "request.invalid")
    json = api.post(documents, {"kind": "OTHER"})
    assert (json.status, json.code) == (415, "request.media_type")


def test_a_new_edition_needs_the_version_that_was_read(api: Api, number: str, row: int) -> None:
    def sent() -> dict[str, Any]:
        file = SimpleUploadedFile("b.pdf", made.pdf(3), "application/pdf")
        return {"file": file, "change_reason": "complete"}

    assert (
        api.upload(f"customers/{number}/documents/{row}:replace", sent(), key=None).code
        == "precondition.required"
    )
    stale = api.upload(f"customers/{number}/documents/{row}:replace", sent(), key=None, version=7)
    assert (stale.status, stale.code, stale.headers["ETag"]) == (412, "row.stale", '"v1"')
    told = api.upload(f"customers/{number}/documents/{row}:replace", sent(), key=None, version=1)
    assert (told.status, told.headers["ETag"], told.body["edition"], told.body["pages"]) == (
        200,
        '"v2"',
        2,
        3,
    )
    found = api.get(f"customers/{number}/documents/{row}/editions").body["items"]
    assert [(e["number"], e["media_type"], e["destroyed"]) for e in found] == [
        (2, "application/pdf", False),
        (1, "image/jpeg", False),
    ]
    assert png(api.get(f"customers/{number}/documents/{row}/preview?page=3")).startswith(b"\x89PNG")
    assert api.get(f"customers/{number}/documents/{row}/preview?page=4").code == "document.page"
    assert api.get(f"customers/{number}/documents/{row}/preview?page=2&edition=1").code == "document.page"


def test_a_document_is_linked_to_a_credential(api: Api, number: str, row: int) -> None:
    (credential,) = api.get(f"customers/{number}/credentials").body["items"]
    told = {"about": "credential", "about_id": credential["id"], "change_reason": "its front"}
    linked = api.post(f"customers/{number}/documents/{row}:link", told, key=None, If_Match='"v1"')
    assert (linked.status, linked.body["about"], linked.body["about_id"]) == (
        200,
        "credential",
        credential["id"],
    )
    assert (
        api.post(f"customers/{number}/documents/{row}:link", told, key=None, If_Match='"v1"').code
        == "row.stale"
    )


def test_its_words_are_changed_and_it_is_ended_as_any_entry(api: Api, number: str, row: int) -> None:
    assert (
        api.patch(
            f"customers/{number}/documents/{row}", {"kind": "ID_BACK", "change_reason": "turned"}, version=1
        ).body["kind"]
        == "ID_BACK"
    )
    told = api.patch(f"customers/{number}/documents/{row}", {"object_id": 1, "change_reason": "x"}, version=2)
    assert ("/object_id", "unknown") in told.places
    assert (
        api.post(
            f"customers/{number}/documents/{row}:end", {"change_reason": "gone"}, key=None, If_Match='"v2"'
        ).body["status"]
        == "ENDED"
    )
    assert png(api.get(f"customers/{number}/documents/{row}/preview")), (
        "what has ended is looked at for as long as it is kept"
    )


def test_a_preview_is_a_masked_picture(api: Api, number: str, row: int) -> None:
    told = api.get(f"customers/{number}/documents/{row}/preview?side=240")
    assert png(told).startswith(b"\x89PNG")
    with database_role("engine"):
        assert OperationLog.objects.filter(action="document.preview", actor="core-bank").count() == 1


def test_opened_with_a_reason_in_clear_or_as_it_is_kept(api: Api, number: str, row: int) -> None:
    desk = court_desk()
    why = {"cause": "JUDICIAL", "reason": "the court asks", "document": "(2026) 12"}

    page = desk.post(f"customers/{number}/documents/{row}:open", why, key=None)
    assert (page.status, page.body["media_type"], page.body["quota_left"] > 0) == (200, "image/png", True)
    assert png(page).startswith(b"\x89PNG")
    kept = desk.post(f"customers/{number}/documents/{row}:open", {**why, "original": True}, key=None)
    assert png(kept) == admission.document(made.jpeg()).data
    assert (
        desk.post(f"customers/{number}/documents/{row}:open", {**why, "reason": "x"}, key=None).code
        == "reveal.reason"
    )
    assert (
        desk.post(f"customers/{number}/documents/{row}:open", {**why, "page": 2}, key=None).code
        == "document.page"
    )


def test_a_hold_is_set_and_taken_back(api: Api, number: str, row: int) -> None:
    desk, told = court_desk(), {"change_reason": "the court asks"}
    held = desk.post(f"customers/{number}/documents/{row}:hold", told, key=None, If_Match='"v1"')
    assert (held.status, held.body["version"]) == (200, 2)
    assert held.body["held_on"]
    assert (
        desk.post(f"customers/{number}/documents/{row}:hold", told, key=None, If_Match='"v2"').code
        == "document.held"
    )
    freed = desk.post(f"customers/{number}/documents/{row}:release", told, key=None, If_Match='"v2"')
    assert (freed.status, freed.body["operation"]) == (202, "document.release")
    strict = {"If_Match": '"v2"', "Prefer": "handling=strict"}
    refused = desk.post(f"customers/{number}/documents/{row}:release", told, key=None, **strict)
    assert (refused.status, refused.code) == (409, "approval.needed")


def test_scopes_and_branches(api: Api, elsewhere: Api, documents: str, number: str, row: int) -> None:
    reader = caller("reader", "1100", scopes=("customer.view",))
    doors = [
        lambda who: who.upload(documents, form()),
        lambda who: who.upload(
            f"customers/{number}/documents/{row}:replace",
            {"file": form()["file"], "change_reason": "x"},
            key=None,
            version=1,
        ),
        lambda who: who.post(
            f"customers/{number}/documents/{row}:link", {"change_reason": "x"}, key=None, If_Match='"v1"'
        ),
        lambda who: who.get(f"customers/{number}/documents/{row}/editions"),
        lambda who: who.get(f"customers/{number}/documents/{row}/preview"),
    ]
    for door in doors:
        missing, outside = door(reader), door(elsewhere)  # type: ignore[no-untyped-call]
        assert (missing.status, missing.code) == (403, "scope.missing")
        assert (outside.status, outside.code) == (404, "customer.unknown")


def test_nothing_answers_about_a_document_of_another(api: Api, person: dict[str, Any], row: int) -> None:
    other = api.post("customers", {**person, "source_key": "A-2"}).body["customer_no"]
    address = f"customers/{other}/documents/{row}"
    for told in (api.get(address), api.get(f"{address}/preview"), api.get(f"{address}/editions")):
        assert (told.status, told.code) == (404, "row.unknown")
