"""A declaration from draft to the one that takes its place: what is written, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from customers.rules.number import customer_id
from customers.selectors.history import history
from customers.selectors.panorama import panorama
from customers.services import facets
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound
from security.access.actor import Actor
from security.approvals import deciding
from security.models import OperationLog
from special_info.models import TaxCertification
from special_info.selectors.declaration import declaration_of, declaration_view, shown_rows
from special_info.services import tax
from tests.factories.customers import past_of, rows_of
from tests.factories.security import NOW
from tests.special_info.declared import BOTH, CHINESE, CONTROLLERS, DAY, PASSIVE, US, WHY, approved, asked

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": WHY, "at": NOW}


def declared(clerk: Actor, number: str, head: Any = CHINESE, *parts: Any) -> TaxCertification:
    row: Any = tax.declare(clerk, number, head, *parts, **SAY)
    return row  # type: ignore[no-any-return]


def in_force(clerk: Actor, officer: Actor, number: str, head: Any = CHINESE, *parts: Any) -> Any:
    row = declared(clerk, number, head, *parts)
    approved(officer, tax.submit(clerk, row.pk, row.version, **SAY))
    return again(row)


def again(row: Any) -> Any:
    return next(one for one in rows_of("tax_certification", row.customer_id) if one.pk == row.pk)


def test_a_declaration_is_registered_whole_with_a_number_of_its_own(clerk: Actor, company_no: str) -> None:
    residences = [{**US, "person_no": "1"}]

    row = declared(clerk, company_no, PASSIVE, residences, CONTROLLERS)

    assert (row.certification_no, row.tax_state) == ("T20260302-1", "DRAFT")
    persons = rows_of("controlling_person", row.customer_id)
    assert [p.full_name.open() for p in persons] == ["王建国", "李文静"]
    (home,) = rows_of("tax_residence", row.customer_id)
    assert (home.tin.open(), home.person_no, home.certification_no) == ("536904399", "1", "T20260302-1")
    assert b"536904399" not in bytes(home.tin.stored)
    assert declared(clerk, company_no, PASSIVE).certification_no == "T20260302-2"


def test_nothing_is_written_where_a_part_is_refused(clerk: Actor, person_no: str) -> None:
    with pytest.raises(Invalid) as refused:
        tax.declare(clerk, person_no, BOTH, [US, {"country": "USA", "tim": "1"}], **SAY)

    assert [error.pointer for error in refused.value.errors] == ["/tax_residence/1/tim"]
    assert rows_of("tax_certification", customer_id(person_no) or 0) == []


def test_what_it_lacks_is_named_place_by_place(clerk: Actor, company_no: str) -> None:
    row = declared(clerk, company_no, {**PASSIVE, "self_cert": None, "signed_on": None}, [], CONTROLLERS[1:])

    with pytest.raises(Invalid, match=r"declaration\.incomplete") as refused:
        tax.submit(clerk, row.pk, row.version, **SAY)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [
        ("/tax_certification/0/signed_on", "statement.needed"),
        ("/tax_certification/0/self_cert", "crs.missing"),
    ]
    assert again(row).tax_state == "DRAFT"


def test_a_second_person_approves_it_and_history_tells(clerk: Actor, officer: Actor, person_no: str) -> None:
    row = declared(clerk, person_no, BOTH, [US])

    request = asked(tax.submit(clerk, row.pk, row.version, **SAY))

    assert again(row).tax_state == "SUBMITTED"
    assert (request.operation, request.levels) == ("tax.approve", ["approval.special", "approval.escalated"])
    with pytest.raises(NotAllowed, match=r"approval\.self"):
        deciding.approve(clerk, request.pk, request.version, reason="mine", at=NOW)
    deciding.approve(officer, request.pk, request.version, reason="seen", at=NOW)
    done = again(row)
    assert (done.tax_state, done.reasonableness, done.decided_on) == ("APPROVED", "PASSED", DAY)
    told = [(one.tax_state, one.history_user_id, one.history_change_reason) for one in past_of(done)]
    assert told == [(state, "clerk", WHY) for state in ("DRAFT", "SUBMITTED", "APPROVED")]
    assert past_of(done)[-1].request_id == request.number
    actions = OperationLog.objects.filter(subject="tax_certification").values_list("action", flat=True)
    assert {"tax_certification.add", "tax_certification.submit", "tax_certification.approve"} <= set(actions)


def test_a_rejection_ends_in_rejected_and_the_draft_may_be_taken_up_again(
    clerk: Actor, officer: Actor, person_no: str
) -> None:
    row = declared(clerk, person_no)
    request = asked(tax.submit(clerk, row.pk, row.version, **SAY))

    deciding.reject(officer, request.pk, request.version, reason="signature missing", at=NOW)

    refused = again(row)
    assert (refused.tax_state, refused.decided_on) == ("REJECTED", DAY)
    assert past_of(refused)[-1].history_change_reason == "signature missing"
    opened: Any = tax.step(clerk, "reopen", row.pk, refused.version, **SAY)
    assert opened.tax_state == "DRAFT"
    asked(tax.submit(clerk, row.pk, opened.version, **SAY))


def test_a_conflict_takes_an_explanation(clerk: Actor, officer: Actor, person_no: str) -> None:
    facets.add(
        _counter(), person_no, "address", {"kind": "MAILING", "country": "USA", "detail": "5 Main St"}, **SAY
    )
    row = declared(clerk, person_no)

    with pytest.raises(Invalid, match=r"declaration\.unexplained") as refused:
        tax.submit(clerk, row.pk, row.version, **SAY)
    assert [error.code for error in refused.value.errors] == ["indicium.address"]

    told: Any = facets.change(
        clerk, "tax_certification", row.pk, row.version, {"explanation": "子女在美留学地址"}, **SAY
    )
    request = asked(tax.submit(clerk, row.pk, told.version, **SAY))
    deciding.approve(officer, request.pk, request.version, reason="seen", at=NOW)
    done = again(row)
    assert (done.reasonableness, done.indicia) == ("OVERRIDDEN", "address")


def test_an_agent_abroad_and_an_earlier_place_of_birth_take_an_explanation(
    clerk: Actor, officer: Actor, person_no: str
) -> None:
    in_force(clerk, officer, person_no, {**BOTH, "born_in": "USA"}, [US])
    told = {"kind": "AGENT", "other_name": "陈美玲", "other_country": "SGP"}
    facets.add(_counter(), person_no, "relationship", told, **SAY)
    row = declared(clerk, person_no)

    with pytest.raises(Invalid, match=r"declaration\.unexplained") as refused:
        tax.submit(clerk, row.pk, row.version, **SAY)

    assert [error.code for error in refused.value.errors] == ["indicium.born_us", "indicium.attorney"]


def _counter() -> Actor:
    from tests.factories.security import everything

    return everything("counter")


def test_what_is_learnt_after_handing_in_stops_the_approval(
    clerk: Actor, officer: Actor, person_no: str
) -> None:
    row = declared(clerk, person_no)
    request = asked(tax.submit(clerk, row.pk, row.version, **SAY))
    facets.add(_counter(), person_no, "phone", {"kind": "HOME_TEL", "number": "+442071234567"}, **SAY)

    with pytest.raises(Invalid, match=r"declaration\.unexplained"):
        deciding.approve(officer, request.pk, request.version, reason="seen", at=NOW)

    assert again(row).tax_state == "SUBMITTED"


def test_a_new_one_takes_the_place_of_the_old(clerk: Actor, officer: Actor, person_no: str) -> None:
    old = in_force(clerk, officer, person_no)

    new = in_force(clerk, officer, person_no, BOTH, [US])

    assert (again(old).tax_state, again(old).superseded_by) == ("SUPERSEDED", new.certification_no)
    assert new.tax_state == "APPROVED"


def test_the_clock_of_thirty_days(clerk: Actor, officer: Actor, person_no: str) -> None:
    row = in_force(clerk, officer, person_no)

    changed: Any = tax.report_change(clerk, row.pk, row.version, DAY, **SAY)

    assert (changed.tax_state, changed.change_notice_due) == ("APPROVED", date(2026, 4, 1))
    due = {o["code"]: o["due"] for o in panorama(clerk, person_no, at=NOW)["obligations"]}
    assert due["tax.due"] == "2026-04-01"
    late = NOW + timedelta(days=31)
    assert tax.lapse(_counter(), date(2026, 4, 1), reason="clock", at=late) == 0
    assert "tax.overdue" in {o["code"] for o in panorama(clerk, person_no, at=late)["obligations"]}
    assert tax.lapse(_counter(), date(2026, 4, 2), reason="clock", at=late) == 1
    assert again(row).tax_state == "INVALIDATED"


def test_a_change_is_not_told_of_a_day_to_come(clerk: Actor, officer: Actor, person_no: str) -> None:
    row = in_force(clerk, officer, person_no)
    with pytest.raises(Invalid):
        tax.report_change(clerk, row.pk, row.version, DAY + timedelta(days=1), **SAY)
    assert again(row).change_notice_due is None


def test_what_was_handed_in_is_not_changed_by_hand(clerk: Actor, company_no: str) -> None:
    row = declared(clerk, company_no, PASSIVE, [{**US, "person_no": "1"}], CONTROLLERS)
    asked(tax.submit(clerk, row.pk, row.version, **SAY))
    (home,) = rows_of("tax_residence", row.customer_id)
    kept = again(row)
    for attempt in (
        lambda: facets.change(clerk, "tax_residence", home.pk, home.version, {"tin": "123"}, **SAY),
        lambda: facets.end(clerk, "tax_residence", home.pk, home.version, **SAY),
        lambda: facets.add(
            clerk, company_no, "tax_residence", {**US, "certification_no": row.certification_no}, **SAY
        ),
        lambda: facets.change(clerk, "tax_certification", row.pk, kept.version, {"exempt": True}, **SAY),
    ):
        with pytest.raises(Duplicate, match=r"record\.kept"):
            attempt()
    with pytest.raises(Invalid, match=r"field\.operated"):
        facets.change(clerk, "tax_certification", row.pk, kept.version, {"tax_state": "APPROVED"}, **SAY)


def test_a_part_belongs_to_a_declaration_and_a_number_to_one(clerk: Actor, person_no: str) -> None:
    with pytest.raises(Invalid, match=r"declaration\.unknown"):
        facets.add(clerk, person_no, "tax_residence", {**US, "certification_no": "T-9"}, **SAY)
    row = declared(clerk, person_no)
    with pytest.raises(Duplicate, match=r"record\.number_taken"):
        declared(clerk, person_no, {**CHINESE, "certification_no": row.certification_no})


@pytest.mark.parametrize("operation", ["approve", "supersede", "lapse", "reject", "nonsense"])
def test_what_is_not_the_makers_is_not_done_by_hand(clerk: Actor, person_no: str, operation: str) -> None:
    row = declared(clerk, person_no)
    with pytest.raises(NotAllowed, match=r"state\.not_by_hand"):
        tax.step(clerk, operation, row.pk, row.version, **SAY)


def test_out_of_scope_is_not_found(clerk: Actor, stranger: Actor, person_no: str) -> None:
    row = declared(clerk, person_no)
    for attempt in (
        lambda: tax.declare(stranger, person_no, CHINESE, **SAY),
        lambda: tax.submit(stranger, row.pk, row.version, **SAY),
        lambda: tax.step(stranger, "withdraw", row.pk, row.version, **SAY),
        lambda: declaration_view(stranger, row.pk, at=NOW),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_numbers_are_masked_wherever_they_are_shown(clerk: Actor, officer: Actor, person_no: str) -> None:
    row = in_force(clerk, officer, person_no, BOTH, [US])
    for reader in (clerk, officer):
        told = [
            shown_rows(reader, declaration_of(reader, person_no, row.pk, at=NOW), "tax_residence"),
            panorama(reader, person_no, at=NOW),
            history(reader, person_no, at=NOW).rows,
        ]
        for clear in ("536904399", "望京西路9号", "Wangjing", "OUYANG"):
            assert clear not in str(told), clear
        assert "USA" in str(told)
