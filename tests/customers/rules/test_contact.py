"""Telephone numbers and e-mail addresses."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.contact import (
    EMAIL_LENGTH,
    Phone,
    is_email,
    is_placeholder_email,
    is_placeholder_phone,
    normalise_email,
    normalise_phone,
    parse_phone,
    recognise,
)
from mdm.quality.engine import cleanse, screen
from tests.mdm.quality.bundles import TODAY, organisation, person


@pytest.mark.parametrize(
    ("raw", "region", "phone"),
    [
        ("13912340001", "CN", Phone("+8613912340001")),
        ("139 1234 0001", "CN", Phone("+8613912340001")),
        ("＋８６ 139-1234-0001", "CN", Phone("+8613912340001")),
        ("008613912340001", "CN", Phone("+8613912340001")),
        ("8613912340001", "US", Phone("+8613912340001")),
        ("+8613912340001", "CN", Phone("+8613912340001")),
        ("010-62345678", "CN", Phone("+861062345678")),
        ("(010) 6234 5678", "CN", Phone("+861062345678")),
        ("010-62345678转8001", "CN", Phone("+861062345678", "8001")),
        ("010-62345678 ext. 801", "CN", Phone("+861062345678", "801")),
        ("0571-87654321", "CN", Phone("+8657187654321")),
        ("0044 20 7946 0958", "CN", Phone("+442079460958")),
        ("+44 20 7946 0958", "CN", Phone("+442079460958")),
        ("02 9374 4000", "AU", Phone("+61293744000")),
        ("12345", "CN", Phone("12345")),
        ("12913912340001", "CN", Phone("12913912340001")),
        ("no phone", "CN", Phone("no phone")),
        ("", "CN", Phone("")),
        ("²3912340001", "CN", Phone("²3912340001")),
    ],
)
def test_parse(raw: str, region: str, phone: Phone) -> None:
    assert parse_phone(raw, region) == phone


@given(
    st.sampled_from(["10", "20", "21", "22", "23", "24", "25", "27", "28", "29"]),
    st.integers(2_000_0000, 8_999_9999),
)
def test_the_short_way_says_what_libphonenumber_says(area: str, number: int) -> None:
    text = f"0{area}-{number}"
    told = phonenumbers.parse(text, "CN")
    expected = phonenumbers.format_number(told, phonenumbers.PhoneNumberFormat.E164)
    assert parse_phone(text).number == expected


@given(st.text(max_size=25))
def test_normal_forms_are_their_own(raw: str) -> None:
    assert normalise_phone(normalise_phone(raw)) == normalise_phone(raw)
    assert normalise_email(normalise_email(raw)) == normalise_email(raw)


def test_numbers_that_cannot_be_dialled_are_compared_by_their_digits() -> None:
    assert normalise_phone("12-345") == "12345"
    assert normalise_phone("no phone") == "no phone"


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        ("a@b.cn", True),
        ("first.last+tag@mail.example.com", True),
        ("张三@例子.中国", True),
        ("a@b", False),
        ("a b@c.cn", False),
        ("@c.cn", False),
        ("a@@c.cn", False),
        ("a@-c.cn", False),
        ("a@c.c", False),
        ("a@c.1", False),
        ("<a@c.cn>", False),
        ("x" * 65 + "@c.cn", False),
        ("a@" + "b" * 60 + "." + "c." * 100 + "cn", False),
        ("", False),
    ],
)
def test_email(address: str, valid: bool) -> None:
    assert is_email(address) is valid


def test_the_longest_email() -> None:
    domain = ".".join(["b" * 60] * 4)
    longest = "a" * (EMAIL_LENGTH - len(domain) - 4) + "@" + domain + ".cn"
    assert len(longest) == EMAIL_LENGTH
    assert is_email(longest)
    assert not is_email("a" + longest)


def test_placeholders() -> None:
    for number in ("13800138000", "11111111111", "13888888888"):
        assert is_placeholder_phone(normalise_phone(number))
    assert not is_placeholder_phone("+8613912340001")
    assert is_placeholder_email("test@test.com")
    assert not is_placeholder_email("zhao@example.cn")


@pytest.mark.parametrize(
    ("typed", "kind", "normal"),
    [
        ("139 1234 0001", "PHONE", "+8613912340001"),
        ("010-62345678", "PHONE", "+861062345678"),
        ("Zhao@Example.CN", "EMAIL", "zhao@example.cn"),
    ],
)
def test_recognised(typed: str, kind: str, normal: str) -> None:
    assert recognise(typed) == [(kind, normal)]


@pytest.mark.parametrize("typed", ["张三", "11010519491231002X", "", "a@b", "1234"])
def test_not_recognised(typed: str) -> None:
    assert recognise(typed) == []


def _rules(bundle: object, facet: str) -> set[str]:
    """The rules broken in a facet, but for the one that asks for required values."""
    return {found.rule for found in screen(bundle, TODAY) if found.facet == facet} - {"S06"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "number", "rules"),
    [
        ("MOBILE", "+8613912340001", set()),
        ("MOBILE", "+861062345678", {"V16"}),
        ("MOBILE", "+442079460958", set()),
        ("HOME_TEL", "+861062345678", set()),
        ("HOME_TEL", "62345678", {"V16"}),
        ("MOBILE", "+8613800138000", {"A01.phone"}),
        ("MOBILE", "11111111111", {"V16", "A01.phone"}),
        ("MOBILE", None, set()),
    ],
)
def test_rules_of_phones(kind: str, number: str | None, rules: set[str]) -> None:
    assert _rules(person(phone__kind=kind, phone__number=number), "phone") == rules


@pytest.mark.parametrize(
    ("address", "rules"),
    [
        ("zhao@example.cn", set()),
        ("zhao at example", {"V17"}),
        ("Test@test.com", {"A01.email"}),
        (None, set()),
    ],
)
def test_rules_of_emails(address: str | None, rules: set[str]) -> None:
    assert _rules(person(email__address=address), "email") == rules


def test_cleansing_stores_e164_and_the_extension() -> None:
    bundle = organisation(phone__number="010-62345678转8001")
    changes = cleanse(bundle)
    assert bundle.first("phone")["number"] == "+861062345678"
    assert bundle.first("phone")["extension_no"] == "8001"
    assert {(c.rule, c.field) for c in changes} == {("F04", "number"), ("F04", "extension_no")}


def test_cleansing_keeps_what_it_cannot_read() -> None:
    bundle = organisation(phone__number="ask reception")
    assert cleanse(bundle) == []
    assert bundle.first("phone")["number"] == "ask reception"


def test_local_numbers_are_those_of_the_first_address() -> None:
    bundle = person(address__country="AUS", phone__number="02 9374 4000", phone__kind="HOME_TEL")
    cleanse(bundle)
    assert bundle.first("phone")["number"] == "+61293744000"


def test_the_domain_of_an_email_is_folded_and_its_local_part_kept() -> None:
    bundle = person(email__address="Zhao ＠ Example.CN")
    cleanse(bundle)
    assert bundle.first("email")["address"] == "Zhao@example.cn"
