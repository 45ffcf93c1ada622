"""What a declaration must tell: classes of entities, residences, CRS 3.0, the clock (domain 1.8)."""

from datetime import date
from typing import Any

import pytest

from special_info.rules import crs, reasonableness, residence, statement
from special_info.rules.declaration import Declaration, Known

DAY = date(2026, 3, 2)
CRS: dict[str, Any] = {
    "self_cert": "CRS901",
    "due_diligence": "CRS1201",
    "account_type": "CRS1101",
    "joint_holders": 1,
}
FORMAL = {"form_version": "CN-2019", "signed_on": DAY, "signed_as": "SELF", **CRS}
ABROAD: dict[str, Any] = {
    "surname": "LIN",
    "given_name": "ZHIYUAN",
    "birth_date": date(1980, 1, 1),
    "born_in": "CHN",
    "birth_place": "北京",
    "birth_place_english": "Beijing",
    "lives_in": "CHN",
    "address": "北京市朝阳区望京西路9号",
    "address_english": "No. 9 Wangjing West Road, Beijing",
}
US: dict[str, Any] = {"country": "USA", "tin": "536904399"}


def person(status: str = "CHINESE", *residences: dict[str, Any], **head: Any) -> Declaration:
    told = {**FORMAL, **(ABROAD if status != "CHINESE" else {}), "residency_status": status, **head}
    return Declaration(told, residences)


def entity(entity_class: str | None, *persons: dict[str, Any], **head: Any) -> Declaration:
    told = {**FORMAL, "residency_status": "CHINESE", "entity_class": entity_class, **head}
    return Declaration(told, head.pop("residences", ()), persons, person=False)


def controller(number: str = "1", **more: Any) -> dict[str, Any]:
    return {
        "person_no": number,
        "full_name": "王建国",
        "control_type": "CRS801",
        "residency_status": "CHINESE",
        "self_cert": "CRS1001",
        **more,
    }


def codes(told: Declaration, day: date = DAY) -> list[tuple[str, str]]:
    return [(fault.code, fault.field) for fault in statement.faults(told, day)]


# -- the head --------------------------------------------------------------------------------------------


def test_a_whole_declaration_has_no_fault() -> None:
    assert codes(person()) == []
    assert codes(person("BOTH", US)) == []
    assert codes(person("FOREIGN", US)) == []
    assert codes(entity("ACTIVE_NFE")) == []
    assert codes(entity("FINANCIAL")) == []
    assert codes(entity("PASSIVE_NFE", controller("1"), controller("2"))) == []


@pytest.mark.parametrize("name", ["form_version", "residency_status", "signed_on", "signed_as"])
def test_what_everybody_tells(name: str) -> None:
    assert ("statement.needed", name) in codes(person(**{name: None}))


@pytest.mark.parametrize("name", list(ABROAD))
def test_what_a_non_resident_person_tells_besides(name: str) -> None:
    assert codes(person("FOREIGN", US, **{name: None})) == [("statement.needed", name)]
    assert codes(person("BOTH", US, **{name: None})) == [("statement.needed", name)]
    assert codes(person("CHINESE", **{name: None})) == []


def test_an_entity_says_its_class_and_a_person_has_none() -> None:
    assert codes(entity(None)) == [("statement.class", "entity_class")]
    assert codes(person(entity_class="ACTIVE_NFE")) == [("statement.class", "entity_class")]


def test_only_a_passive_entity_has_controlling_persons() -> None:
    assert codes(entity("PASSIVE_NFE")) == [("statement.controllers", "entity_class")]
    assert codes(entity("ACTIVE_NFE", controller())) == [("statement.no_controllers", "person_no")]
    assert codes(entity("FINANCIAL", controller())) == [("statement.no_controllers", "person_no")]


def test_each_controlling_person_makes_a_statement() -> None:
    assert codes(entity("PASSIVE_NFE", controller(residency_status=None))) == [
        ("statement.needed", "residency_status")
    ]
    twice = codes(entity("PASSIVE_NFE", controller("1"), controller("1")))
    assert twice == [("statement.person_twice", "person_no")]
    foreign = controller(residency_status="FOREIGN", **ABROAD)
    found = statement.faults(entity("PASSIVE_NFE", controller("2"), foreign, holder_type="CRS101"), DAY)
    assert [(f.code, f.facet, f.place) for f in found] == [("residence.missing", "controlling_person", 1)]
    whole = entity("PASSIVE_NFE", foreign, holder_type="CRS101", residences=[{**US, "person_no": "1"}])
    assert codes(whole) == []
    stray = entity("PASSIVE_NFE", controller("1"), residences=[{"country": "CHN", "person_no": "7"}])
    assert codes(stray) == [("statement.person_unknown", "person_no")]


def test_signing() -> None:
    assert codes(person(signed_on=date(2026, 3, 3))) == [("statement.signed_ahead", "signed_on")]
    assert codes(person(signed_as="AGENT")) == [("statement.agent", "agent_name")]
    assert codes(person(signed_as="AGENT", agent_name="李文静")) == []


def test_soldiers_are_exempt_and_entities_are_not() -> None:
    soldier = Declaration({"exempt": True, "signed_on": DAY, "signed_as": "SELF"})
    assert codes(soldier) == []
    army = Declaration({"exempt": True, "signed_on": DAY, "signed_as": "SELF"}, person=False)
    assert codes(army) == [("statement.exempt", "exempt")]


# -- residences ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"country": "USA"}, [("residence.neither", "tin")]),
        ({"country": "USA", "tin": "536904399", "no_tin_reason": "A"}, [("residence.both", "no_tin_reason")]),
        ({"country": "USA", "tin": "536904399"}, []),
        ({"country": "CYM", "no_tin_reason": "A"}, []),
        ({"country": "USA", "no_tin_reason": "B"}, [("residence.unexplained", "explanation")]),
        ({"country": "USA", "no_tin_reason": "B1"}, [("residence.unexplained", "explanation")]),
        ({"country": "USA", "no_tin_reason": "B", "explanation": "申请中"}, []),
        ({"country": "USA", "no_tin_reason": "C"}, []),
        ({"country": "USA", "tin": "12345"}, [("residence.tin", "tin")]),
        ({"country": "USA", "tin": "999999999"}, [("residence.placeholder", "tin")]),
        ({"country": "CHN"}, []),
        ({"country": "CHN", "tin": "340524198001010013"}, [("residence.tin", "tin")]),
        ({"tin": "536904399"}, [("residence.country", "country")]),
    ],
)
def test_exactly_one_of_number_and_reason(row: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert list(residence.row_faults(row, person=True)) == expected


def test_status_and_jurisdictions_agree() -> None:
    assert codes(person("CHINESE", US)) == [("residence.home_only", "country")]
    assert codes(person("FOREIGN")) == [("residence.missing", "residency_status")]
    assert codes(person("BOTH")) == [("residence.home_missing", "residency_status")]
    assert codes(person("FOREIGN", US, {"country": "CHN"})) == [("residence.not_home", "country")]
    assert codes(person("BOTH", US, US)) == [("residence.twice", "country")]


@pytest.mark.parametrize(("form", "room"), [("CN-2019", 3), ("CN-2017", 3), ("HK", 4), ("OTHER", 5)])
def test_a_form_has_room_for_so_many_jurisdictions(form: str, room: int) -> None:
    rows = [
        {"country": country, "no_tin_reason": "C"} for country in ("USA", "GBR", "FRA", "JPN", "SGP", "DEU")
    ]
    assert codes(person("BOTH", *rows[:room], form_version=form)) == []
    assert codes(person("BOTH", *rows[: room + 1], form_version=form)) == [("residence.too_many", "country")]


# -- CRS 3.0 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(CRS))
def test_nothing_of_crs_is_assumed(name: str) -> None:
    assert codes(person(**{name: None})) == [("crs.missing", name)]


@pytest.mark.parametrize(
    ("name", "sentinel"),
    [("self_cert", "CRS900"), ("due_diligence", "CRS1200"), ("account_type", "CRS1100")],
)
def test_a_sentinel_holds_for_years_to_2025_only(name: str, sentinel: str) -> None:
    told = person(signed_on=date(2025, 6, 1), **{name: sentinel})
    assert codes(told, date(2025, 12, 31)) == []
    assert codes(told, date(2026, 1, 1)) == [("crs.sentinel", name)]


def test_no_model_field_of_crs_has_a_default() -> None:
    from special_info.models import ControllingPerson, TaxCertification

    for model, names in (
        (TaxCertification, [*CRS, "holder_type"]),
        (ControllingPerson, ["self_cert", "control_type"]),
    ):
        for name in names:
            field: Any = model._meta.get_field(name)
            assert not field.has_default() or not field.default


def test_holders_of_an_account() -> None:
    assert codes(person(joint_holders=200)) == []
    assert codes(person(joint_holders=201)) == [("crs.holders", "joint_holders")]
    assert codes(person(joint_holders=0)) == [("crs.holders", "joint_holders")]


def test_reportable_entities_say_which_they_are() -> None:
    abroad = {"lives_in": "USA", "address": "x", "address_english": "x"}
    told = entity(
        "ACTIVE_NFE",
        residency_status="FOREIGN",
        residences=[{"country": "CYM", "no_tin_reason": "A"}],
        **abroad,
    )
    assert codes(told) == [("crs.missing", "holder_type")]
    foreign = controller(residency_status="FOREIGN", **ABROAD)
    passive = entity("PASSIVE_NFE", foreign, residences=[{**US, "person_no": "1"}])
    assert codes(passive) == [("crs.missing", "holder_type")]
    assert list(crs.faults(person(), DAY)) == []


@pytest.mark.parametrize("name", ["self_cert", "control_type"])
def test_controlling_persons_have_their_own_codes(name: str) -> None:
    assert codes(entity("PASSIVE_NFE", controller(**{name: None}))) == [("crs.missing", name)]
    if name == "self_cert":
        assert codes(entity("PASSIVE_NFE", controller(self_cert="CRS1000"))) == [("crs.sentinel", name)]


# -- the clock ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "due"),
    [
        (date(2026, 1, 31), date(2026, 3, 2)),
        (date(2026, 3, 2), date(2026, 4, 1)),
        (date(2028, 1, 31), date(2028, 3, 1)),
        (date(2026, 12, 15), date(2027, 1, 14)),
    ],
)
def test_thirty_days_after_circumstances_changed(changed: date, due: date) -> None:
    assert statement.change_notice_due(changed) == due


# -- reasonableness -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (Known(), []),
        (Known(addresses=frozenset({"CHN"}), phones=frozenset({"CHN"})), []),
        (Known(addresses=frozenset({"CHN", "USA"})), ["address"]),
        (Known(phones=frozenset({"GBR"})), ["phone"]),
        (Known(nationalities=frozenset({"USA"})), ["nationality"]),
        (Known(documents=frozenset({"JPN"})), ["document"]),
        (Known(born_in=frozenset({"USA"})), ["born_us"]),
        (Known(born_in=frozenset({"GBR"})), []),
        (Known(attorneys=frozenset({"SGP"})), ["attorney"]),
        (Known(registered_in="CYM"), ["registered"]),
        (Known(birth_date=date(1980, 1, 1)), []),
    ],
)
def test_what_points_elsewhere_conflicts_with_resident_here_only(known: Known, found: list[str]) -> None:
    assert reasonableness.indicia(person(), known) == found


def test_what_is_declared_does_not_conflict() -> None:
    known = Known(frozenset({"USA"}), frozenset({"USA"}), frozenset({"USA"}), born_in=frozenset({"USA"}))
    assert reasonableness.indicia(person("BOTH", US), known) == []


def test_other_conflicts() -> None:
    told = person("BOTH", {"country": "USA", "no_tin_reason": "A"})
    assert reasonableness.indicia(told, Known(birth_date=date(1981, 1, 1))) == ["birth_date", "no_tin"]
    home = frozenset({"CHN"})
    assert reasonableness.indicia(person("FOREIGN", US), Known(home, home, home)) == ["not_home"]


def test_nobody_approves_a_conflict_without_an_explanation() -> None:
    assert reasonableness.verdict([], "") == "PASSED"
    assert reasonableness.verdict(["phone"], " ") == "FAILED"
    assert reasonableness.verdict(["phone"], "号码为留学期间办理") == "OVERRIDDEN"
