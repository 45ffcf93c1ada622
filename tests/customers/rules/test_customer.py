"""Rules of the customer as such, of persons and of organisations: who may enter, and what is doubted."""

from datetime import date
from typing import Any

import pytest

from customers.rules.placeholders import has_test_word, is_placeholder_name
from mdm.quality.engine import cleanse, screen
from mdm.quality.rules import Severity
from mdm.subjects import Bundle
from tests.mdm.quality.bundles import TODAY, organisation, person


def _found(bundle: Bundle) -> set[tuple[str, str, str]]:
    return {(f.rule, f.field, f.severity) for f in screen(bundle, TODAY)}


def _blocks(bundle: Bundle) -> set[str]:
    return {rule for rule, _field, severity in _found(bundle) if severity == Severity.BLOCK}


def test_an_unknown_party_type_rejects() -> None:
    bundle = person()
    bundle.party_type = "MARTIAN"
    assert "S01" in _blocks(bundle)


def test_a_party_type_of_another_name_is_translated_on_bundle_and_row() -> None:
    bundle = person(customer__party_type="个人")
    bundle.party_type = "个人"
    changes = cleanse(bundle)
    assert (bundle.party_type, bundle.first("customer")["party_type"]) == ("PERSON", "PERSON")
    assert [(c.rule, c.field, c.after) for c in changes] == [("F07", "party_type", "PERSON")]


def _without(bundle: Bundle, *facets: str) -> Bundle:
    for facet in facets:
        del bundle.facets[facet]
    return bundle


def test_a_person_with_a_document_enters_without_a_name() -> None:
    bundle = _without(person(), "customer_name")
    assert _blocks(bundle) == set()
    assert ("C07", "full_name", Severity.WARN) in _found(bundle)


def test_who_has_neither_name_nor_number_does_not_enter() -> None:
    assert _blocks(_without(person(), "customer_name", "credential")) == {"S02"}
    assert _blocks(_without(organisation(), "organisation_profile")) == {"S02"}
    assert "S02" in _blocks(_without(person(customer_name__full_name="··"), "credential"))


def test_an_organisation_enters_by_any_of_its_names() -> None:
    bundle = _without(organisation(), "organisation_profile")
    bundle.facets["customer_name"] = [{"kind": "SHORT", "full_name": "远景"}]
    assert _blocks(bundle) == set()


@pytest.mark.parametrize(
    ("system", "key"), [("", "1"), ("core_customer", ""), ("x" * 33, "1"), ("core_customer", "1" * 121)]
)
def test_the_key_in_the_source(system: str, key: str) -> None:
    bundle = person()
    bundle.source_system, bundle.source_key = system, key
    assert _blocks(bundle) == {"S05"}


@pytest.mark.parametrize(
    ("parts", "full"),
    [
        ({"surname": "欧阳", "given_name": "娜娜"}, "欧阳娜娜"),
        ({"surname": "Smith", "given_name": "John"}, "John Smith"),
        ({"surname": "Smith"}, "Smith"),
        ({"given_name": "John"}, "John"),
    ],
)
def test_the_full_name_is_put_together(parts: dict[str, str], full: str) -> None:
    bundle = person(customer_name__full_name=None, **{f"customer_name__{k}": v for k, v in parts.items()})
    cleanse(bundle)
    assert bundle.first("customer_name")["full_name"] == full


def test_a_full_name_that_is_told_stays() -> None:
    bundle = person(customer_name__surname="Smith")
    assert cleanse(bundle) == []


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("无名氏", {"A01.name"}),
        ("未知", {"A01.name"}),
        ("N/A", {"A01.name"}),
        ("XXX", {"A01.name"}),
        ("赵赵赵", {"A01.name"}),
        ("测试", {"A02"}),
        ("测试客户", {"A02"}),
        ("Test Customer", {"A02"}),
        ("Testa Green", set()),
        ("赵?远", {"V28"}),
        ("赵明2", {"V29"}),
        ("娜娜", set()),
        ("Li", set()),
    ],
)
def test_doubtful_names(name: str, rules: set[str]) -> None:
    assert {rule for rule, _f, _s in _found(person(customer_name__full_name=name))} == rules


def test_placeholders_and_test_words_are_told_apart() -> None:
    assert is_placeholder_name("１２３")
    assert is_placeholder_name("--")
    assert is_placeholder_name("")
    assert not is_placeholder_name("测试")
    assert has_test_word("這是測試")
    assert not has_test_word("contest")


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"customer__lifecycle_status": "DISSOLVED"}, {"V34"}),
        ({"customer__lifecycle_status": "DECEASED"}, set()),
        ({"person_profile__deceased_on": date(2026, 1, 1)}, {"V34"}),
        ({"person_profile__deceased_on": date(2026, 1, 1), "customer__lifecycle_status": "DECEASED"}, set()),
        ({"customer__opened_on": date(2026, 11, 23)}, {"V35"}),
        ({"customer__opened_on": TODAY}, set()),
    ],
)
def test_status_and_days(changes: dict[str, Any], rules: set[str]) -> None:
    assert {rule for rule, _f, _s in _found(person(**changes))} == rules


def test_an_organisation_does_not_die() -> None:
    assert {r for r, _f, _s in _found(organisation(customer__lifecycle_status="DECEASED"))} == {"V34"}


@pytest.mark.parametrize(
    ("born", "died", "rules"),
    [
        (date(2026, 11, 23), None, {"V13", "V30"}),
        (date(1896, 11, 22), None, {"V13"}),
        (date(1895, 11, 22), None, {"V13", "V30"}),
        (date(1800, 1, 1), date(1890, 1, 1), {"V13"}),
        (date(1900, 1, 1), None, {"V13", "A01.birth"}),
        (date(1990, 3, 7), date(1990, 3, 6), {"V31"}),
        (date(1990, 3, 7), date(2026, 11, 23), {"V31"}),
        (None, None, set()),
    ],
)
def test_birth_and_death(born: date | None, died: date | None, rules: set[str]) -> None:
    bundle = person(
        person_profile__birth_date=born,
        person_profile__deceased_on=died,
        customer__lifecycle_status="DECEASED" if died else "ACTIVE",
    )
    assert {rule for rule, _f, _s in _found(bundle)} == rules


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"established_on": date(2026, 11, 23)}, {"V32"}),
        ({"established_on": TODAY}, set()),
        ({"staff_count": -1}, {"V33"}),
        ({"staff_count": 0}, set()),
        ({"registered_capital": 1}, {"C08"}),
        ({"registered_capital": 1, "capital_currency": "CNY"}, set()),
        ({"registered_name": "测试有限公司"}, {"A02"}),
        ({"registered_name": "未知"}, {"A01.organisation"}),
    ],
)
def test_organisations(changes: dict[str, Any], rules: set[str]) -> None:
    bundle = organisation(**{f"organisation_profile__{field}": value for field, value in changes.items()})
    assert {rule for rule, _f, _s in _found(bundle)} == rules


def test_the_legal_name_becomes_the_registered_name() -> None:
    bundle = organisation(organisation_profile__registered_name=None)
    bundle.facets["customer_name"] = [
        {"kind": "SHORT", "full_name": "远景"},
        {"kind": "LEGAL", "full_name": "远景公司"},
    ]
    changes = cleanse(bundle)
    assert bundle.first("organisation_profile")["registered_name"] == "远景公司"
    assert [change.rule for change in changes] == ["F09"]
