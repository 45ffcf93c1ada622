"""Documents on the screen: put on file, looked at masked, opened for a minute, handed on under a safe name."""

import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers.models import Customer, Document
from mdm.storage.models import StoredObject
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from security.content import admission
from security.models import Reveal
from tests.factories import documents as made
from tests.factories.approvals import keeper
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens, Seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
NOW = datetime.now(UTC)


@pytest.fixture
def customer() -> int:
    bank()
    return stored(person())


@pytest.fixture
def number(customer: int) -> str:
    return Customer(pk=customer).customer_no


@pytest.fixture
def teller(customer: int) -> Screens:
    return Screens(member_of_staff("teller", "teller", org=branch("1100")))


@pytest.fixture
def officer(customer: int) -> Screens:
    return Screens(member_of_staff("officer", "compliance", org=branch("1100")))


def scan(name: str = "scan.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or made.jpeg(), "")


def put(screens: Screens, number: str, **told: object) -> Seen:
    form = {"file": scan(), "kind": "ID_FRONT", "title": "欧阳知远身份证", "reason": "at the counter", **told}
    return screens.post(f"/customer/{number}/kept/", **form)  # type: ignore[arg-type]


def row() -> Document:
    with database_role("engine"):
        return Document.objects.latest("pk")


def picture(screens: Screens, address: str) -> bytes:
    answer = screens.client.get(address)
    assert answer.status_code == 200, address
    assert answer["Content-Type"] == "image/png"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"\x89PNG")
    return bytes(answer.content)


def test_a_document_is_put_on_file_and_shown_masked(teller: Screens, number: str) -> None:
    sent = put(teller, number)
    assert (sent.status, sent.location) == (302, f"/customer/{number}/kept/{row().pk}/")

    shelf, page = teller.get(f"/customer/{number}/kept/"), teller.get(sent.location)
    assert "Identity document, front" in shelf.text
    for seen in (shelf, page):
        assert "no-store" in seen.response["Cache-Control"]
        assert "欧阳知远" not in seen.html
        (address,) = re.findall(r'<img src="([^"]+kept[^"]+)"', seen.html)
        picture(teller, address)
    assert "In clear" not in page.text
    panorama = teller.get(f"/customer/{number}/")
    assert f'href="/customer/{number}/kept/{row().pk}/"' in panorama.html
    assert f'href="/customer/{number}/kept/"' in panorama.html


def test_what_is_not_taken_is_told_beside_the_form(teller: Screens, number: str) -> None:
    for name, data, text in (
        ("a.svg", b"<svg onload=alert(1)>", "not taken"),
        ("a.pdf", made.jpeg(), "not what its name"),
        ("a.pdf", made.acting("/Launch"), "holds scripts"),
    ):
        told = put(teller, number, file=scan(name, data))
        assert told.status == 422
        assert text in told.text
    assert StoredObject.objects.filter(purpose="documents").count() == 0


def test_put_on_file_for_a_credential_it_is_on_its_page(teller: Screens, number: str, customer: int) -> None:
    credential = the_row("credential", customer, "P01")
    put(teller, number, about="credential", about_id=str(credential.pk))
    page = teller.get(f"/document/{credential.pk}/")
    (address,) = re.findall(r'<img src="([^"]+kept[^"]+)"', page.html)
    picture(teller, address)
    assert f"about=credential&amp;about_id={credential.pk}" in page.html


def test_a_new_edition_a_hold_and_its_end(teller: Screens, officer: Screens, number: str) -> None:
    put(teller, number)
    pk = row().pk
    told = {
        "do": "replace",
        "edition-file": scan("b.pdf", made.pdf(2)),
        "edition-reason": "whole",
        "version": "1",
    }
    assert teller.post(f"/customer/{number}/kept/{pk}/", **told).status == 302  # type: ignore[arg-type]
    stale = {**told, "edition-file": scan("c.pdf", made.pdf(3))}
    assert teller.post(f"/customer/{number}/kept/{pk}/", **stale).status == 422  # type: ignore[arg-type]
    page = teller.get(f"/customer/{number}/kept/{pk}/")
    assert len(re.findall(r'<img src="[^"]+/picture/2/whole/', page.html)) == 2

    hold = {"hold-reason": "the court asks", "version": "2"}
    assert teller.post(f"/customer/{number}/kept/{pk}/", do="hold", **hold).status == 403
    assert officer.post(f"/customer/{number}/kept/{pk}/", do="hold", **hold).status == 302
    assert "held" in officer.get(f"/customer/{number}/kept/{pk}/").text
    hold["version"] = "3"
    assert officer.post(f"/customer/{number}/kept/{pk}/", do="release", **hold).status == 302
    assert row().held_on is not None
    with database_role("engine"):
        request = ChangeRequest.objects.get(operation="document.release")
    seen = officer.get(f"/approvals/{request.pk}/")
    assert (seen.status, "Release a document that is held" in seen.text) == (200, True)
    at = timezone.now()
    deciding.approve(keeper(at), request.pk, request.version, reason="seen", at=at)
    assert row().held_on is None


def why(how: str = "look", **told: str) -> dict[str, str]:
    return {"how": how, "cause": "JUDICIAL", "document": "(2026) 12", "reason": "the court asks", **told}


def test_opened_in_clear_for_a_minute(teller: Screens, officer: Screens, number: str) -> None:
    put(teller, number)
    open_ = f"/customer/{number}/kept/{row().pk}/open/"
    assert teller.get(open_).status == 403
    assert officer.post(f"/customer/{number}/kept/{row().pk}/open/", **why(reason="x")).status == 422
    assert Reveal.objects.count() == 0

    page = officer.post(f"/customer/{number}/kept/{row().pk}/open/", **why())
    (address,) = re.findall(r'<img src="([^"]+)"', page.html.partition('id="revealed"')[2])
    assert page.response["Refresh"].startswith("65;")
    clear = picture(officer, address)
    assert len(clear) > 1000
    assert teller.client.get(address).status_code == 403
    other = Screens(member_of_staff("other", "compliance", org=branch("1100")))
    assert other.client.get(address).status_code == 404


def test_handed_on_under_a_name_that_tells_nobody(teller: Screens, officer: Screens, number: str) -> None:
    put(teller, number, file=scan('x"\r\nSet-Cookie: a=b;.jpg'))
    answer = officer.client.post(f"/customer/{number}/kept/{row().pk}/open/", why("file"))
    assert answer["Content-Disposition"] == f"attachment; filename=document-{row().pk}-1.jpg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer.content == admission.document(made.jpeg()).data


def test_another_branch_finds_nothing(teller: Screens, number: str) -> None:
    put(teller, number)
    stranger = Screens(member_of_staff("stranger", "teller", "compliance", org=branch("1200")))
    pk = row().pk
    for address in (
        "",
        f"{pk}/",
        f"{pk}/open/",
        f"{pk}/picture/1/whole/1/",
        "x/",
        f"{pk}/picture/x/small/²/",
    ):
        assert stranger.client.get(f"/customer/{number}/kept/{address}").status_code == 404, address
    for address in (f"{pk + 1}/", "x/", f"{pk}/picture/2/whole/1/", f"{pk}/picture/1/whole/2/"):
        assert teller.client.get(f"/customer/{number}/kept/{address}").status_code == 404, address


def test_its_words_are_changed_by_the_form_and_nothing_else_is_in_it(teller: Screens, number: str) -> None:
    put(teller, number)
    page = teller.get(f"/customers/document/{row().pk}/change/")
    assert 'name="kind"' in page.html
    for name in Document.OPERATED:
        assert f'name="{name}"' not in page.html
    assert teller.get("/customers/document/").status == 200
    assert teller.get("/customers/document/add/", customer=number).location == f"/customer/{number}/kept/#add"
