"""The kernel's own rules and fixes, through the book of the product."""

import pytest

from mdm.quality.engine import cleanse, screen
from mdm.quality.rules import Severity
from tests.mdm.quality.bundles import TODAY, organisation, person


def _found(**changes: object) -> set[tuple[str, str, str]]:
    return {(f.rule, f.field, f.severity) for f in screen(person(**changes), TODAY)}


def test_what_is_fine_has_no_finding() -> None:
    assert screen(person(), TODAY) == []
    assert screen(organisation(), TODAY) == []
    assert cleanse(person()) == []
    assert cleanse(organisation()) == []


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x0e", "\x1b", "\x7f", "\x9f"])
def test_control_characters_reject(sign: str) -> None:
    assert ("S03", "full_name", Severity.BLOCK) in _found(customer_name__full_name=f"赵{sign}明远")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("赵\ue863远", "V22"),
        ("赵\ufffd远", "V22"),
        ("赵\U00100000远", "V22"),
        ("赵䶮", "V22R"),
        ("赵𬎆", "V22R"),
        ("赵<b>", "V23"),
        ("赵&#x41;", "V23"),
        ("=赵明", "V23"),
        ("@赵明", "V23"),
        ("+赵明", "V23"),
        ("-赵明", "V23"),
        ("-1+1", "V23"),
        ("赵\u202e明", "V23"),
    ],
)
def test_odd_texts_are_kept_with_an_issue(text: str, rule: str) -> None:
    severities = {severity for found, _field, severity in _found(address__detail=text) if found == rule}
    assert severities == {Severity.INFO if rule == "V22R" else Severity.WARN}


@pytest.mark.parametrize("text", ["+8613912340001", "-12.50", "a<3 b", "A&B有限公司", "赵-明", "3=3", "a\nb"])
def test_ordinary_texts_are_not_odd(text: str) -> None:
    assert not {rule for rule, _f, _s in _found(address__detail=text)} & {"S03", "V22", "V22R", "V23"}


@pytest.mark.parametrize(
    ("place", "limit"),
    [
        ("customer_name__full_name", 150),
        ("address__postcode", 10),
        ("address__region_code", 6),
        ("address__detail", 300),
        ("email__address", 254),
    ],
)
def test_texts_longer_than_their_column_reject(place: str, limit: int) -> None:
    field = place.split("__")[1]
    assert ("S04", field, Severity.BLOCK) in _found(**{place: "9" * (limit + 1)})
    assert ("S04", field, Severity.BLOCK) not in _found(**{place: "9" * limit})


def test_the_message_of_a_long_text_says_the_limit() -> None:
    (found,) = [f for f in screen(person(address__postcode="1" * 11), TODAY) if f.rule == "S04"]
    assert "10" in found.text


def test_texts_that_could_not_be_read_raise_an_issue() -> None:
    bundle = person(person_profile__birth_date=None)
    bundle.first("person_profile")["raw_values"] = {"birth_date": "19560231", "sex": "?"}
    found = {(f.rule, f.facet, f.field) for f in screen(bundle, TODAY)}
    assert found == {("V24", "person_profile", "birth_date"), ("V21", "person_profile", "sex")}


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        ("  学院路　37号 ", "学院路 37号"),
        ("学院路\t37号\n", "学院路 37号"),
        ("学院路３７号Ａ座", "学院路37号A座"),
        ("学院路\u200b37号\ufeff", "学院路37号"),
        ("远景（集团）", "远景（集团）"),
        ("   ", None),
    ],
)
def test_tidying(raw: str, tidy: str | None) -> None:
    bundle = person(address__detail=raw)
    changes = cleanse(bundle)
    assert bundle.first("address")["detail"] == tidy
    assert [(c.rule, c.field) for c in changes] == ([("F01", "detail")] if tidy != raw else [])


def test_the_slot_is_kept_to_the_letter() -> None:
    bundle = person(phone__slot=" second ")
    cleanse(bundle)
    assert bundle.first("phone")["slot"] == " second "


@pytest.mark.parametrize(
    ("place", "raw", "code"),
    [
        ("person_profile__sex", "男", "M"),
        ("person_profile__sex", "2", "F"),
        ("person_profile__nationality", "CN", "CHN"),
        ("person_profile__ethnicity", "回族", "03"),
        ("address__country", "156", "CHN"),
        ("credential__type", "居民身份证", "P01"),
        ("phone__kind", "mobile", "MOBILE"),
    ],
)
def test_foreign_codes_become_ours(place: str, raw: str, code: str) -> None:
    bundle = person(**{place: raw})
    changes = cleanse(bundle)
    facet, field = place.split("__")
    assert bundle.first(facet)[field] == code
    assert ("F02", field) in [(c.rule, c.field) for c in changes]
    assert "raw_values" not in bundle.first(facet)


@pytest.mark.parametrize(
    ("place", "instead"),
    [
        ("person_profile__sex", None),
        ("address__country", None),
        ("phone__kind", "MOBILE"),
        ("address__kind", "RESIDENCE"),
        ("credential__type", "P15"),
        ("credential__lifecycle_state", "PENDING_VERIFY"),
    ],
)
def test_an_unknown_code_is_kept_as_received_and_never_guessed(place: str, instead: str | None) -> None:
    facet, field = place.split("__")
    bundle = person(**{place: "no such code"})
    cleanse(bundle)
    assert bundle.first(facet)[field] == instead
    assert bundle.first(facet)["raw_values"] == {field: "no such code"}
    assert ("V21", field) in {(f.rule, f.field) for f in screen(bundle, TODAY)}


def test_an_unknown_document_of_an_organisation() -> None:
    bundle = organisation(credential__type="no such code")
    cleanse(bundle)
    assert bundle.first("credential")["type"] == "O06"
