"""Rules and the fix of addresses."""

from datetime import date

import pytest

from mdm.quality.engine import cleanse, screen
from mdm.quality.rules import Severity
from tests.mdm.quality.bundles import TODAY, person


def _found(today: date = TODAY, **fields: str | None) -> set[tuple[str, str, str]]:
    bundle = person(**{f"address__{field}": value for field, value in fields.items()})
    return {(f.rule, f.field, f.severity) for f in screen(bundle, today)}


@pytest.mark.parametrize(
    ("code", "today", "found"),
    [
        ("110108", TODAY, set()),
        ("110103", date(2009, 1, 1), set()),
        ("110103", TODAY, {("V15", "region_code", Severity.INFO)}),
        ("119999", TODAY, {("V15", "region_code", Severity.WARN)}),
    ],
)
def test_region_codes_by_day(code: str, today: date, found: set[tuple[str, str, str]]) -> None:
    assert {f for f in _found(today, region_code=code) if f[1] == "region_code"} == found


def test_the_province_must_be_that_of_the_code() -> None:
    assert ("V15.province", "province", Severity.WARN) in _found(province="河北省")
    assert _found(province="北京") == set()
    assert _found(province="河北省", region_code=None, postcode="050000") == set()
    assert "V15.province" not in {f[0] for f in _found(province="河北省", region_code="999999")}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"postcode": "100083"}, set()),
        ({"postcode": "10008"}, {("V18", "postcode", Severity.WARN)}),
        ({"postcode": "1000830"}, {("V18", "postcode", Severity.WARN)}),
        ({"postcode": "10008²"}, {("V18", "postcode", Severity.WARN)}),
        ({"postcode": "200000"}, {("V18", "postcode", Severity.INFO)}),
        ({"postcode": "999999"}, set()),
        ({"postcode": "2119", "country": "AUS", "region_code": None, "province": "NSW"}, set()),
        ({"postcode": "2119", "country": None}, {("V18", "postcode", Severity.WARN)}),
    ],
)
def test_postcodes(fields: dict[str, str | None], found: set[tuple[str, str, str]]) -> None:
    assert _found(TODAY, **fields) == found


@pytest.mark.parametrize(
    ("detail", "rules"),
    [
        ("学院路37号学院路37号", {"A03"}),
        ("三元三元", set()),
        ("测试路1号", {"A02"}),
        ("1 Test Street", {"A02"}),
        ("1 Attest Street", set()),
        (None, set()),
    ],
)
def test_repeated_and_test_text(detail: str | None, rules: set[str]) -> None:
    assert {rule for rule, _field, _severity in _found(detail=detail)} == rules


def test_the_code_fills_the_names() -> None:
    bundle = person(
        address__province=None, address__city=None, address__district=None, address__region_code="330108"
    )
    changes = cleanse(bundle)
    row = bundle.first("address")
    assert (row["province"], row["city"], row["district"]) == ("浙江省", "杭州市", "滨江区")
    assert {change.rule for change in changes} == {"F06"}


@pytest.mark.parametrize("fields", [{"city": "somewhere"}, {"country": "AUS"}, {"region_code": "999999"}])
def test_the_code_fills_nothing_else(fields: dict[str, str]) -> None:
    empty = {"province": None, "city": None, "district": None, **fields}
    bundle = person(**{f"address__{field}": value for field, value in empty.items()})
    assert cleanse(bundle) == []
