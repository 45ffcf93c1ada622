"""Cleansing twice is cleansing once, and screening takes whatever comes, on bundles of any content."""

from copy import deepcopy
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mdm import codes
from mdm.quality.engine import cleanse, screen
from mdm.quality.rules import Finding
from mdm.subjects import Bundle
from tests.mdm.quality.bundles import TODAY

_FIELDS: dict[str, list[str]] = {
    "customer": ["party_type", "lifecycle_status", "segment"],
    "customer_name": ["kind", "full_name", "surname", "given_name"],
    "person_profile": ["sex", "nationality", "ethnicity", "employer"],
    "organisation_profile": ["registered_name", "industry", "capital_currency"],
    "credential": ["type", "number", "issuing_country", "lifecycle_state"],
    "phone": ["kind", "number", "extension_no"],
    "email": ["kind", "address"],
    "address": ["kind", "country", "region_code", "province", "detail", "postcode"],
}
_DATES: dict[str, list[str]] = {
    "customer": ["opened_on"],
    "person_profile": ["birth_date", "deceased_on"],
    "credential": ["issue_date", "expiry_date"],
}
_KNOWN = st.sampled_from(
    [
        *codes.get("credential_type"),
        *list(codes.get("country"))[:20],
        *("010-62345678转8001", "138 0013 8000", "＋86 13912340001", "0044 20 7946 0958", "110108", "210103"),
        *(
            "Ａ123456（３）",
            " h12345678 01",
            "a@B.Cn",
            "zhao ＠ example.cn",
            "男",
            "1",
            "10",
            "156",
            "测试",
            "北京",
        ),
        *("赵 明远", "John  Smith", "阿不都・热合曼", "=1+1", "\x00", "\ue000", ""),
    ]
)
_TEXTS = st.one_of(st.none(), _KNOWN, st.text(max_size=25))


@st.composite
def _rows(draw: st.DrawFn, facet: str) -> dict[str, Any]:
    row: dict[str, Any] = {field: draw(_TEXTS) for field in _FIELDS[facet]}
    row |= {field: draw(st.none() | st.dates(date(1800, 1, 1))) for field in _DATES.get(facet, [])}
    return row


@st.composite
def _bundles(draw: st.DrawFn) -> Bundle:
    facets = {facet: draw(st.lists(_rows(facet), max_size=2)) for facet in _FIELDS}
    party_type = draw(st.sampled_from(["PERSON", "CORPORATE", "个人", "SOLE_TRADER", "?"]))
    return Bundle("core_customer", draw(st.text(max_size=5)), party_type, facets)


@settings(max_examples=150)
@given(_bundles())
def test_cleansing_twice_is_cleansing_once(bundle: Bundle) -> None:
    cleanse(bundle)
    once = deepcopy(bundle)
    assert cleanse(bundle) == []
    assert bundle == once


@settings(max_examples=150)
@given(_bundles())
def test_no_finding_tells_a_value(bundle: Bundle) -> None:
    for cleansed in (False, True):
        if cleansed:
            cleanse(bundle)
        for found in screen(bundle, TODAY):
            assert isinstance(found, Finding)
            assert set(found.params) <= {"limit"}
            assert found.text


@settings(max_examples=150)
@given(_bundles())
def test_screening_changes_nothing_and_says_the_same_again(bundle: Bundle) -> None:
    before = deepcopy(bundle)
    assert screen(bundle, TODAY) == screen(bundle, TODAY)
    assert bundle == before
