"""Levels of agreement: each level by example, symmetry by property."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.matching import facts
from consolidation.matching.comparison import FIELDS, LEVELS, compare
from consolidation.matching.records import MatchRecord, RecordAddress, RecordName
from tests.consolidation.matching.building import (
    AWAY,
    CITIZEN,
    HOME,
    LONG_CITIZEN,
    OTHER_CITIZEN,
    SHORT_CITIZEN,
    USCC,
    bare,
    citizen,
    company,
    compared,
    number,
    person,
    signed,
)


def level(field: str, left: MatchRecord, right: MatchRecord) -> str:
    """The name of the level of one field."""
    return LEVELS[field][int(compared(left, right).levels[0, FIELDS.index(field)])]


def names(left: str, right: str) -> tuple[str, str]:
    pair = person(1, left), person(2, right)
    return level("surname", *pair), level("given", *pair)


@pytest.mark.parametrize(
    ("left", "right", "surname", "given_name"),
    [
        ("王小明", "王小明", "same", "same"),
        ("王小明", "王晓明", "same", "sounds alike"),
        ("王小明", "王建明", "same", "partly"),
        ("王小明", "王建国", "same", "differs"),
        ("王小明", "李建国", "differs", "differs"),
        ("王小明", "WANG XIAOMING", "swapped or alias", "swapped or alias"),
        ("Mitchell Green", "Green Mitchell", "same", "same"),
        ("Mitchell Green", "Michell Green", "same", "partly"),
        ("Nicolas Fogg", "Nicilas Fogg", "same", "sounds alike"),
        ("Isabele Kaminskas", "Kaminskas Isabelle", "swapped or alias", "sounds alike"),
        ("Thomas Finlay", "Thomas Harper", "differs", "same"),
        ("Thomas Finlay", "Finlay Robert", "swapped or alias", "differs"),
    ],
)
def test_names(left: str, right: str, surname: str, given_name: str) -> None:
    assert names(left, right) == (surname, given_name)
    assert names(right, left) == (surname, given_name)


def test_a_former_name_is_an_alias() -> None:
    renamed = person(1, names=[RecordName("LEGAL", "王丽"), RecordName("FORMER", "王小明")])
    assert level("given", renamed, person(2)) == "swapped or alias"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("杭州明德科技有限公司", "杭州明德科技有限公司", "same"),
        ("杭州明德科技有限公司", "杭州市明德科技有限责任公司", "swapped or alias"),
        ("杭州明德科技有限公司", "明德（杭州）科技有限公司", "swapped or alias"),
        ("杭州明德科技有限公司", "杭州明德贸易有限公司", "differs"),
        ("杭州明德科技有限公司", "成都恒远贸易有限公司", "differs"),
    ],
)
def test_names_of_organisations(left: str, right: str, expected: str) -> None:
    assert level("surname", company(1, left), company(2, right)) == expected
    assert level("given", company(1, left), company(2, right)) == "missing"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (date(1990, 3, 7), date(1990, 3, 7), "same"),
        (date(1990, 3, 7), date(1990, 7, 3), "one edit"),
        (date(1990, 3, 7), date(1990, 3, 9), "one edit"),
        (date(1990, 3, 17), date(1990, 3, 16), "one edit"),
        (date(1990, 3, 12), date(1990, 3, 21), "one edit"),
        (date(1959, 3, 7), date(1995, 3, 7), "one edit"),
        (date(1990, 3, 7), date(1990, 3, 28), "two parts"),
        (date(1990, 3, 7), date(1985, 11, 20), "differs"),
        (None, date(1990, 3, 7), "missing"),
        (None, None, "missing"),
    ],
)
def test_births(left: date | None, right: date | None, expected: str) -> None:
    assert level("birth", person(1, birth_date=left), person(2, birth_date=right)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (CITIZEN, CITIZEN, "same"),
        (SHORT_CITIZEN, LONG_CITIZEN, "same"),
        (citizen("123"), citizen("987"), "same place and birth"),
        (citizen("123"), citizen("123", born="19910307"), "one edit"),
        (citizen("123"), citizen("456", born="19500101", region="510104"), "differs"),
    ],
)
def test_citizen_numbers(left: str, right: str, expected: str) -> None:
    pair = bare(1, credentials=[number(left)]), bare(2, credentials=[number(right)])
    assert level("number", *pair) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("4892613", "4892623", "one edit"),
        ("4892613", "4992613", "one edit"),
        ("4892613", "7130558", "differs"),
    ],
)
def test_numbers_of_free_format(left: str, right: str, expected: str) -> None:
    pair = [bare(at, credentials=[number(text, "P16", valid=False)]) for at, text in enumerate((left, right))]
    assert level("number", *pair) == expected


def test_numbers_of_different_kinds_say_nothing() -> None:
    passport = bare(1, credentials=[number("E12345678", "P11", valid=False)])
    assert level("number", passport, bare(2, credentials=[number(CITIZEN)])) == "missing"


def test_any_number_in_common_counts() -> None:
    old, new = number("E87654321", "P11", valid=False), number("EA1928374", "P11", valid=False)
    assert level("number", bare(1, credentials=[old]), bare(2, credentials=[new, old])) == "same"


def test_the_organisation_code_is_found_inside_the_credit_code() -> None:
    holder = company(1, credentials=[number(USCC[8:17], "O02")])
    assert compared(company(2), holder).facts[0] & facts.SAME_ORG_CODE
    assert compared(company(2), company(3, credentials=[number(USCC[2:17], "O04")])).facts[0] & (
        facts.SAME_ORG_CODE
    )


def test_any_of_two_phones_counts() -> None:
    both = person(1, phones=["+8613911112222", "+8613812345670"])
    assert level("phone", both, person(2)) == "same"
    assert level("phone", both, person(2, phones=["+8613700001111"])) == "differs"
    assert level("phone", both, person(2, phones=["+8657112345670"])) == "last eight"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (HOME.detail, "same"),
        ("文三路 478 号华星时代广场1201室", "same"),
        ("文三路478号", "same house"),
        ("文三路99号金都新城", "close"),
        ("春熙路88号2单元301", "differs"),
        ("", "missing"),
    ],
)
def test_addresses(detail: str, expected: str) -> None:
    other = person(2, addresses=[HOME._replace(detail=detail)])
    assert level("address", person(1), other) == expected


def test_addresses_in_latin_letters() -> None:
    def at(detail: str) -> MatchRecord:
        return person(1, addresses=[RecordAddress(detail=detail)])

    assert level("address", at("34 Burnie Street Gordale"), at("34 burnie st reet gordale")) == "same"
    assert level("address", at("5 burnie street gordale"), at("5 gordale burnie street")) == "same house"
    assert level("address", at("5 burnie street gordale"), at("61 belfield crescent rowethorpe")) == "differs"


def test_places() -> None:
    assert level("place", person(1), person(2)) == "same"
    assert level("place", person(1), person(2, addresses=[AWAY])) == "differs"
    near = HOME._replace(region_code="330108", district="滨江区", postcode="310051")
    assert level("place", person(1), person(2, addresses=[near])) == "same area"


def test_blank_matches_nothing() -> None:
    assert not compared(bare(1), bare(2)).levels.any()
    assert not compared(bare(1), bare(2)).facts.any()
    assert not compared(bare(1), person(2, credentials=[number(CITIZEN)])).levels.any()


_NAMES = ("王小明", "王晓明", "王建国", "明小王", "Wang Xiaoming", "John Smith", "Smith", "")
_NUMBERS = (
    *(number(text) for text in (CITIZEN, OTHER_CITIZEN, SHORT_CITIZEN)),
    *(number(text, "P06", valid=False, verified=True) for text in ("H1234567800", "H1234567801")),
    number("E12345678", "P11", valid=False),
)
_CHOICES: dict[str, Any] = {
    "names": st.sampled_from(_NAMES).map(lambda name: [RecordName("LEGAL", name)]),
    "birth_date": st.sampled_from([None, date(1990, 3, 7), date(1990, 7, 3), date(1978, 10, 27)]),
    "sex": st.sampled_from(["", "M", "F"]),
    "credentials": st.lists(st.sampled_from(_NUMBERS), max_size=3),
    "phones": st.lists(st.sampled_from(["+8613812345670", "+8613911112222", "+8613800138000"]), max_size=2),
    "emails": st.lists(st.sampled_from(["a1@x.cn", "a1@y.cn", "b2@x.cn"]), max_size=1),
    "addresses": st.lists(st.sampled_from([HOME, AWAY, HOME._replace(detail="文三路99号")]), max_size=1),
    "closed": st.booleans(),
    "deceased": st.booleans(),
}
records = st.builds(person, st.just(1), **_CHOICES) | st.builds(company, st.just(1))


@settings(max_examples=300, deadline=None)
@given(left=records, right=records)
def test_comparing_is_symmetric(left: MatchRecord, right: MatchRecord) -> None:
    rows = signed(left, right)
    there, back = compare(rows[:1], rows[1:]), compare(rows[1:], rows[:1])
    assert np.array_equal(there.levels, back.levels)
    assert np.array_equal(there.facts, back.facts)


@settings(max_examples=100, deadline=None)
@given(record=records)
def test_a_record_never_differs_from_itself(record: MatchRecord) -> None:
    levels = compared(record, record).levels[0]
    top = np.array([len(steps) - 1 for steps in LEVELS.values()])
    assert ((levels == 0) | (levels == top)).all()
