"""Regions of GB/T 2260: names, years, levels."""

from datetime import date

import pytest

from mdm import codes
from mdm.codes.tables.region import Place, place, romanised, same_place


def test_there_are_thirty_four_provinces() -> None:
    regions = codes.get("region")
    provinces = {code for code in regions if code.endswith("0000")}
    assert len(provinces) == 34
    assert regions.label("110000", "zh") == "北京市"
    assert regions.label("810000", "zh") == "香港特别行政区"


def test_years_of_validity() -> None:
    regions = codes.get("region")
    assert regions.valid("110103")
    assert regions.valid("110103", date(2010, 12, 31))
    assert not regions.valid("110103", date(2011, 1, 1))
    assert not regions.valid("110118", date(2014, 6, 1))
    assert regions.valid("110118", date(2015, 6, 1))
    assert not regions.valid("999999")


def test_a_renamed_region_is_called_as_it_was_called_then() -> None:
    regions = codes.get("region")
    assert regions.label("120110", "zh", date(1990, 1, 1)) == "东郊区"
    assert regions.label("120110", "zh") == "东丽区"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("110108", Place("北京市", "", "海淀区")),
        ("330108", Place("浙江省", "杭州市", "滨江区")),
        ("440100", Place("广东省", "广州市", "")),
        ("650000", Place("新疆维吾尔自治区", "", "")),
        ("429004", Place("湖北省", "", "仙桃市")),
        ("990000", Place("", "", "")),
    ],
)
def test_levels(code: str, expected: Place) -> None:
    assert place(code) == expected


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("海淀区", "Haidian District"),
        ("陕西省", "Shaanxi Province"),
        ("内蒙古自治区", "Inner Mongolia Autonomous Region"),
        ("广西壮族自治区", "Guangxi Autonomous Region"),
        ("杭州市", "Hangzhou City"),
    ],
)
def test_romanised(name: str, latin: str) -> None:
    assert romanised(name) == latin


def test_a_place_may_be_written_without_its_kind() -> None:
    assert same_place("北京", "北京市")
    assert same_place("新疆", "新疆维吾尔自治区")
    assert same_place("广西壮族自治区", "广西壮族自治区")
    assert not same_place("河北省", "河南省")
    assert not same_place("北", "北京市")
