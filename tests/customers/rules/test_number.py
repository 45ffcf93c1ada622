"""The customer number: one-to-one with the id, with a check digit, not to be guessed, and for ever."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.rules.number import customer_id, customer_no, luhn

pytestmark = pytest.mark.django_db
IDS = st.integers(0, 10**10 - 1)


@settings(max_examples=300, deadline=None)
@given(number=IDS)
def test_a_number_leads_back_to_its_id(number: int) -> None:
    text = customer_no(number)

    assert len(text) == 12
    assert text[0] == "C"
    assert text[1:].isdigit()
    assert customer_id(text) == number


@settings(max_examples=300, deadline=None)
@given(digits=IDS)
def test_every_ten_digits_are_the_number_of_exactly_one_id(digits: int) -> None:
    """With the property above: a permutation of all ten-digit numbers."""
    text = f"C{digits:010d}{luhn(f'{digits:010d}')}"

    found = customer_id(text)

    assert found is not None
    assert customer_no(found) == text


@settings(max_examples=100, deadline=None)
@given(number=IDS, place=st.integers(1, 11), step=st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: int, place: int, step: int) -> None:
    text = customer_no(number)
    wrong = text[:place] + str((int(text[place]) + step) % 10) + text[place + 1 :]

    assert customer_id(wrong) is None


@settings(max_examples=100, deadline=None)
@given(number=IDS, place=st.integers(1, 10))
def test_two_digits_that_changed_places_are_noticed(number: int, place: int) -> None:
    """All but 09 and 90, which no check digit of Luhn's tells apart."""
    text = customer_no(number)
    one, other = text[place], text[place + 1]
    swapped = text[:place] + other + one + text[place + 2 :]

    assert one == other or {one, other} == {"0", "9"} or customer_id(swapped) is None


def test_neighbours_have_nothing_in_common() -> None:
    numbers = [int(customer_no(n)[1:11]) for n in range(1000, 1200)]

    steps = {abs(one - other) for one, other in zip(numbers, numbers[1:], strict=False)}
    assert min(steps) > 1000
    assert len(steps) == len(numbers) - 1


@pytest.mark.parametrize("number", [-1, 10**10, 10**12])
def test_an_id_without_a_number_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        customer_no(number)


@pytest.mark.parametrize(
    "typed",
    ["", "C", "C1234567890", "D12345678903", "C1234567890X", "C１２３４５６７８９０３", "C12345678903 4"],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert customer_id(typed) is None


def test_a_number_is_read_as_people_type_it() -> None:
    assert customer_id(f"  {customer_no(7).lower()} ") == 7


@pytest.mark.parametrize(
    ("digits", "check"), [("7992739871", "3"), ("0000000000", "0"), ("1234567890", "3"), ("9999999999", "0")]
)
def test_the_check_digit_is_luhns(digits: str, check: str) -> None:
    """The first vector is the well-known one of ISO/IEC 7812-1 examples."""
    assert luhn(digits) == check
