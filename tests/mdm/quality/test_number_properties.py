"""What check digits promise: a slip in one place, or two neighbours swapped, does not stay unseen."""

from collections.abc import Callable
from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from mdm.quality import numbers

_DIGITS = "0123456789"
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@st.composite
def citizens(draw: st.DrawFn, first_year: int = 1850, last_year: int = 2026) -> str:
    """A made-up but valid 18-digit number."""
    region = draw(st.sampled_from(["110101", "330106", "440524", "650102"]))
    birth = draw(st.dates(date(first_year, 1, 1), date(last_year, 12, 31)))
    body = f"{region}{birth:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + numbers.gb11643_sign(body)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    """A made-up but valid unified social credit code."""
    organisation = draw(st.text(_CREDIT, min_size=8, max_size=8))
    body = draw(st.text(_CREDIT, min_size=8, max_size=8)) + organisation + numbers.gb11714_sign(organisation)
    assume(body[16] in _CREDIT)
    return body + numbers.gb32100_sign(body)


def _swapped(number: str, place: int) -> str:
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]


@given(citizens(), st.integers(0, 16), st.sampled_from(_DIGITS))
def test_any_wrong_digit_of_a_citizen_number_is_seen(number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    assert numbers.citizen_is_valid(number)
    assert not numbers.citizen_is_valid(number[:place] + digit + number[place + 1 :])


@given(citizens(), st.sampled_from("0123456789X"))
def test_any_other_check_sign_is_seen(number: str, sign: str) -> None:
    assume(number[17] != sign)
    assert not numbers.citizen_is_valid(number[:17] + sign)


@given(citizens(), st.integers(0, 15))
def test_two_swapped_neighbours_of_a_citizen_number_are_seen(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    assert not numbers.citizen_is_valid(_swapped(number, place))


@given(citizens(1900, 1999))
def test_upgrading_takes_back_what_downgrading_does(number: str) -> None:
    assume(number[14:17] < "996")
    old = numbers.downgrade_citizen(number)
    assert old is not None
    assert len(old) == 15
    assert numbers.upgrade_citizen(old) == number


@given(citizens(2000, 2026))
def test_who_was_born_after_1999_never_had_fifteen_digits(number: str) -> None:
    assert numbers.downgrade_citizen(number) is None


@given(citizens(1800 + 50, 1899), st.sampled_from(["996", "997", "998", "999"]))
def test_sequences_kept_for_people_over_a_hundred(number: str, sequence: str) -> None:
    upgraded = numbers.upgrade_citizen(number[:6] + number[8:14] + sequence)
    assert upgraded is None or upgraded[6:10] == number[6:10]


@given(st.text(max_size=20))
def test_nothing_but_a_number_is_upgraded_and_nothing_raises(text: str) -> None:
    upgraded = numbers.upgrade_citizen(text)
    assert upgraded is None or numbers.citizen_is_valid(upgraded)
    for check in _ALL_CHECKS:
        assert check(text) in (True, False)


_ALL_CHECKS: list[Callable[[str], bool]] = [
    numbers.citizen_is_valid,
    numbers.residence_permit_is_valid,
    numbers.permanent_residence_is_valid,
    numbers.old_permanent_residence_is_valid,
    numbers.social_credit_code_is_valid,
    numbers.organisation_code_is_valid,
    numbers.business_licence_is_valid,
    numbers.tax_registration_is_valid,
    numbers.lei_is_valid,
    numbers.hong_kong_is_valid,
    numbers.taiwan_is_valid,
    numbers.bic_is_valid,
    numbers.card_is_valid,
]


@given(credit_codes(), st.integers(0, 17), st.sampled_from(_CREDIT))
def test_any_wrong_sign_of_a_credit_code_is_seen(code: str, place: int, sign: str) -> None:
    assume(code[place] != sign)
    assert numbers.social_credit_code_is_valid(code)
    assert not numbers.social_credit_code_is_valid(code[:place] + sign + code[place + 1 :])


@given(st.text(_ORGANISATION, min_size=18, max_size=18), st.integers(0, 17), st.sampled_from(_ORGANISATION))
def test_another_digit_or_another_letter_of_an_lei_is_seen(body: str, place: int, sign: str) -> None:
    lei = body + numbers.lei_digits(body)
    assert numbers.lei_is_valid(lei)
    assume(lei[place] != sign and lei[place].isdigit() == sign.isdigit())
    assert not numbers.lei_is_valid(lei[:place] + sign + lei[place + 1 :])


@given(st.text(_DIGITS, min_size=14, max_size=14), st.integers(0, 13), st.sampled_from(_DIGITS))
def test_any_wrong_digit_of_a_business_licence_is_seen(body: str, place: int, digit: str) -> None:
    licence = next(body + d for d in _DIGITS if numbers.business_licence_is_valid(body + d))
    assume(licence[place] != digit)
    assert not numbers.business_licence_is_valid(licence[:place] + digit + licence[place + 1 :])


def test_digits_that_are_not_ascii_are_no_digits() -> None:
    assert not numbers.citizen_is_valid("11010519491231002²")
    assert not numbers.citizen_is_valid("１10105194912310021")
    assert numbers.upgrade_citizen("６10104620927690") is None


def test_the_embedded_code_is_checked_on_its_own() -> None:
    body = "91110000" + "600037340"
    assert not numbers.social_credit_code_is_valid(body + numbers.gb32100_sign(body))


def test_a_residence_permit_is_of_the_three_regions_only() -> None:
    assert not numbers.residence_permit_is_valid("11010519491231002X")
    assert numbers.citizen_is_valid("810000199408230021")


def test_the_country_of_both_permanent_residence_cards() -> None:
    assert numbers.country_of_permanent_residence("911398199012310021") == "KAZ"
    assert numbers.country_of_permanent_residence("KAZ110090123105") == "KAZ"
    assert numbers.country_of_permanent_residence("911000199012310021") is None
