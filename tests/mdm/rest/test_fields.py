"""JSON is read strictly."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from mdm.rest.fields import Amount, Day, Fields, Flag, Text, Whole
from mdm.rest.problems import field_errors


class Sample(Fields):
    """One of each."""

    text = Text(required=False, max_length=5)
    day = Day(required=False)
    whole = Whole(required=False)
    flag = Flag(required=False)
    amount = Amount(required=False, max_digits=6, decimal_places=2)


def read(**sent: Any) -> dict[str, Any]:
    reader = Sample(data=sent)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("text", " a ", " a "),
        ("text", "张三", "张三"),
        ("day", "2024-02-29", date(2024, 2, 29)),
        ("whole", 7, 7),
        ("whole", 7.0, 7),
        ("flag", False, False),
        ("amount", "12.50", Decimal("12.50")),
        ("amount", 12.5, Decimal("12.5")),
    ],
)
def test_values_come_through_as_they_were_sent(name: str, sent: Any, value: Any) -> None:
    assert read(**{name: sent}) == {name: value}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("text", 5),
        ("text", True),
        ("text", ["a"]),
        ("text", "abcdef"),
        ("text", "a\x00"),
        ("text", "\ud800"),
        ("day", "20240229"),
        ("day", "2024-W09-4"),
        ("day", "2024-2-9"),
        ("day", "2023-02-29"),
        ("day", "２０２４-02-28"),
        ("day", "2024-02-29T00:00:00"),
        ("day", 20240229),
        ("whole", "7"),
        ("whole", True),
        ("whole", 7.5),
        ("flag", "true"),
        ("flag", 1),
        ("amount", True),
        ("amount", "NaN"),
        ("amount", [1]),
        ("unknown", 1),
    ],
)
def test_anything_else_is_refused_at_its_place_without_repeating_it(name: str, sent: Any) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        read(**{name: sent})
    (error,) = field_errors(refused.value.detail)
    assert error.pointer == f"/{name}"
    assert str(sent) not in str(error.detail) or name == "unknown"


def test_a_list_where_an_object_belongs_is_refused_as_a_whole() -> None:
    reader = Sample(data=[1])
    assert not reader.is_valid()
    assert [error.pointer for error in field_errors(reader.errors)] == [""]
