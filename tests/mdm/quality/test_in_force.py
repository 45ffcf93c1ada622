"""Codes out of force, without a database: said of what is told on that day, and of nothing else."""

from collections.abc import Iterator
from datetime import date

import pytest

from mdm.extension import attributes
from mdm.extension.attributes import Attribute, Dictionary
from mdm.extension.models import AttributeDefinition
from mdm.quality.rules import Severity
from mdm.quality.screening import screened
from mdm.subjects import Bundle

DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    attributes.forget()


def found(facet: str, day: date, **row: object) -> list[tuple[str, str]]:
    """Place and severity of the codes that are out of force."""
    bundle = Bundle("online", "K", "PERSON", {facet: [{"slot": "1", **row}]})
    return [(one.pointer, one.severity) for one in screened(bundle, day) if one.rule == "V47"]


@pytest.mark.parametrize(
    ("day", "code", "wrong"),
    [
        (date(2025, 12, 31), "CRS900", False),
        (date(2026, 1, 1), "CRS900", True),
        (date(2026, 1, 1), "CRS901", False),
        (date(2026, 1, 1), "", False),
    ],
)
def test_a_code_of_the_product_is_judged_on_the_day(day: date, code: str, wrong: bool) -> None:
    told = {"certification_no": "T-1", "residency_status": "CHINESE", "self_cert": code}
    places = [("/tax_certification/0/self_cert", Severity.WARN)]
    assert found("tax_certification", day, **told) == (places if wrong else [])


def test_a_region_has_a_rule_of_its_own() -> None:
    """110103 (Chongwen) is no more since 2010: V15 judges regions."""
    assert found("address", DAY, kind="RESIDENCE", country="CHN", region_code="110103", detail="x") == []


@pytest.mark.parametrize(("code", "wrong"), [("GOLD", False), ("BLUE", True), ("GREY", True), ("RED", False)])
def test_a_code_of_an_attribute_is_judged_on_the_day(code: str, wrong: bool) -> None:
    lines = "GOLD|金卡|Gold\nBLUE|蓝卡|Blue|2020-01-01|2026-03-02\nGREY|灰卡|Grey|2026-03-03|\nRED|红卡|Red|2026-03-02"
    told = {"facet": "phone", "name": "tier", "label_zh": "等级", "label_en": "Tier", "kind": "code"}
    made = Attribute(AttributeDefinition(valid_from=date(2020, 1, 1), codes=lines, **told))
    attributes.adopt(Dictionary((1, repr(lines), DAY), (made,)))
    phone = {"kind": "MOBILE", "number": "+8613912345670", "x_tier": code}
    assert found("phone", DAY, **phone) == ([("/phone/0/x_tier", Severity.WARN)] if wrong else [])
