"""Rules of attributes, without a database: each kind and limit, and that nothing is judged where nothing is defined."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Phone
from mdm.bulk.attributes import attribute_readings, attribute_texts
from mdm.extension import attributes
from mdm.extension.attributes import Attribute, Dictionary
from mdm.extension.models import AttributeDefinition
from mdm.extension.values import packed, spread
from mdm.quality.engine import screened
from mdm.subjects import Bundle

DAY = date(2026, 3, 2)
CODES = "GOLD|金卡|Gold\nBLUE|蓝卡|Blue"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    attributes.forget()


def define(**told: Any) -> Attribute:
    """The one attribute `x_note` of telephones, in force in this process."""
    values = {
        "facet": "phone",
        "name": "note",
        "kind": "text",
        "label_zh": "备注",
        "label_en": "Note",
        **told,
    }
    made = Attribute(AttributeDefinition(valid_from=date(2020, 1, 1), **values))
    attributes.adopt(Dictionary((1, repr(told), DAY), (made,)))
    return made


def found(value: Any, **more: Any) -> set[tuple[str, str, str]]:
    """Rule, severity and place of what is found on the attribute of one telephone."""
    row = {"slot": "MOBILE", "kind": "MOBILE", "number": "+8613912345670", "x_note": value, **more}
    bundle = Bundle("online", "K", "PERSON", {"phone": [row]})
    findings = (f for f in screened(bundle, DAY) if f.field == "x_note")
    return {(f.rule, f.severity.value, f.pointer) for f in findings}


@pytest.mark.parametrize(
    ("told", "fine", "wrong", "rule"),
    [
        ({"required": True}, "a", None, "X01"),
        ({"length": 3}, "abc", "abcd", "X02"),
        ({"kind": "whole", "minimum": "0", "maximum": "9"}, 0, 10, "X03"),
        ({"kind": "amount", "maximum": "9.50"}, Decimal("9.50"), Decimal("9.51"), "X03"),
        ({"kind": "date", "minimum": "2020-01-01"}, date(2020, 1, 1), date(2019, 12, 31), "X03"),
        ({"pattern": "[A-Z]{2}"}, "AB", "ABC", "X04"),
        ({"kind": "whole"}, 7, "7", "X06"),
        ({"kind": "whole"}, 7, True, "X06"),
        ({"kind": "date"}, DAY, "2026-03-02", "X06"),
        ({"kind": "amount"}, Decimal(1), 1, "X06"),
    ],
)
def test_a_rule_is_broken_as_severely_as_the_definition_says(
    told: dict[str, Any], fine: Any, wrong: Any, rule: str
) -> None:
    for severity in ("WARN", "BLOCK"):
        define(severity=severity, **told)
        assert found(fine) == set()
        always = "BLOCK" if rule == "X06" else severity
        assert found(wrong) == {(rule, always, "/phone/0/x_note")}


def test_a_text_that_is_too_long_is_not_held_against_the_pattern() -> None:
    define(length=3, pattern="[A-Z]*")
    assert found("abc") == {("X04", "WARN", "/phone/0/x_note")}
    assert found("abcd") == {("X02", "WARN", "/phone/0/x_note")}


def test_a_code_is_translated_or_kept_as_received() -> None:
    define(kind="code", codes=CODES)
    assert found("GOLD") == found("金卡") == set()
    assert found("RED") == {("V21", "WARN", "/phone/0/x_note")}
    define(kind="code", codes=CODES, severity="BLOCK")
    assert ("X05", "BLOCK", "/phone/0/x_note") in found("RED")


def test_what_is_not_in_force_is_not_judged() -> None:
    define(length=1, severity="BLOCK", valid_to=DAY)
    assert found("long") == set()
    attributes.forget()
    assert found("x" * 3_000) == set()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "a"),
        ("whole", 0),
        ("whole", -7),
        ("amount", Decimal("0.10")),
        ("date", DAY),
        ("flag", True),
        ("amount", Decimal("1E+5")),
        ("amount", Decimal("-9999999999999999.500000")),
    ],
)
def test_a_value_is_read_as_it_was_kept(kind: str, value: Any) -> None:
    define(kind=kind)
    rows = [{"id": 1, "extension": packed({"x_note": value, "kind": "MOBILE"})}, {"id": 2, "extension": None}]
    spread(Phone, rows)
    assert rows[0] == {"id": 1, "x_note": value}
    assert rows[1] == {"id": 2, "x_note": {"text": "", "flag": False}.get(kind)}
    assert packed({"x_note": None, "kind": "MOBILE"}) is None


@pytest.mark.parametrize(
    ("kind", "value", "typed"),
    [
        ("text", "Club  A1", "club a1"),
        ("whole", 42, "042"),
        ("amount", Decimal("9.50"), "9.5"),
        ("date", DAY, "2026-03-02"),
    ],
)
def test_what_is_typed_is_read_as_what_was_digested(kind: str, value: Any, typed: str) -> None:
    define(kind=kind, searchable=True)
    bundle = Bundle("online", "K", "PERSON", {"phone": [{"x_note": value}]})
    ((facet, index, text),) = attribute_texts(bundle)
    assert (facet, index, text) == ("phone", 0, next(told for _a, told in attribute_readings(typed)))
    define(kind=kind, searchable=False)
    assert not list(attribute_texts(bundle))
    assert not list(attribute_readings(typed))


@pytest.mark.parametrize(
    "typed", ["1E9999999999", "1E5", "NaN", "Infinity", "12345678901234567", "1_000", "١"]
)
def test_what_is_no_amount_of_the_product_is_not_searched_as_one(typed: str) -> None:
    define(kind="amount", searchable=True)
    assert list(attribute_readings(typed)) == []
