"""Creating a customer: doubts and duplicates first, then one creation however often it is sent."""

import pytest

from customers.models import Customer
from tests.customers.admin.conftest import screens_of
from tests.support.screens import Screens

NEW = {
    "party_type": "PERSON",
    "name": "司马青",
    "sex": "M",
    "birth_date": "19880808",
    "nationality": "CHN",
    "document_type": "P01",
    "document_number": "440524188001010014",
    "phone": "13700001111",
}


def form_of(screens: Screens, **changes: str) -> dict[str, str]:
    """The form as it is first shown, filled in."""
    return {**NEW, "source_key": screens.get("/onboarding/").value("source_key"), **changes}


@pytest.fixture
def new(teller: Screens) -> dict[str, str]:
    """A person with a valid number (a vector of GB 11643) and the birth date in it."""
    return form_of(teller, document_number="440524188001010014", birth_date="1880-01-01", sex="M")


def test_a_customer_is_created_once(teller: Screens, new: dict[str, str]) -> None:
    told = teller.post("/onboarding/", create="yes", **new)
    assert told.status == 302
    assert told.location.startswith("/customer/C")
    seen = teller.get(told.location)
    assert "**青" in seen.text
    assert "137****1111" in seen.text
    before = Customer.objects.count()
    again = teller.post("/onboarding/", create="yes", **new)
    assert again.location == told.location
    assert Customer.objects.count() == before


def test_doubts_are_shown_before_anything_is_written(teller: Screens, new: dict[str, str]) -> None:
    wrong = {**new, "document_number": "440524188001010015"}
    before = Customer.objects.count()
    seen = teller.post("/onboarding/", **wrong)
    assert seen.status == 409
    assert "Please look at this again" in seen.text
    assert 'href="#id_document_number"' in seen.html
    assert Customer.objects.count() == before
    assert teller.post("/onboarding/", create="yes", **wrong).status == 302


def test_a_possible_duplicate_stops_the_creation(teller: Screens, number: str, new: dict[str, str]) -> None:
    same = {
        **new,
        "name": "欧阳知远",
        "document_number": "11010519491231002X",
        "birth_date": "1949-12-31",
        "sex": "F",
    }
    seen = teller.post("/onboarding/", **same)
    assert seen.status == 409
    assert "This may be a customer we have" in seen.text
    assert number in seen.text


def test_a_duplicate_elsewhere_is_told_without_its_number(
    elsewhere: Screens, number: str, new: dict[str, str]
) -> None:
    same = {
        **new,
        "name": "欧阳知远",
        "document_number": "11010519491231002X",
        "birth_date": "1949-12-31",
        "sex": "F",
    }
    seen = elsewhere.post("/onboarding/", **{**same, "source_key": form_of(elsewhere)["source_key"]})
    assert seen.status == 409
    assert "A customer of another branch" in seen.text
    assert number not in seen.html


@pytest.mark.parametrize("missing", ["name", "document_number", "party_type"])
def test_what_is_missing_is_said_beside_the_field(teller: Screens, new: dict[str, str], missing: str) -> None:
    seen = teller.post("/onboarding/", **{**new, missing: ""})
    assert seen.status == 422
    assert f'href="#id_{missing}"' in seen.html


def test_an_organisation_is_created(teller: Screens, new: dict[str, str]) -> None:
    firm = {
        "party_type": "CORPORATE",
        "name": "北京远山贸易有限公司",
        "document_type": "O01",
        "document_number": "91350100M000100Y43",
        "source_key": new["source_key"],
    }
    told = teller.post("/onboarding/", create="yes", **firm)
    assert told.status == 302
    assert "北京远山贸易有限公司" in teller.get(told.location).text


def test_nobody_creates_at_another_branch(teller: Screens, new: dict[str, str]) -> None:
    seen = teller.post("/onboarding/", create="yes", **new, org="1200")
    assert seen.status == 403
    assert teller.post("/onboarding/", create="yes", **new, org="9999").status == 422


def test_an_auditor_creates_nobody(auditor: Screens) -> None:
    assert auditor.get("/onboarding/").status == 403
    assert auditor.post("/onboarding/", **NEW).status == 403


def test_branches_are_suggested(teller: Screens) -> None:
    assert 'value="1100"' in teller.get("/lookup/branches/", org="11").html
    assert teller.get("/lookup/branches/", org="").html.strip() == ""
    assert screens_of("nobody", "1100").get("/lookup/branches/", org="11").status == 200
