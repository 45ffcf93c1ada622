"""The three regimes as the domain reference has them (1.9): the branch that is met, on which evidence, until when."""

from datetime import date
from typing import Any

import pytest

from special_info.rules.investor import REGIMES, evaluate, regime_on

DAY = date(2026, 3, 2)
WAN = 10_000
PROOF = {"assets_evidence": "资产证明", "income_evidence": "收入证明", "experience_evidence": "交易流水"}
FORMAL: dict[str, Any] = {"undertaking_signed": True, "own_money": True, "risk_identified": True, **PROOF}


def met(regime: str, *, person: bool = True, day: date = DAY, **row: Any) -> str:
    """The branch that is met, "" where the assessment does not qualify."""
    found = regime_on(regime, day)
    assert found is not None
    done = evaluate(found, {**FORMAL, **row}, person=person, day=day)
    return done.branch if done.met else ""


@pytest.mark.parametrize(
    ("regime", "row", "branch"),
    [
        ("AM2018", {"net_financial_assets": 300 * WAN, "experience_years": 2}, "NET_ASSETS"),
        ("AM2018", {"net_financial_assets": 300 * WAN - 1, "experience_years": 2}, ""),
        ("AM2018", {"financial_assets": 500 * WAN, "experience_years": 2}, "ASSETS"),
        ("AM2018", {"average_income": 40 * WAN, "experience_years": 2}, "INCOME"),
        ("AM2018", {"average_income": 40 * WAN, "experience_years": 1}, ""),
        ("AM2018", {"average_income": 40 * WAN, "work_years": 9, "senior": True}, ""),
        ("PF2014", {"financial_assets": 300 * WAN}, "ASSETS"),
        ("PF2014", {"average_income": 50 * WAN}, "INCOME"),
        ("PF2014", {"average_income": 40 * WAN}, ""),
        ("PF2014", {"net_financial_assets": 900 * WAN}, ""),
        ("PI2017", {"financial_assets": 500 * WAN, "experience_years": 2}, "ASSETS"),
        ("PI2017", {"financial_assets": 500 * WAN, "work_years": 2}, "ASSETS"),
        ("PI2017", {"financial_assets": 500 * WAN, "senior": True}, "ASSETS"),
        ("PI2017", {"financial_assets": 500 * WAN}, ""),
        ("PI2017", {"average_income": 50 * WAN, "experience_years": 2}, "INCOME"),
        ("PI2017", {"financial_assets": 300 * WAN, "experience_years": 2}, ""),
    ],
)
def test_persons(regime: str, row: dict[str, Any], branch: str) -> None:
    assert met(regime, **row) == branch
    assert (
        met(
            regime,
            **{name: str(value) if "a" in name and value > WAN else value for name, value in row.items()},
        )
        == branch
    )


@pytest.mark.parametrize(
    ("regime", "row", "branch"),
    [
        ("AM2018", {"net_assets": 1000 * WAN}, "ENTITY_ASSETS"),
        ("AM2018", {"net_assets": 999 * WAN}, ""),
        ("PF2014", {"net_assets": 1000 * WAN}, "ENTITY_ASSETS"),
        (
            "PI2017",
            {"net_assets": 2000 * WAN, "financial_assets": 1000 * WAN, "experience_years": 2},
            "ENTITY_ASSETS",
        ),
        ("PI2017", {"net_assets": 2000 * WAN, "financial_assets": 1000 * WAN}, ""),
        ("PI2017", {"net_assets": 2000 * WAN, "experience_years": 2}, ""),
        ("PI2017", {"net_assets": 1000 * WAN, "financial_assets": 1000 * WAN, "experience_years": 2}, ""),
    ],
)
def test_organisations(regime: str, row: dict[str, Any], branch: str) -> None:
    assert met(regime, person=False, **row) == branch


@pytest.mark.parametrize("missing", ["undertaking_signed", "own_money"])
@pytest.mark.parametrize("regime", ["AM2018", "PF2014", "PI2017"])
def test_undertaking_and_own_money_are_asked_of_everybody(regime: str, missing: str) -> None:
    row = {"financial_assets": 900 * WAN, "experience_years": 5}
    assert met(regime, **row) == "ASSETS"
    assert met(regime, **{**row, missing: False}) == ""


def test_private_funds_ask_for_risk_to_be_borne() -> None:
    assert met("PF2014", financial_assets=300 * WAN, risk_identified=False) == ""
    assert met("AM2018", financial_assets=500 * WAN, experience_years=2, risk_identified=False) == "ASSETS"


def test_some_are_deemed_qualified_without_figures() -> None:
    assert met("AM2018", person=False, deemed="PENSION") == "DEEMED"
    assert met("PF2014", deemed="STAFF") == "DEEMED"
    assert met("AM2018", deemed="STAFF") == ""


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"assets_evidence": ""}, "EVIDENCE"),
        ({"evidence_valid_to": date(2026, 3, 1)}, "OVER"),
        ({"currency": "USD"}, "CURRENCY"),
        ({"financial_assets": None}, "UNTOLD"),
        ({"financial_assets": "1.00"}, "LOW"),
    ],
)
def test_why_a_criterion_does_not_count(row: dict[str, Any], why: str) -> None:
    found = regime_on("AM2018", DAY)
    assert found is not None
    told = {**FORMAL, "financial_assets": "5000000.00", "experience_years": 2, **row}
    done = evaluate(found, told, person=True, day=DAY)
    assert not done.met
    assert next(c.why for c in done.criteria if c.branch == "ASSETS") == why


def test_the_evidence_used_is_that_of_the_branch_that_is_met() -> None:
    found = regime_on("AM2018", DAY)
    assert found is not None
    done = evaluate(
        found, {**FORMAL, "average_income": 40 * WAN, "experience_years": 3}, person=True, day=DAY
    )
    assert (done.branch, done.evidence) == ("INCOME", ["收入证明", "交易流水"])


@pytest.mark.parametrize(
    ("day", "ends", "until"),
    [
        (date(2026, 3, 2), None, date(2027, 3, 2)),
        (date(2028, 2, 29), None, date(2029, 2, 28)),
        (date(2026, 3, 2), date(2026, 9, 1), date(2026, 9, 1)),
        (date(2026, 3, 2), date(2030, 1, 1), date(2027, 3, 2)),
    ],
)
def test_it_holds_a_year_and_no_longer_than_its_evidence(day: date, ends: date | None, until: date) -> None:
    found = regime_on("PF2014", day)
    assert found is not None
    row = {**FORMAL, "average_income": 50 * WAN, "evidence_valid_to": ends}
    assert evaluate(found, row, person=True, day=day).until == until


def test_a_regime_holds_from_its_day_on() -> None:
    assert regime_on("AM2018", date(2018, 4, 26)) is None
    assert regime_on("AM2018", date(2018, 4, 27)) is not None
    assert regime_on("nothing", DAY) is None
    assert len({(regime.code, regime.version) for regime in REGIMES}) == len(REGIMES)
