"""The table of credential types: normal forms, what a number tells, equivalents, recognition."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.rules.formats import (
    birth_dates_of,
    format_of,
    has_check_digit,
    is_valid,
    is_weak,
    normalise,
    printed_form,
    sex_of,
    types,
)
from credentials.rules.recognition import Equivalent, equivalents, holder_birth_date, recognise
from mdm import codes
from mdm.quality.rules import Audience


def test_the_table_has_every_type_of_the_code_list() -> None:
    assert sorted(types()) == sorted(codes.get("credential_type"))
    for kind in types():
        entry = format_of(kind)
        assert entry is not None
        assert entry.holder is (Audience.PERSONS if kind.startswith("P") else Audience.ORGANISATIONS)


@pytest.mark.parametrize(
    ("kind", "raw", "normal"),
    [
        ("P01", " 11010519491231002x ", "11010519491231002X"),
        ("P01", "１１０１０５　1949 1231 002Ｘ", "11010519491231002X"),
        ("P13", "A123456(3)", "A1234563"),
        ("P13", "Ａ123456（３）", "A1234563"),
        ("P06", "h12345678 01", "H12345678"),
        ("P06", "H12345678", "H12345678"),
        ("P06N", "HA1234567", "HA1234567"),
        ("P11", "P.1234567", "P1234567"),
        ("O02", "D2143569-X", "D2143569X"),
        ("O09", "98q96b.00000.le.250", "98Q96B.00000.LE.250"),
        ("O09", "98Q96B00000LE250", "98Q96B.00000.LE.250"),
        ("P04", "南字第 123456 号", "南字第123456号"),
        ("P12", "x-12 34·5", "X12345"),
        ("P15", "---", "---"),
        ("P01", "11010519491231002²", "11010519491231002²"),
    ],
)
def test_normal_form(kind: str, raw: str, normal: str) -> None:
    assert normalise(kind, raw) == normal


def test_macao_cards_have_their_own_form() -> None:
    assert is_valid("P13", normalise("P13", "1/234567/8", "MAC"), "MAC")
    assert not is_valid("P13", "12345678", "HKG")


@given(st.sampled_from(types()), st.text(max_size=30))
def test_the_normal_form_is_its_own_normal_form(kind: str, raw: str) -> None:
    once = normalise(kind, raw)
    assert normalise(kind, once) == once
    assert printed_form(printed_form(raw)) == printed_form(raw)


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        ("P06", "H12345678", True),
        ("P06", "A12345678", False),
        ("P06N", "MA1234567", True),
        ("P07", "12345678", True),
        ("P07", "0012345601B", True),
        ("P07", "1234567", False),
        ("P11", "E12345678", True),
        ("P11", "EA1234567", True),
        ("P11", "EI1234567", False),
        ("P11", "EO1234567", False),
        ("P11", "G12345678", True),
        ("P11", "141234567", True),
        ("P11", "161234567", False),
        ("P11", "PE1234567", True),
        ("P12", "AB1", False),
        ("P12", "X1234567", True),
        ("O04", "110105600037341", True),
        ("O04", "91110000600037341L", True),
        ("O04", "110105600037342", False),
        ("O05", "J1000000000001", True),
        ("O08", "BKCHCNBJ", True),
        ("O08", "BKCHCNBJ300", True),
        ("O08", "MITCHELL", False),
        ("O09", "98Q96B.00000.LE.250", True),
        ("O09", "98Q96O.00000.LE.250", False),
        ("P16", "anything", True),
        ("XXX", "anything", True),
    ],
)
def test_forms(kind: str, number: str, fits: bool) -> None:
    assert is_valid(kind, number) is fits


def test_what_changes_at_renewal_is_weak() -> None:
    assert is_weak("P11")
    assert is_weak("P12")
    assert is_weak("unheard of")
    assert not is_weak("P01")
    assert not is_weak("O01")
    assert not has_check_digit("P06")
    assert not has_check_digit("unheard of")


def test_what_a_number_tells_of_its_holder() -> None:
    assert birth_dates_of("P01", "11010519491231002X") == (date(1949, 12, 31),)
    assert birth_dates_of("P01", "610104620927690") == (date(1962, 9, 27),)
    assert birth_dates_of("P10", "911398199012310021") == (date(1990, 12, 31),)
    assert birth_dates_of("P09", "KAZ110090123105") == (date(1990, 12, 31), date(2090, 12, 31))
    assert birth_dates_of("P01", "110105194912310021") == ()
    assert birth_dates_of("P11", "E12345678") == ()
    assert sex_of("P01", "11010519491231002X") == "F"
    assert sex_of("P01", "440524188001010014") == "M"
    assert sex_of("P01", "610104620927690") == "F"
    assert sex_of("P14", "A123456789") == "M"
    assert sex_of("P06", "H12345678") is None
    assert holder_birth_date("P08", "810000199408230021") == date(1994, 8, 23)
    assert holder_birth_date("P09", "KAZ110090123105") is None


@pytest.mark.parametrize(
    ("kind", "number", "others"),
    [
        ("P01", "610104620927690", [Equivalent("P01", "610104196209276908")]),
        ("P01", "610104196209276908", []),
        ("P02", "610104196209276908", [Equivalent("P01", "610104196209276908")]),
        ("P03", "610104620927690", [Equivalent("P01", "610104196209276908")]),
        ("P07", "1234567801B", [Equivalent("P07", "12345678")]),
        ("P07", "12345678", []),
        ("O01", "91110000600037341L", [Equivalent("O02", "600037341")]),
        ("O01", "91310115MA1G4L1WXK", []),
        ("O04", "110105600037341", [Equivalent("O02", "600037341")]),
        (
            "O04",
            "91110000600037341L",
            [Equivalent("O01", "91110000600037341L"), Equivalent("O02", "600037341")],
        ),
        ("O02", "600037341", []),
        ("P15", "123", []),
    ],
)
def test_equivalents(kind: str, number: str, others: list[Equivalent]) -> None:
    assert equivalents(kind, number) == others


def test_both_permanent_residence_cards_hint_at_each_other() -> None:
    old, new = equivalents("P09", "KAZ110090123105"), equivalents("P10", "911398199012310021")
    assert old == new
    assert [hint.sure for hint in old] == [False]


@pytest.mark.parametrize(
    ("typed", "kind", "number", "certain"),
    [
        ("11010519491231002x", "P01", "11010519491231002X", True),
        ("110105 19491231 0021", "P01", "110105194912310021", False),
        ("610104620927690", "P01", "610104620927690", True),
        ("810000199408230021", "P08", "810000199408230021", True),
        ("911398199012310021", "P10", "911398199012310021", True),
        ("KAZ110090123105", "P09", "KAZ110090123105", True),
        ("A123456(3)", "P13", "A1234563", True),
        ("A123456789", "P14", "A123456789", True),
        ("H1234567801", "P06", "H12345678", False),
        ("12345678", "P07", "12345678", False),
        ("E12345678", "P11", "E12345678", False),
        ("91110000600037341l", "O01", "91110000600037341L", True),
        ("91310115MA1G4L1WXK", "O01", "91310115MA1G4L1WXK", False),
        ("D2143569-X", "O02", "D2143569X", True),
        ("110108000000016", "O03", "110108000000016", True),
        ("5493001KJTIIGC8Y1R12", "O07", "5493001KJTIIGC8Y1R12", True),
        ("BKCHCNBJ", "O08", "BKCHCNBJ", False),
        ("4620080", "P16", "4620080", False),
    ],
)
def test_recognised(typed: str, kind: str, number: str, certain: bool) -> None:
    assert (kind, number, certain) in recognise(typed)


@pytest.mark.parametrize("typed", ["", "王小明", "mitchell", "a@b.cn", "12", "zhang san"])
def test_what_is_no_number_is_not_recognised(typed: str) -> None:
    assert recognise(typed) == []


def test_what_proves_itself_comes_first() -> None:
    found = recognise("810000199408230021")
    assert [one.certain for one in found] == sorted((one.certain for one in found), reverse=True)
