"""Agreements, handlers and batches of agency payment: what is checked, whose the payments are, what became of them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.rules.number import customer_no
from customers.services import facets
from mdm.errors import Duplicate, Invalid, NotFound
from security.access.actor import Actor
from security.approvals import deciding
from special_info.models import AgencyBatch, AgencyLine
from special_info.services import agency_batch, agency_payment
from special_info.services.agency_batch import HandedIn
from tests.factories.customers import person, rows_of, store
from tests.factories.security import NOW, everything
from tests.special_info.declared import AGREEMENT, DAY, HANDLER, WHY, approved, asked
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": WHY, "at": NOW}
ACCOUNTS = ("6222021200012345679", "6217000010123456785", "6222020000000000006")
NUMBERS = ("11010519491231002X", "440524188001010014", "360426199101010071")
NAMES = ("王建国", "李文静", "张伟")


@pytest.fixture
def payees(bank: None) -> list[str]:
    """Three people with an account each."""
    bundles = [
        person(
            f"P-{place}",
            customer_name=[{"slot": "LEGAL", "kind": "LEGAL", "full_name": NAMES[place]}],
            person_profile=[],
            credential=[{"slot": "P01", "type": "P01", "number": NUMBERS[place], "issuing_country": "CHN"}],
            agreement=[
                {"slot": "D", "kind": "DEPOSIT", "agreement_no": f"D-{place}", "account_no": ACCOUNTS[place]}
            ],
        )
        for place in range(3)
    ]
    return [customer_no(pk) for pk in store(bundles).customer_ids]


@pytest.fixture
def running(clerk: Actor, officer: Actor, company_no: str) -> Any:
    """An agreement in force, with a handler."""
    row: Any = facets.add(clerk, company_no, "agency_agreement", AGREEMENT, **SAY)
    facets.add(clerk, company_no, "agency_handler", HANDLER, **SAY)
    approved(officer, agency_payment.submit(clerk, row.pk, row.version, **SAY))
    return again(row)


def again(row: Any) -> Any:
    name = {"agencyagreement": "agency_agreement", "agencybatch": "agency_batch"}[row._meta.model_name]
    return next(one for one in rows_of(name, row.customer_id) if one.pk == row.pk)


def batch(*lines: str, **more: Any) -> HandedIn:
    text = "姓名,账号,金额,证件号码\n" + "\n".join(lines)
    return HandedIn(**{"batch_no": "2026-03", "handler_no": "1", "pay_on": DAY, "text": text, **more})


def received(clerk: Actor, running: Any, told: HandedIn) -> AgencyBatch:
    return agency_batch.receive(clerk, running.pk, told, **SAY)


def lines_of(row: AgencyBatch) -> list[AgencyLine]:
    with database_role("engine"):
        return list(AgencyLine.objects.filter(batch_id=row.pk).order_by("line"))


def lines(row: AgencyBatch) -> list[tuple[int, str, str]]:
    return [(one.line, one.payee_no, one.finding) for one in lines_of(row)]


# -- agreements --------------------------------------------------------------------------------------------


def test_an_agreement_comes_into_force_by_two(running: Any, clerk: Actor) -> None:
    assert running.agency_state == "ACTIVE"
    stopped: Any = agency_payment.step(clerk, "suspend", running.pk, running.version, **SAY)
    assert (stopped.agency_state, stopped.ended_why) == ("SUSPENDED", WHY)
    resumed: Any = agency_payment.step(clerk, "resume", running.pk, stopped.version, **SAY)
    assert (resumed.agency_state, resumed.ended_why) == ("ACTIVE", "")
    ended: Any = agency_payment.step(clerk, "terminate", running.pk, resumed.version, **SAY)
    assert ended.agency_state == "TERMINATED"
    with pytest.raises(Duplicate, match=r"state\.refused"):
        agency_payment.step(clerk, "resume", running.pk, ended.version, **SAY)


@pytest.mark.parametrize("expiry", [None, date(2026, 3, 1)])
def test_without_a_handler_whose_document_is_valid_it_does_not(
    clerk: Actor, company_no: str, expiry: date | None
) -> None:
    row: Any = facets.add(clerk, company_no, "agency_agreement", AGREEMENT, **SAY)
    told = {name: value for name, value in {**HANDLER, "document_expiry": expiry}.items() if value}
    facets.add(clerk, company_no, "agency_handler", told, **SAY)

    with pytest.raises(Invalid, match=r"agreement\.incomplete") as refused:
        agency_payment.submit(clerk, row.pk, row.version, **SAY)

    assert [error.code for error in refused.value.errors] == ["agreement.handler"]


def test_a_rejection_makes_it_a_draft_again(clerk: Actor, officer: Actor, company_no: str) -> None:
    row: Any = facets.add(clerk, company_no, "agency_agreement", AGREEMENT, **SAY)
    facets.add(clerk, company_no, "agency_handler", HANDLER, **SAY)
    request = asked(agency_payment.submit(clerk, row.pk, row.version, **SAY))
    deciding.reject(officer, request.pk, request.version, reason="no", at=NOW)
    assert again(row).agency_state == "DRAFT"


def test_only_organisations_pay_their_people(clerk: Actor, person_no: str) -> None:
    with pytest.raises(Invalid, match=r"record\.refused") as refused:
        facets.add(clerk, person_no, "agency_agreement", AGREEMENT, **SAY)
    assert [error.code for error in refused.value.errors] == ["K63"]


def test_an_agreement_that_does_not_renew_itself_ends(clerk: Actor, running: Any) -> None:
    clock = everything("clock")
    assert agency_payment.expire(clock, DAY, reason="clock", at=NOW) == 0
    facets.operate(
        clock, "agency_agreement", running.pk, None, "test", lambda _r, _c: {"ends_on": DAY}, **SAY
    )
    assert agency_payment.expire(clock, DAY, reason="clock", at=NOW) == 0
    assert agency_payment.expire(clock, DAY + timedelta(days=1), reason="clock", at=NOW) == 1
    assert again(running).agency_state == "EXPIRED"


# -- batches -----------------------------------------------------------------------------------------------


def test_payees_are_found_by_account_and_document_and_name(
    clerk: Actor, running: Any, payees: list[str]
) -> None:
    row = received(
        clerk,
        running,
        batch(
            f"王建国,{ACCOUNTS[0]},5000.00,",
            f"李文静,{ACCOUNTS[1]},6000,{NUMBERS[1]}",
            f"张伟,9999888877776666,7000.5,{NUMBERS[2]}",
            f"赵六,{ACCOUNTS[2]},1000,",
            "钱七,6222000011112222333,1000,",
            f"孙八,{ACCOUNTS[0][:-1]}8,1000,{NUMBERS[0]}",
            f"王建国,{ACCOUNTS[0]},800,{NUMBERS[1]}",
        ),
    )

    assert lines(row) == [
        (2, payees[0], ""),
        (3, payees[1], ""),
        (4, payees[2], ""),
        (5, "", "payee.name_differs"),
        (6, "", "payee.unknown"),
        (7, "", "payee.name_differs"),
        (8, "", "payee.ambiguous"),
    ]
    assert (row.batch_state, row.line_count, row.matched_lines, row.flawed_lines) == ("CHECKED", 7, 3, 4)
    assert row.total == Decimal("21800.50")


def test_what_is_wrong_with_a_line_stands_with_it(clerk: Actor, running: Any, payees: list[str]) -> None:
    row = received(
        clerk,
        running,
        batch(
            f",{ACCOUNTS[0]},1,",
            "王建国,12,1,",
            f"王建国,{ACCOUNTS[0]},0,",
            f"王建国,{ACCOUNTS[0]},1.234,",
            f"李文静,{ACCOUNTS[1]},50000.01,",
            f"张伟,{ACCOUNTS[2]},10,",
            f"张伟,{ACCOUNTS[2]},10,",
        ),
    )
    assert [finding for _line, _no, finding in lines(row)] == [
        "payee.name",
        "payee.account",
        "payee.amount",
        "payee.amount",
        "payee.line_limit",
        "",
        "payee.repeated",
    ]
    with pytest.raises(Invalid, match=r"batch\.flawed") as refused:
        agency_batch.approve_batch(clerk, row.pk, row.version, **SAY)
    assert [e.pointer for e in refused.value.errors] == [f"/lines/{n}" for n in range(2, 7)]


def test_one_account_under_two_names_is_seen(clerk: Actor, running: Any, payees: list[str]) -> None:
    row = received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},1,", f"王健国,{ACCOUNTS[0]},2,"))
    assert [finding for _line, _no, finding in lines(row)] == ["payee.several_names"] * 2


@pytest.mark.parametrize(
    ("more", "place", "code"),
    [
        ({"handler_no": "9"}, "/handler_no", "batch.handler"),
        ({"pay_on": date(2026, 3, 1)}, "/pay_on", "batch.pay_on"),
        ({"count": 2}, "/count", "batch.count"),
        ({"total": Decimal("5000.01")}, "/total", "batch.total"),
        ({"text": "a,b\n1,2"}, "/header/name", "batch.header"),
        ({"text": "姓名,账号,金额\n"}, "/lines", "batch.size"),
        ({"text": ""}, "/header/name", "batch.header"),
    ],
)
def test_what_concerns_the_whole_is_refused(
    clerk: Actor, running: Any, more: dict[str, Any], place: str, code: str
) -> None:
    with pytest.raises(Invalid, match=r"batch\.refused") as refused:
        received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,", **more))
    assert (refused.value.errors[0].pointer, refused.value.errors[0].code) == (place, code)
    assert rows_of("agency_batch", running.customer_id) == []


def test_limits_of_batch_and_month(clerk: Actor, running: Any, payees: list[str]) -> None:
    full = [f"张伟,{ACCOUNTS[2]},{40000 + n}," for n in range(2)]
    received(clerk, running, batch(*full, batch_no="1"))
    with pytest.raises(Invalid) as refused:
        received(clerk, running, batch(*full, batch_no="2"))
    assert [error.code for error in refused.value.errors] == ["batch.month_limit"]
    received(clerk, running, batch(*full, batch_no="3", pay_on=date(2026, 4, 10)))
    with pytest.raises(Invalid) as refused:
        received(clerk, running, batch(*full, *full, batch_no="4", pay_on=date(2026, 5, 10)))
    assert "batch.limit" in [error.code for error in refused.value.errors]


def test_a_number_names_one_batch_and_a_suspended_agreement_takes_none(clerk: Actor, running: Any) -> None:
    received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,"))
    with pytest.raises(Duplicate, match=r"record\.number_taken"):
        received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,"))
    agency_payment.step(clerk, "suspend", running.pk, running.version, **SAY)
    with pytest.raises(Invalid) as refused:
        received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,", batch_no="2"))
    assert [error.code for error in refused.value.errors] == ["batch.agreement"]


def test_a_batch_is_approved_by_two_sent_and_settled(
    clerk: Actor, officer: Actor, running: Any, payees: list[str]
) -> None:
    row = received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,", f"李文静,{ACCOUNTS[1]},1,"))
    approved(officer, agency_batch.approve_batch(clerk, row.pk, row.version, **SAY))
    sent: Any = agency_batch.send_batch(clerk, row.pk, again(row).version, **SAY)
    with pytest.raises(Invalid, match=r"batch\.results") as refused:
        agency_batch.settle(clerk, row.pk, sent.version, [(2, True, "", ""), (9, True, "", "")], **SAY)
    assert {error.pointer for error in refused.value.errors} == {"/lines/3", "/lines/9"}
    results = [(2, True, "", ""), (3, False, "E17", "account closed")]
    done: Any = agency_batch.settle(clerk, row.pk, sent.version, results, **SAY)
    assert (done.batch_state, done.paid_lines, done.failed_lines) == ("PARTLY_OK", 1, 1)
    assert [(one.result, one.result_text) for one in lines_of(row)] == [("OK", ""), ("E17", "account closed")]


def test_batches_are_not_typed_in(clerk: Actor, company_no: str, running: Any) -> None:
    told = {"agreement_no": "A-1", "batch_no": "X", "pay_on": DAY}
    with pytest.raises(Duplicate, match=r"record\.by_file"):
        facets.add(clerk, company_no, "agency_batch", told, **SAY)


def test_names_accounts_and_amounts_are_sealed_at_rest(clerk: Actor, running: Any, payees: list[str]) -> None:
    row = received(clerk, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,{NUMBERS[0]}"))
    (line,) = lines_of(row)
    for field, clear in (
        ("payee_name", "王建国"),
        ("account", ACCOUNTS[0]),
        ("id_number", NUMBERS[0]),
        ("amount", "5000.00"),
    ):
        sealed = getattr(line, field)
        assert sealed.open() == clear
        assert clear.encode() not in bytes(sealed.stored)
        assert clear not in str(sealed)


def test_payees_of_other_branches_are_not_told(
    stranger: Actor, clerk: Actor, running: Any, payees: list[str]
) -> None:
    with pytest.raises(NotFound):
        received(stranger, running, batch(f"王建国,{ACCOUNTS[0]},5000.00,"))
