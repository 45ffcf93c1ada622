"""How a value is shown: labels for codes, masks for what is sensitive, in the reader's language."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from mdm.bulk.tables import own_fields
from mdm.display import label, sensitive, shown
from mdm.subjects import registry
from security.access.sight import Sight

CASES: list[tuple[str, str, Any, dict[str, Any], str]] = [
    ("person_profile", "sex", "F", {}, "Female"),
    ("organisation_profile", "staff_count", 1200, {}, "1200"),
    ("organisation_profile", "registered_capital", Decimal("1234567.50"), {}, "1,234,567.50"),
    ("organisation_profile", "established_on", date(2001, 2, 3), {}, "2001-02-03"),
    ("credential", "expiry_date", date(9999, 12, 31), {}, "long-term"),
    ("credential", "is_primary", True, {}, "yes"),
    ("credential", "is_primary", False, {}, "no"),
    ("customer", "opened_on", None, {}, ""),
    ("address", "city", "", {}, ""),
]


def field_of(facet: str, name: str) -> Any:
    return registry.facet(facet).model._meta.get_field(name)


@pytest.mark.parametrize(("facet", "name", "value", "row", "text"), CASES)
def test_a_clear_value_is_shown_as_people_read_it(
    facet: str, name: str, value: Any, row: dict[str, Any], text: str
) -> None:
    with translation.override("en"):
        assert (
            shown(registry.facet(facet).model, field_of(facet, name), value, row, "standard")["text"] == text
        )


def test_a_code_is_shown_in_the_readers_language_and_kept_as_a_code() -> None:
    model, field = registry.facet("person_profile").model, field_of("person_profile", "sex")
    told = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told[language] = shown(model, field, "M", {}, "standard")

    assert {told[language]["value"] for language in told} == {"M"}
    assert told["en"]["text"] == "Male"
    assert "男" in told["zh-hans"]["text"]


@pytest.mark.parametrize("profile", ["standard", "strict"])
def test_every_sensitive_field_is_masked_by_every_profile(profile: str) -> None:
    samples = {"birth_date": date(1949, 12, 31), "type": "P01"}
    for facet in registry.facets():
        for field in own_fields(facet.model):
            if not sensitive(facet.model, field):
                continue
            clear = samples.get(field.name, "欧阳知远1391234567011010519491231002X@example.com")
            told = shown(facet.model, field, clear, {"type": "P01", "kind": "MOBILE"}, profile)
            plain = clear.isoformat() if isinstance(clear, date) else clear
            assert plain not in (told["value"], told["text"]), f"{facet.name}.{field.name}"
            assert told["value"] == told["text"]


def test_the_mask_of_a_number_follows_the_kind_of_document() -> None:
    model, field = registry.facet("credential").model, field_of("credential", "number")

    card = shown(model, field, "11010519491231002X", {"type": "P01"}, "standard")["text"]
    passport = shown(model, field, "E12345678", {"type": "P04"}, "standard")["text"]
    unknown = shown(model, field, "11010519491231002X", {"type": None}, "standard")["text"]

    assert card == "110***********002X"
    assert "12345678" not in passport
    assert "19491231" not in unknown


def test_the_strict_profile_shows_no_more_than_the_standard_one() -> None:
    model, field = registry.facet("phone").model, field_of("phone", "number")
    standard, strict = (
        shown(model, field, "+8613912345670", {}, profile)["text"] for profile in ("standard", "strict")
    )

    assert strict.count("*") >= standard.count("*") > 0


def test_a_moment_is_shown_in_the_banks_time() -> None:
    field = field_of("customer", "updated_at")

    assert (
        label(registry.facet("customer").model, field, datetime(2026, 3, 2, 20, 30, tzinfo=UTC))
        == "2026-03-03 04:30"
    )


def test_a_sight_that_hides_a_field_and_a_text_that_reads_the_same_are_shown_apart() -> None:
    hiding = Sight("standard", frozenset({"person_profile.sex"}))
    model, field = registry.facet("person_profile").model, field_of("person_profile", "sex")

    told = [shown(model, field, "M", {}, profile)["value"] for profile in (str(hiding), hiding, str(hiding))]

    assert told == ["M", None, "M"]
