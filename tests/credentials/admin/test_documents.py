"""The page of a document, and the radar: what its state allows is offered, and done by the services."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from tests.customers.admin.conftest import screens_of
from tests.factories.credentials import document, fresh
from tests.factories.customers import rows_of

if TYPE_CHECKING:
    from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
WHY = "the customer came to the counter"


@pytest.fixture
def teller(db: None) -> "Screens":
    """A teller of branch 1100."""
    from tests.factories.customers import bank

    bank()
    return screens_of("teller", "1100", "teller")


def sent(screens: "Screens", row: Any, act: str, **fields: str) -> Any:
    """One form of the page, filled in."""
    named = {f"{act}-{name}": value for name, value in {"reason": WHY, **fields}.items()}
    version = str(fresh(row).version)
    return screens.post(f"/document/{row.pk}/", act=act, version=version, **named)


@pytest.mark.parametrize("party", ["PERSON", "CORPORATE"])
def test_a_document_is_checked_and_renewed_on_its_page(teller: "Screens", party: str) -> None:
    row = document(party, state="PENDING_VERIFY", expiry_date=timezone.localdate() + timedelta(days=9))

    page = teller.get(f"/document/{row.pk}/")
    assert page.status == 200
    assert "Tell a check" in page.text
    assert "231002X" not in page.html
    checked = sent(
        teller,
        row,
        "check",
        method="NETWORK_CHECK",
        outcome="CONSISTENT",
        source="register",
        reference="NC-9",
    )
    assert checked.status == 302
    assert fresh(row).lifecycle_state == "VERIFIED"
    renewed = sent(teller, row, "replace", how="RENEWED", expiry_date="9999-12-31")
    assert renewed.status == 302, renewed.text
    new = next(one for one in rows_of("credential", row.customer_id) if one.replaces == row.pk)
    assert renewed.location == f"/document/{new.pk}/"
    chain = teller.get(renewed.location)
    assert "One in the place of another" in chain.text
    assert "NC-9" in teller.get(f"/document/{row.pk}/").text
    assert "Another document in its place" not in teller.get(f"/document/{row.pk}/").text


def test_only_steps_that_the_state_allows_are_offered(teller: "Screens") -> None:
    row = document(state="VERIFIED")
    page = teller.get(f"/document/{row.pk}/").html
    assert 'value="report_loss"' in page
    assert 'value="found"' not in page
    assert sent(teller, row, "step", step="found").status == 422
    assert sent(teller, row, "step", step="report_loss").status == 302
    assert fresh(row).lifecycle_state == "LOST"


def test_what_the_service_refuses_stands_beside_its_field(teller: "Screens") -> None:
    row = document(state="VERIFIED")
    refused = sent(teller, row, "replace", how="REPLACED", number="44052418800101001X")
    assert refused.status == 422
    assert "does not belong to the same holder" in refused.text
    stale = teller.post(
        f"/document/{row.pk}/", act="step", version="7", **{"step-step": "report_loss", "step-reason": WHY}
    )
    assert stale.status == 412


def test_who_may_only_look_is_offered_nothing(teller: "Screens") -> None:
    row = document(state="VERIFIED")
    auditor = screens_of("auditor", "1000", "auditor")
    page = auditor.get(f"/document/{row.pk}/")
    assert page.status == 200
    assert '<form method="post" autocomplete="off" novalidate>' not in page.html
    assert sent(auditor, row, "step", step="report_loss").status == 403
    assert screens_of("other", "1200", "teller").get(f"/document/{row.pk}/").status == 404
    assert auditor.get("/document/99999999999999999999/").status == 404


def test_the_radar_leads_to_the_documents(teller: "Screens") -> None:
    row = document(state="VERIFIED", expiry_date=timezone.localdate() + timedelta(days=45))
    page = teller.get("/documents/")
    assert "31 to 60 days" in page.text
    assert f"/document/{row.pk}/" in page.html
    assert f"/document/{row.pk}/" not in teller.get("/documents/", band="30").html
    assert "No document ends here" in teller.get("/documents/", band="0", org="1100").text


def test_the_radar_leads_to_picture_and_renewal_as_rights_allow(teller: "Screens") -> None:
    from customers.rules.number import customer_no
    from customers.services.documents import Told, Upload, upload
    from tests.factories import documents as made
    from tests.factories.security import branch, staff

    row = document(state="VERIFIED", expiry_date=timezone.localdate() + timedelta(days=45))
    number = customer_no(row.customer_id)
    renew = f"/document/{row.pk}/#h-replace"
    seen = teller.get("/documents/").html
    assert f"/customer/{number}/kept/?about=credential&amp;about_id={row.pk}#add" in seen
    assert renew in seen
    clerk = staff("clerk", "teller", org=branch("1100"))
    told = Told("ID_FRONT", "身份证", None, "credential", row.pk)
    kept = upload(clerk, number, told, Upload(made.jpeg()), reason=WHY, at=timezone.now())
    assert f"/customer/{number}/kept/{kept.pk}/" in teller.get("/documents/").html
    looking = screens_of("auditor", "1000", "auditor").get("/documents/").html
    assert f"/document/{row.pk}/" in looking
    assert renew not in looking
    assert "#add" not in looking
    sent(teller, row, "replace", how="RENEWED", expiry_date="9999-12-31")
    assert renew not in teller.get("/documents/").html


def test_checks_have_a_list_and_no_form(teller: "Screens") -> None:
    row = document()
    sent(teller, row, "check", method="NETWORK_CHECK", outcome="NOT_FOUND")
    (kept,) = rows_of("credential_verification", row.customer_id)
    listed = teller.get("/credentials/credentialverification/")
    assert "Number not in the register" in listed.text
    assert teller.get(f"/credentials/credentialverification/{kept.pk}/change/").status == 200
    assert teller.get("/credentials/credentialverification/add/").status == 403
    ended = teller.client.post(f"/credentials/credentialverification/{kept.pk}/end/", {"end-reason": WHY})
    assert ended.status_code == 403
