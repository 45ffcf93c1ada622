"""An assessment from draft to its end: what was found is kept with it, one is in force a regime."""

from datetime import date, timedelta
from typing import Any

import pytest

from customers.selectors.panorama import panorama
from customers.services import facets
from mdm.errors import Duplicate, Invalid, NotAllowed
from security.access.actor import Actor
from security.approvals import deciding
from special_info.services import investor
from tests.factories.customers import rows_of
from tests.factories.security import NOW, everything
from tests.special_info.declared import ASSESSMENT, DAY, WHY, approved, asked

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": WHY, "at": NOW}


def assessed(clerk: Actor, number: str, **more: Any) -> Any:
    return facets.add(clerk, number, "investor_assessment", {**ASSESSMENT, **more}, **SAY)


def again(row: Any) -> Any:
    return next(one for one in rows_of("investor_assessment", row.customer_id) if one.pk == row.pk)


def test_the_branch_that_is_met_and_its_evidence_are_kept(
    clerk: Actor, officer: Actor, person_no: str
) -> None:
    row = assessed(clerk, person_no)

    request = approved(officer, investor.submit(clerk, row.pk, row.version, **SAY))

    done = again(row)
    assert (done.investor_state, done.branch_met, done.regime_version) == ("APPROVED", "INCOME", "2018")
    assert done.evidence_used == "完税证明 2023-2025; 交易流水"
    assert (done.qualified_from, done.qualified_until) == (DAY, date(2027, 3, 2))
    assert request.facts["branch"] == "INCOME"
    assert b"420000" not in bytes(done.average_income.stored)


def test_what_is_not_met_is_not_handed_in(clerk: Actor, person_no: str) -> None:
    row = assessed(clerk, person_no, average_income="399999.99", undertaking_signed=False)

    with pytest.raises(Invalid, match=r"assessment\.not_met") as refused:
        investor.submit(clerk, row.pk, row.version, **SAY)

    assert {(e.pointer, e.code) for e in refused.value.errors} >= {
        ("/average_income", "criterion.LOW"),
        ("/undertaking_signed", "criterion.MISSING"),
    }
    assert again(row).investor_state == "DRAFT"


def test_an_organisation_is_held_against_its_own_side(clerk: Actor, company_no: str) -> None:
    row = assessed(clerk, company_no, net_assets="10000000.00", assets_evidence="审计报告")

    asked(investor.submit(clerk, row.pk, row.version, **SAY))

    assert (again(row).branch_met, again(row).evidence_used) == ("ENTITY_ASSETS", "审计报告")


def test_a_later_assessment_ends_the_one_before_it(clerk: Actor, officer: Actor, person_no: str) -> None:
    rows = [
        assessed(clerk, person_no, assessment_no=n, regime=r) for n, r in (("1", "AM2018"), ("2", "AM2018"))
    ]
    other = assessed(
        clerk, person_no, assessment_no="3", regime="PF2014", average_income="500000", risk_identified=True
    )
    for row in (*rows, other):
        approved(officer, investor.submit(clerk, row.pk, row.version, **SAY))

    assert [again(row).investor_state for row in (*rows, other)] == ["EXPIRED", "APPROVED", "APPROVED"]


def test_its_time_is_told_and_ends(clerk: Actor, officer: Actor, person_no: str) -> None:
    row = assessed(clerk, person_no, evidence_valid_to=date(2026, 4, 15))
    approved(officer, investor.submit(clerk, row.pk, row.version, **SAY))

    due = {o["code"]: o["due"] for o in panorama(clerk, person_no, at=NOW)["obligations"]}
    assert due["investor.lapsing"] == "2026-04-15"
    late = NOW + timedelta(days=60)
    assert investor.expire(everything("clock"), date(2026, 4, 15), reason="clock", at=late) == 0
    assert investor.expire(everything("clock"), date(2026, 4, 16), reason="clock", at=late) == 1
    assert again(row).investor_state == "EXPIRED"


def test_rejected_reopened_revoked(clerk: Actor, officer: Actor, person_no: str) -> None:
    row = assessed(clerk, person_no)
    request = asked(investor.submit(clerk, row.pk, row.version, **SAY))
    with pytest.raises(Duplicate, match=r"record\.kept"):
        facets.change(
            clerk, "investor_assessment", row.pk, again(row).version, {"average_income": "1"}, **SAY
        )
    deciding.reject(officer, request.pk, request.version, reason="no proof", at=NOW)
    assert again(row).investor_state == "REJECTED"
    opened: Any = investor.step(clerk, "reopen", row.pk, again(row).version, **SAY)
    approved(officer, investor.submit(clerk, row.pk, opened.version, **SAY))
    ended: Any = investor.step(clerk, "revoke", row.pk, again(row).version, **SAY)
    assert ended.investor_state == "REVOKED"
    with pytest.raises(NotAllowed, match=r"state\.not_by_hand"):
        investor.step(clerk, "approve", row.pk, ended.version, **SAY)


def test_a_regime_that_is_not_in_force_is_refused(clerk: Actor, person_no: str) -> None:
    row = assessed(clerk, person_no)
    early = NOW.replace(year=2018, month=1)
    with pytest.raises(Invalid, match=r"assessment\.regime"):
        investor.submit(everything("counter"), row.pk, row.version, reason=WHY, at=early)
