"""Code lists: complete, bilingual, usable as choices, mapped from other codes."""

import os
import subprocess
import sys
from datetime import date

import pytest
from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import override

from mdm import codes
from mdm.codes import Code, CodeList
from mdm.history.models import SubjectModel


@pytest.mark.parametrize("name", codes.names())
def test_every_code_has_a_label_in_both_languages(name: str) -> None:
    entries = codes.get(name)
    assert len(entries) > 1
    for code in entries:
        assert entries.label(code, "zh").strip()
        assert entries.label(code, "en").strip()
    assert isinstance(entries.title, Promise)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("country", 249),
        ("ethnicity", 58),
        ("industry", 20),
        ("occupation", 8),
        ("party_type", 12),
        ("sex", 3),
    ],
)
def test_counts(name: str, count: int) -> None:
    assert len(codes.get(name)) == count


def test_codes_are_in_force_from_a_day_until_another() -> None:
    table = "A|甲|First\nB|乙|Second||2020-01-01|2026-01-01\nC|丙|Third|c1,c2|2026-01-01\nB|乙二|Second again||2027-01-01"
    told = codes.define("a_test.of_dates", "试", "Trial", table)
    assert told.dated
    assert [code for code, _label in told.choices(date(2025, 12, 31))] == ["A", "B"]
    assert [code for code, _label in told.choices(date(2026, 1, 1))] == ["A", "C"]
    with override("en"):
        named = [(code, str(text)) for code, text in told.choices(date(2027, 1, 1))]
    assert named == [("A", "First"), ("B", "Second again"), ("C", "Third")]
    assert [code for code, _label in told.choices()] == ["A", "B", "C"]
    assert told.resolve("c2") == "C"
    assert not codes.get("sex").dated


def test_what_is_not_reported_any_more_is_not_in_force() -> None:
    for name, code in (
        ("crs_self_cert", "CRS900"),
        ("crs_procedure", "CRS1200"),
        ("crs_account_type", "CRS1100"),
    ):
        assert [codes.get(name).valid(code, date(year, 12, 31)) for year in (2025, 2026)] == [True, False]


def test_labels_follow_the_reader() -> None:
    label = dict(codes.choices("sex"))["F"]
    with override("zh-hans"):
        assert (str(label), codes.get("country").label("CHN")) == ("女", "中国")
    with override("en"):
        assert (str(label), codes.get("country").label("CHN")) == ("Female", "China")
    with override(None):
        assert str(label) == "Female"
    assert codes.get("country").label("???") == "???"


def test_labels_need_no_settings() -> None:
    script = "from mdm.codes import choices; print(str(choices('sex')[0][1]))"
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=True
    )
    assert done.stdout == "Male\n"


def test_every_country_has_both_other_codes() -> None:
    aliases = codes.get("country").aliases
    assert sum(alias.isdigit() and len(alias) == 3 for alias in aliases) == 249
    assert sum(alias.isalpha() and len(alias) == 2 for alias in aliases) == 249
    assert {code for code in codes.get("nationality") if code not in codes.get("country")} == {
        "XXA",
        "XXB",
        "XXC",
        "XXX",
    }


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("country", "156", "CHN"),
        ("country", "cn", "CHN"),
        ("country", "中国", "CHN"),
        ("country", "china", "CHN"),
        ("country", " CHN ", "CHN"),
        ("sex", "1", "M"),
        ("sex", "2", "F"),
        ("sex", "女", "F"),
        ("ethnicity", "汉", "01"),
        ("ethnicity", "汉族", "01"),
        ("ethnicity", "1", "01"),
        ("ethnicity", "基诺族", "56"),
        ("credential_type", "居民身份证", "P01"),
        ("currency", "人民币", "CNY"),
        ("marital_status", "1", "10"),
        ("country", "Atlantis", None),
        ("sex", "", None),
    ],
)
def test_resolving(name: str, text: str, code: str | None) -> None:
    assert codes.get(name).resolve(text) == code


def test_a_source_with_codes_of_its_own() -> None:
    codes.register_mapping("a_test_source", "sex", {"K": "F", "M": "M"})
    assert codes.mapping("a_test_source", "sex") == {"K": "F", "M": "M"}
    assert codes.get("sex").resolve("K", "a_test_source") == "F"
    assert codes.get("sex").resolve("K") is None
    assert codes.mapping("another_source", "sex") == {}


def test_a_mapping_to_an_unknown_code_is_refused() -> None:
    with pytest.raises(ValueError, match="sex has no code Q"):
        codes.register_mapping("a_test_source", "sex", {"x": "Q"})


def test_a_mapping_that_would_translate_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="another meaning"):
        codes.register_mapping("a_swapping_source", "occupation", {"1": "2", "2": "3"})


def test_a_renamed_code_keeps_its_versions() -> None:
    old = Code("1", "旧", "old", valid_to=date(2000, 1, 1))
    new = Code("1", "新", "new", valid_from=date(2000, 1, 1))
    entries = CodeList("made_up", "made up", [old, new], {})
    assert entries.label("1", "en", date(1999, 12, 31)) == "old"
    assert entries.label("1", "en", date(2000, 1, 1)) == "new"
    assert entries.label("1", "en") == "new"
    assert entries.valid("1", date(1990, 1, 1))
    assert not entries.valid("2")


def _models() -> list[type[SubjectModel]]:
    return [model for model in apps.get_models() if issubclass(model, SubjectModel)]


def test_every_code_fits_the_columns_that_hold_it() -> None:
    checked = 0
    for model in _models():
        for field, name in model.CODES.items():
            limit = getattr(model._meta.get_field(field), "max_length", None)
            assert limit is None or max(map(len, codes.get(name))) <= limit, (model, field)
            checked += 1
    assert checked > 10
