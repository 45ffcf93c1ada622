"""The rules of domain 2.4, one by one, and the vetoes: pairs that they decide and pairs that they do not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from consolidation.matching.engine import Match, match_one
from consolidation.matching.policy import Policy
from consolidation.matching.records import MatchRecord, RecordCredential, RecordName
from tests.consolidation.matching.building import (
    AWAY,
    CITIZEN,
    HOME,
    LONG_CITIZEN,
    OTHER_CITIZEN,
    OTHER_USCC,
    SHORT_CITIZEN,
    USCC,
    bare,
    company,
    number,
    person,
    signed,
)


def found(left: MatchRecord, right: MatchRecord, policy: Policy | None = None) -> Match | None:
    """What the second record means to the first, and the same seen from the other side."""
    policy, rows = policy or Policy(), signed(left, right)
    there, back = match_one(rows[:1], rows[1:], policy), match_one(rows[1:], rows[:1], policy)
    assert there == back
    return there[0] if there else None


def ruled(left: MatchRecord, right: MatchRecord) -> tuple[str, str, str]:
    """Rule, class and veto."""
    match = found(left, right)
    return (match.rule, match.class_, match.veto) if match else ("", "C", "")


def named(record_id: int, *credentials: RecordCredential, name: str = "王小明", **more: Any) -> MatchRecord:
    """Only a name and documents."""
    return bare(record_id, names=[RecordName("LEGAL", name)], credentials=list(credentials), **more)


def test_m01_same_number_and_name() -> None:
    assert ruled(named(1, number(CITIZEN)), named(2, number(CITIZEN))) == ("M01", "A1", "")


def test_m01_is_a_review_when_the_birth_dates_contradict() -> None:
    left = named(1, number("E12345678", "P11", valid=False), birth_date=date(1990, 3, 7))
    right = named(2, number("E12345678", "P11", valid=False), birth_date=date(1971, 12, 25))
    assert ruled(left, right) == ("M01", "A2", "")


def test_m01_needs_the_same_country() -> None:
    ours = RecordCredential("P12", "C01X00T47", "DEU")
    assert ruled(named(1, ours), named(2, ours))[0] == "M01"
    assert ruled(named(1, ours), named(2, ours._replace(country="FRA"))) == ("", "C", "")


@pytest.mark.parametrize("other", ["李建国", "王建国", "李小明", "WANG LIJUN"])
def test_m02_same_number_and_another_name_is_never_automatic(other: str) -> None:
    everything_else: dict[str, Any] = {
        "birth_date": date(1990, 3, 7),
        "sex": "M",
        "phones": ["+8613812345670"],
    }
    left = named(1, number(CITIZEN), addresses=[HOME], **everything_else)
    right = named(2, number(CITIZEN), name=other, addresses=[HOME], **everything_else)
    assert ruled(left, right) == ("M02", "A2", "NAMES")


def test_m03_fifteen_and_eighteen_digits() -> None:
    old, new = named(1, number(SHORT_CITIZEN)), named(2, number(LONG_CITIZEN))
    assert ruled(old, new) == ("M03", "A1", "")
    assert ruled(old, replace(new, closed=True)) == ("M03", "A2", "CLOSED")


def test_m04_old_and_new_permanent_residence() -> None:
    born: dict[str, Any] = {"birth_date": date(1985, 6, 1), "nationality": "KAZ"}
    old = named(1, number("KAZ110085060105", "P09"), name="ALIYEV TIMUR", **born)
    new = named(2, number("911398198506010021", "P10", valid=False), name="ALIYEV TIMUR", **born)
    assert ruled(old, new)[:2] == ("M04", "A2")
    assert ruled(old, replace(new, nationality="USA"))[0] != "M04"


def test_m05_a_renewed_permit() -> None:
    old, new = (number(text, "P06", valid=False, verified=True) for text in ("H1234567800", "H1234567801"))
    assert ruled(named(1, old), named(2, new)) == ("M05", "A1", "")
    other = number("H7654321000", "P06", valid=False, verified=True)
    assert ruled(named(1, old), named(2, other, birth_date=date(1990, 3, 7)))[1] == "C"


def test_m06_same_credit_code() -> None:
    assert ruled(company(1), company(2, "杭州市明德科技有限责任公司")) == ("M06", "A1", "")
    assert ruled(company(1), company(2, "成都恒远贸易有限公司")) == ("M06", "A2", "")


def test_m07_the_organisation_code_in_the_credit_code() -> None:
    old = number(USCC[8:17], "O02")
    assert ruled(company(1), company(2, credentials=[old])) == ("M07", "A1", "")
    assert ruled(company(1), company(2, "成都恒远贸易有限公司", credentials=[old])) == ("M07", "A2", "")


def test_m08_same_business_licence() -> None:
    licence = number("330100400013364", "O03")
    pair = company(1, credentials=[licence]), company(2, credentials=[licence])
    assert ruled(*pair) == ("M08", "A2", "")


def test_m09_name_birth_sex_mobile() -> None:
    left, right = person(1, addresses=[]), person(2, addresses=[])
    assert ruled(left, right) == ("M09", "A2", "")
    assert ruled(left, replace(right, sex="")) == ("M11", "B", "")


def test_m10_name_birth_address() -> None:
    assert ruled(person(1, phones=[]), person(2, phones=[])) == ("M10", "B", "")


def test_m11_mobile_and_similar_name() -> None:
    reached: dict[str, Any] = {"phones": ["+8613812345670"]}
    assert ruled(named(1, **reached), named(2, name="王晓明", **reached)) == ("M11", "B", "")
    assert ruled(named(1, **reached), named(2, name="李建国", **reached)) == ("", "C", "")


def test_m12_a_new_passport() -> None:
    old, new = number("E12345678", "P11", valid=False), number("EA1928374", "P11", valid=False)
    born: dict[str, Any] = {"birth_date": date(1990, 3, 7)}
    assert ruled(named(1, old, **born), named(2, new, **born)) == ("M12", "B", "")


def test_m13_an_old_passport_beside_the_new_one_is_an_equal_number() -> None:
    old, new = number("E12345678", "P11", valid=False), number("EA1928374", "P11", valid=False)
    assert ruled(named(1, old), named(2, new, old)) == ("M01", "A1", "")


def test_m14_many_agreements_without_an_identifying_number() -> None:
    more: dict[str, Any] = {
        "emails": ["wang.xm@example.cn"],
        "credentials": [number("SV-4471-20", "P16", valid=False)],
    }
    assert ruled(person(1, **more), person(2, **more)) == ("M14", "A1", "")
    reviewed = found(person(1, **more), person(2, **more), Policy(auto_persons=False))
    assert reviewed is not None
    assert reviewed.class_ != "A1"


def test_m14_does_not_merge_relatives() -> None:
    """Twins at one address with one telephone; the given name is all that tells them apart."""
    assert ruled(person(1), person(2, "王建国"))[1] != "A1"
    assert ruled(person(1, "王建明"), person(2, "王建国", phones=[]))[1] != "A1"


def test_m14_never_merges_organisations() -> None:
    more: dict[str, Any] = {"credentials": [], "emails": ["info@mingde.cn"]}
    assert ruled(company(1, **more), company(2, **more))[1] in ("B", "A2")


def test_namesakes_in_two_cities_are_no_match() -> None:
    other = person(2, phones=["+8613911112222"], addresses=[AWAY], birth_date=date(1990, 11, 20))
    assert ruled(person(1), other) == ("", "C", "")


def test_two_different_valid_numbers_are_a_veto() -> None:
    more: dict[str, Any] = {"emails": ["wang.xm@example.cn"]}
    left, right = (
        person(at, credentials=[number(text)], **more) for at, text in enumerate((CITIZEN, OTHER_CITIZEN))
    )
    match = found(left, right)
    assert match is None or match.veto == "NUMBERS"
    passports = [number("E12345678", "P11", valid=False)]
    same_passport = found(
        replace(left, credentials=[*left.credentials, *passports]),
        replace(right, credentials=[*right.credentials, *passports]),
    )
    assert same_passport is not None
    assert (same_passport.rule, same_passport.veto) == ("M01", "NUMBERS")


def test_a_mistyped_number_is_no_veto() -> None:
    wrong = number(CITIZEN[:-2] + "00", valid=False)
    match = found(person(1, credentials=[number(CITIZEN)]), person(2, credentials=[wrong]))
    assert match is not None
    assert match.veto == ""


def test_two_credit_codes_are_a_veto() -> None:
    match = found(company(1), company(2, credentials=[number(OTHER_USCC, "O01")]))
    assert match is not None
    assert match.veto == "NUMBERS"


@pytest.mark.parametrize(
    ("changes", "veto"),
    [
        ({"sex": "F", "sex_verified": True}, "SEX"),
        ({"closed": True}, "CLOSED"),
        ({"deceased": True}, "DECEASED"),
        ({"protected": True}, "PROTECTED"),
        ({}, ""),
    ],
)
def test_vetoes_of_flags(changes: dict[str, Any], veto: str) -> None:
    left = person(1, credentials=[number("E12345678", "P11", valid=False)], sex_verified=True)
    right = replace(left, id=2, **changes)
    assert ruled(left, right) == ("M01", "A2" if veto else "A1", veto)


def test_an_unverified_sex_is_no_veto() -> None:
    passport = [number("E12345678", "P11", valid=False)]
    left = person(1, credentials=passport, sex="F", sex_verified=True)
    assert ruled(left, person(2, credentials=passport))[2] == ""


def test_birth_dates_far_apart() -> None:
    """Proven dates veto always; under the strict policy all dates do."""
    more: dict[str, Any] = {
        "credentials": [number("SV-4471-20", "P16", valid=False)],
        "emails": ["wang.xm@example.cn"],
    }
    left, right = person(1, **more), person(2, **more | {"birth_date": date(1971, 12, 25)})
    lenient, strict = found(left, right), found(left, right, Policy(birth_veto="any"))
    assert lenient is not None
    assert strict is not None
    assert (lenient.veto, strict.veto) == ("", "BIRTH")
    one_edit = found(left, person(2, **more | {"birth_date": date(1990, 7, 3)}), Policy(birth_veto="any"))
    assert one_edit is not None
    assert one_edit.veto == ""


def test_name_and_birth_date_that_both_differ_are_a_veto() -> None:
    match = found(person(1), person(2, "王建国", birth_date=date(1971, 12, 25)))
    assert match is None or match.veto == "PROFILE"


def test_persons_and_organisations_never_match() -> None:
    reached: dict[str, Any] = {
        "phones": ["+8613812345670"],
        "credentials": [number("X7788990", "P16", valid=False)],
    }
    firm = company(2, "王小明", **reached)
    assert found(person(1, **reached), firm) is None


@pytest.mark.parametrize("other", [person(2), company(2), bare(2)])
def test_a_record_of_placeholders_matches_nothing(other: MatchRecord) -> None:
    """Domain 2.9 step 6: blank number, placeholder mobile, name 测试."""
    nobody = bare(
        1,
        names=[RecordName("LEGAL", "测试")],
        phones=["+8613800138000"],
        credentials=[number("", valid=False)],
    )
    assert found(nobody, other) is None
    assert found(nobody, replace(nobody, id=3)) is None
