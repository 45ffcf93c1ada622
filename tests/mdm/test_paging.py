"""Numbers and filters in addresses: anybody can type there."""

import pytest

from mdm.backoffice.lists import ListQuery
from mdm.errors import Invalid
from mdm.paging import chosen_filters, number_in


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("7", 7),
        ("0", 0),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        (" 7", None),
        ("²", None),
        ("１２", None),
        ("٣", None),
    ],
)
def test_a_number_is_one_that_a_row_id_can_be(told: str, number: int | None) -> None:
    assert number_in(told) == number
    assert ListQuery(after=told).after_id == number


def test_it_may_be_held_shorter() -> None:
    assert (number_in("123456", digits=6), number_in("1234567", digits=6)) == (123456, None)


def test_filters_that_say_nothing_are_none_and_others_must_be_known() -> None:
    assert chosen_filters({"org": "1100", "day": ""}, {"org"}) == {"org": "1100"}
    assert chosen_filters(None, ()) == {}
    with pytest.raises(Invalid, match=r"filter\.unknown") as refused:
        chosen_filters({"org": "1100", "nothing": "x"}, {"org"})
    assert "“nothing”" in str(refused.value.message)
