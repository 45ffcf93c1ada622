"""The rules on credentials, through the book of the product."""

from datetime import date, timedelta
from typing import Any

import pytest

from credentials.rules.placeholders import is_placeholder_number
from mdm.quality.engine import cleanse, screen
from mdm.quality.primitives import OPEN_DATE
from mdm.quality.rules import Severity
from mdm.subjects import Bundle
from tests.mdm.quality.bundles import TODAY, citizen_number, credit_code, organisation, person


def _found(bundle: Bundle) -> set[tuple[str, str, str]]:
    return {(f.rule, f.field, f.severity) for f in screen(bundle, TODAY)}


def _rules(bundle: Bundle) -> set[str]:
    return {rule for rule, _field, _severity in _found(bundle)}


def _document(**fields: Any) -> dict[str, Any]:
    return {f"credential__{field}": value for field, value in fields.items()}


@pytest.mark.parametrize(
    ("kind", "number", "rule", "severity"),
    [
        ("P01", "110108199003070111", "V01", Severity.WARN),
        ("P02", "11010819900230011X", "V01", Severity.WARN),
        ("P03", "1101081990", "V01", Severity.WARN),
        ("P08", citizen_number(), "V02", Severity.WARN),
        ("P09", "KAZ110090123107", "V03", Severity.WARN),
        ("P10", "931000199012010012", "V04", Severity.WARN),
        ("P13", "A1234564", "V09", Severity.WARN),
        ("P14", "A123456788", "V10", Severity.WARN),
        ("P06", "X12345678", "V11", Severity.WARN),
        ("P06N", "H12345678", "V11", Severity.WARN),
        ("P07", "123", "V11", Severity.WARN),
        ("P11", "X1234567", "V11", Severity.WARN),
    ],
)
def test_wrong_numbers_of_persons_are_kept_with_an_issue(
    kind: str, number: str, rule: str, severity: str
) -> None:
    bundle = person(**_document(type=kind, number=number, issue_date=None, expiry_date=None))
    assert (rule, "number", severity) in _found(bundle)
    assert Severity.BLOCK not in {found[2] for found in _found(bundle)}


@pytest.mark.parametrize(
    ("kind", "number", "rule", "severity"),
    [
        ("O01", "91310115MA1G4L1WXK", "V05", Severity.WARN),
        ("O02", "MA1G4L1WX", "V06", Severity.WARN),
        ("O03", "110000410147554", "V07", Severity.INFO),
        ("O04", "110105600037342", "V12", Severity.INFO),
        ("O05", "1234", "V11", Severity.WARN),
        ("O07", "300300C1031331000120", "V08", Severity.WARN),
        ("O08", "BKCHXXBJ", "V11", Severity.WARN),
        ("O09", "98Q96B.00000.XX.250", "V11", Severity.WARN),
    ],
)
def test_wrong_numbers_of_organisations_are_kept_with_an_issue(
    kind: str, number: str, rule: str, severity: str
) -> None:
    assert _found(organisation(**_document(type=kind, number=number))) == {(rule, "number", severity)}


@pytest.mark.parametrize("kind", ["P04", "P05", "P15", "P16"])
def test_free_numbers_are_not_judged(kind: str) -> None:
    assert (
        _rules(person(**_document(type=kind, number="南字第1号", issue_date=None, expiry_date=None))) == set()
    )


def test_fifteen_digits_are_as_good() -> None:
    bundle = person(
        **_document(number="330106781027002"),
        person_profile__birth_date=date(1978, 10, 27),
        person_profile__sex="F",
    )
    bundle.first("credential").update(issue_date=None, expiry_date=None)
    assert _rules(bundle) == set()


def test_birth_date_and_sex_agree_with_the_number() -> None:
    assert _found(person(person_profile__birth_date=date(1990, 3, 8))) == {
        ("V13", "birth_date", Severity.WARN)
    }
    assert _found(person(person_profile__sex="F")) == {("V14", "sex", Severity.WARN)}
    assert _rules(person(person_profile__sex="X", person_profile__birth_date=None)) == set()


def test_two_digits_of_a_year_leave_the_century_open() -> None:
    bare = {"type": "P09", "number": "KAZ110090123105", "issue_date": None, "expiry_date": None}
    assert _rules(person(**_document(**bare), person_profile__birth_date=date(1990, 12, 31))) == set()
    assert _rules(person(**_document(**bare), person_profile__birth_date=date(1991, 12, 31))) == {"V13"}


def test_a_number_that_fails_its_check_is_not_held_against_the_person() -> None:
    bundle = person(**_document(number="110108199003070111"), person_profile__sex="F")
    assert _rules(bundle) == {"V01"}


def test_retired_regions_stay_valid_for_their_holders() -> None:
    assert _rules(person(**_document(number=citizen_number("110103")))) == set()
    assert _found(person(**_document(number=citizen_number("119999")))) == {
        ("V15.number", "number", Severity.INFO)
    }


def test_dates_of_a_document() -> None:
    assert _rules(person(**_document(issue_date=date(2036, 5, 2)))) == {"V19", "V19.future"}
    assert _rules(person(**_document(issue_date=TODAY + timedelta(days=1), expiry_date=None))) == {
        "V19.future"
    }


@pytest.mark.parametrize(
    ("expiry", "found"),
    [
        (date(2036, 5, 1), set()),
        (date(2036, 5, 2), {("V20", "expiry_date", Severity.WARN)}),
        (OPEN_DATE, {("V20", "expiry_date", Severity.WARN)}),
    ],
)
def test_the_term_fits_the_age(expiry: date, found: set[tuple[str, str, str]]) -> None:
    assert _found(person(**_document(expiry_date=expiry))) == found


def test_the_term_a_few_weeks_from_a_birthday() -> None:
    bundle = person(**_document(issue_date=date(2016, 3, 10), expiry_date=date(2026, 3, 10)))
    severities = {f[2] for f in _found(bundle) if f[0] == "V20"}
    assert severities == {Severity.INFO}


def test_the_term_of_a_passport_is_only_noted() -> None:
    odd = _document(type="P11", number="E12345678", issue_date=date(2020, 1, 1), expiry_date=date(2028, 1, 1))
    assert _found(person(**odd)) == {("V20", "expiry_date", Severity.INFO)}


@pytest.mark.parametrize(
    ("expiry", "state", "found"),
    [
        (TODAY + timedelta(days=91), "VERIFIED", set()),
        (TODAY + timedelta(days=90), "VERIFIED", {("T01", "expiry_date", Severity.INFO)}),
        (TODAY, "VERIFIED", {("T01", "expiry_date", Severity.INFO)}),
        (TODAY - timedelta(days=1), "VERIFIED", {("T01", "expiry_date", Severity.WARN)}),
        (TODAY - timedelta(days=1), "SUPERSEDED", set()),
        (OPEN_DATE, "VERIFIED", set()),
    ],
)
def test_documents_that_expire(expiry: date, state: str, found: set[tuple[str, str, str]]) -> None:
    bundle = person(**_document(expiry_date=expiry, issue_date=None, lifecycle_state=state))
    assert _found(bundle) == found


def test_an_lei_lapses() -> None:
    lei = {"type": "O07", "number": "5493001KJTIIGC8Y1R12"}
    assert _rules(organisation(**_document(**lei, expiry_date=TODAY - timedelta(days=1)))) == {"T04"}
    assert _rules(organisation(**_document(**lei, expiry_date=TODAY))) == set()


def test_documents_of_the_other_kind_of_customer() -> None:
    assert _rules(organisation(**_document(type="P11", number="E12345678"))) == {"V25"}
    swapped = person(**_document(type="O01", number=credit_code(), issue_date=None, expiry_date=None))
    assert _rules(swapped) == {"V25"}
    swapped.party_type = "SOLE_TRADER"
    assert _rules(swapped) == set()


def test_a_household_register_is_for_children() -> None:
    child = citizen_number(birth="20150307")
    bare = {"type": "P03", "issue_date": None, "expiry_date": None}
    young = person(**_document(**bare, number=child), person_profile__birth_date=date(2015, 3, 7))
    assert _rules(young) == set()
    assert _rules(person(**_document(**bare))) == {"V26"}
    assert _rules(person(**_document(**bare, is_primary=False))) == set()


def test_a_temporary_card_alone() -> None:
    temporary = _document(type="P02", issue_date=date(2026, 11, 1), expiry_date=date(2027, 2, 1))
    assert _rules(person(**temporary)) == {"V27", "T01"}


def test_no_document() -> None:
    bundle = person()
    del bundle.facets["credential"]
    assert _found(bundle) == {("C06", "number", Severity.INFO)}


@pytest.mark.parametrize(
    ("number", "placeholder"),
    [
        ("111111111111111111", True),
        ("00000000000000000X", True),
        ("123456789012345678", True),
        ("987654321", True),
        ("无", True),
        ("NONE", True),
        ("0", True),
        ("11010519491231002X", False),
        ("1234567", True),
        ("1234568", False),
        ("E11111112", False),
    ],
)
def test_placeholders(number: str, placeholder: bool) -> None:
    assert is_placeholder_number(number) is placeholder


def test_a_placeholder_is_told_as_one_and_nothing_else() -> None:
    assert _rules(person(**_document(number="111111111111111111"))) == {"A01.number"}


@pytest.mark.parametrize(
    ("kind", "raw", "stored"),
    [
        ("P01", " １１０１０５１９４９１２３１００２ｘ ", "11010519491231002X"),
        ("P01", "610104 620927 690", "610104620927690"),
        ("P13", "a123456（3）", "A123456(3)"),
        ("P04", "南字第 123456 号", "南字第 123456 号"),
        ("P16", "ab 12", "ab 12"),
    ],
)
def test_cleansing_keeps_the_number_that_was_given(kind: str, raw: str, stored: str) -> None:
    bundle = person(**_document(type=kind, number=raw))
    cleanse(bundle)
    assert bundle.first("credential")["number"] == stored
    assert cleanse(bundle) == []
