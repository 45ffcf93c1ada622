"""Primitives of text: width, spaces, odd characters, digits, dates, amounts, the form for matching."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.quality import primitives as p
from mdm.quality.characters import SIMPLIFY


def test_width_is_folded_and_nothing_else() -> None:
    assert p.fold_width("１２３ＡＢＣ（）　ｶ") == "123ABC() カ"
    assert p.fold_width("²①ﬁ㈱") == "²①ﬁ㈱"
    assert p.fold_alphanumeric("Ａ１（集团）") == "A1（集团）"


@pytest.mark.parametrize(
    ("text", "digits"),
    [("0129", True), ("²", False), ("１", False), ("", False), ("-1", False), ("٣", False)],
)
def test_ascii_digits(text: str, digits: bool) -> None:
    assert p.ascii_digits(text) is digits


def test_spaces_and_invisible_marks() -> None:
    assert p.tidy_spaces("\u3000 a \t\n b\u00a0 ") == "a b"
    assert p.without_spaces(" a\u3000b ") == "ab"
    assert p.drop_invisible("\ufeffa\u200bb\u00ad") == "ab"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("阿不都・热合曼", "阿不都·热合曼"),
        ("阿不都•热合曼", "阿不都·热合曼"),
        ("阿不都‧热合曼", "阿不都·热合曼"),
        ("阿不都∙热合曼", "阿不都·热合曼"),
        ("阿不都．热合曼", "阿不都·热合曼"),
        ("北京（集團）", "北京(集团)"),
        ("ｓｍｉｔｈ  john ", "SMITH JOHN"),
        ("張國榮", "张国荣"),
    ],
)
def test_match_form(text: str, form: str) -> None:
    assert p.match_form(text) == form


@given(st.text(max_size=40))
def test_normal_forms_are_their_own_normal_forms(text: str) -> None:
    for normal in (
        p.match_form,
        p.fold_width,
        p.fold_alphanumeric,
        p.tidy_spaces,
        p.drop_invisible,
        p.simplify,
    ):
        assert normal(normal(text)) == normal(text)


def test_no_simplified_form_is_simplified_again() -> None:
    assert len(SIMPLIFY) > 1800
    assert not {chr(simple) for simple in SIMPLIFY.values()} & {chr(point) for point in SIMPLIFY}


def test_odd_characters() -> None:
    assert p.has_private_use("张\ue123")
    assert p.has_private_use("张\U000f0001")
    assert p.has_private_use("张\ufffd")
    assert not p.has_private_use("张·Tom")
    assert p.has_rare("䶮")
    assert p.has_rare("𬎆")
    assert p.has_rare("㛃")
    assert not p.has_rare("张龑")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20260131", date(2026, 1, 31)),
        ("2026-01-31", date(2026, 1, 31)),
        ("2026/1/3", date(2026, 1, 3)),
        ("2026.01.31", date(2026, 1, 31)),
        (" ２０２６０１３１ ", date(2026, 1, 31)),
        ("20240229", date(2024, 2, 29)),
        ("99991231", p.OPEN_DATE),
        ("29991231", p.OPEN_DATE),
        ("2999-12-31", p.OPEN_DATE),
        ("19560231", None),
        ("20230229", None),
        ("2026-01/31", None),
        ("260131", None),
        ("²0260131", None),
        ("31.01.2026", None),
        ("00000000", None),
        ("", None),
        ("today", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert p.parse_date(text) == day


@given(st.dates())
def test_every_day_is_read_back(day: date) -> None:
    expected = p.OPEN_DATE if day == date(2999, 12, 31) else day
    assert p.parse_date(f"{day.year:04}{day.month:02}{day.day:02}") == expected
    assert p.parse_date(day.isoformat()) == expected


@given(st.text(max_size=12))
def test_reading_dates_and_amounts_never_raises(text: str) -> None:
    assert isinstance(p.parse_date(text), date | None)
    assert isinstance(p.parse_amount(text), Decimal | None)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.50", Decimal("1234.50")),
        ("1,234,567.89", Decimal("1234567.89")),
        ("-5", Decimal(-5)),
        (".5", Decimal("0.5")),
        ("１２", Decimal(12)),
        ("1,23", None),
        ("1e5", None),
        ("NaN", None),
        ("-", None),
        ("12.", None),
        ("", None),
        ("²", None),
    ],
)
def test_amounts(text: str, amount: Decimal | None) -> None:
    assert p.parse_amount(text) == amount


def test_ages_and_years() -> None:
    assert p.age_on(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert p.age_on(date(2000, 2, 29), date(2026, 3, 1)) == 26
    assert p.add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert p.add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
