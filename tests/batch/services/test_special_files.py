"""Special information and results of checks by file: drafts, steps of their tables, batches; who is asked."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from batch.services.loading import Loaded, run_load, submit
from customers.rules.number import customer_no
from customers.services import facets
from mdm.runs import JobRun
from security.access.actor import Actor
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from special_info.models import AgencyLine
from special_info.services import agency_payment
from tests.factories.approvals import unasked
from tests.factories.customers import DAY, company, person, rows_of, store, the_row
from tests.factories.facet_files import counts, deliver, facet_file, rejects, row
from tests.factories.security import NOW, branch, everything, staff
from tests.special_info.declared import AGREEMENT, HANDLER
from tests.support.database_roles import database_role

#: A document that does not expire, whenever the test runs.
LONG_TERM = date(9999, 12, 31)
ACCOUNT = "6222021200012345679"
FORMAL = {
    "form_version": "CN-2019",
    "signed_on": "20260302",
    "signed_as": "SELF",
    "self_cert": "CRS901",
    "due_diligence": "CRS1201",
    "account_type": "CRS1101",
    "joint_holders": "1",
}
PASSIVE = {**FORMAL, "residency_status": "CHINESE", "entity_class": "PASSIVE_NFE", "holder_type": "CRS101"}
PERSONS: list[dict[str, str]] = [
    {
        "person_no": "1",
        "full_name": "王建国",
        "control_type": "CRS801",
        "residency_status": "CHINESE",
        "self_cert": "CRS1001",
        "ownership_pct": "60.00",
    },
    {
        "person_no": "2",
        "full_name": "李文静",
        "control_type": "CRS803",
        "residency_status": "CHINESE",
        "self_cert": "CRS1001",
    },
]


@pytest.fixture
def people(bank: None) -> dict[str, int]:
    """A person and a company without special information."""
    plain: dict[str, Any] = {
        "tax_certification": [],
        "tax_residence": [],
        "investor_assessment": [],
        "controlling_person": [],
        "agency_agreement": [],
        "agency_handler": [],
        "agency_batch": [],
        "credential_verification": [],
    }
    bundles = [person(**plain), company(**plain)]
    return dict(zip(("P-1", "O-1"), store(bundles).customer_ids, strict=True))


@pytest.fixture
def clerk(bank: None) -> Actor:
    """Registers special information and may deliver files."""
    return staff("clerk", "tax_clerk", "operator", org=branch("1000"))


@pytest.fixture
def officer(bank: None) -> Actor:
    return staff("officer", "compliance", org=branch("1000"))


def delivered_by(actor: Actor, folder: Path, layout: str, *lines: dict[str, str]) -> JobRun:
    """Deliver as an account does: taken by the door, loaded by a worker."""
    path = facet_file(folder / f"{layout}.csv", layout, *lines)
    with database_role("engine"):
        run = submit(actor, path, layout, mode=None, business_date=DAY, at=NOW)
        run_load(run.pk)
        return JobRun.objects.get(pk=run.pk)


def refused(run: JobRun) -> list[tuple[int, str, str]]:
    return list(rejects(Loaded(run.pk, None, 0)))  # type: ignore[arg-type]


def declared(folder: Path) -> None:
    """A declaration of a passive entity with two controlling persons, as three files."""
    deliver(
        folder,
        "tax_certification",
        row(key="O-1", slot="T-7", certification_no="T-7", **PASSIVE),
    )
    persons = [
        row(key="O-1", slot=f"T-7/{one['person_no']}", certification_no="T-7", **one) for one in PERSONS
    ]
    assert counts(deliver(folder, "controlling_person", *persons)) == (2, 0, 0, 0)


def test_a_declaration_with_its_controlling_persons_waits_for_a_second_person(
    people: dict[str, int], clerk: Actor, officer: Actor, tmp_path: Path
) -> None:
    declared(tmp_path)
    head = the_row("tax_certification", people["O-1"])
    assert (head.tax_state, head.source_system) == ("DRAFT", "core_customer")

    run = delivered_by(clerk, tmp_path, "tax_certification", row("submit", key="O-1", slot="T-7"))
    assert (run.state, run.counts["updated"]) == ("SUCCEEDED", 1), refused(run)
    assert the_row("tax_certification", people["O-1"]).tax_state == "SUBMITTED"
    request = ChangeRequest.objects.get(operation="tax.approve")
    assert request.maker.username == "clerk"
    deciding.approve(officer, request.pk, request.version, reason="looked at it", at=NOW)
    assert the_row("tax_certification", people["O-1"]).tax_state == "APPROVED"


def test_nobody_is_asked_in_the_name_of_nobody(people: dict[str, int], tmp_path: Path, clerk: Actor) -> None:
    """A step that a second person decides takes an account with the right, whoever may load files."""
    declared(tmp_path)
    step = row("submit", key="O-1", slot="T-7")
    assert rejects(deliver(tmp_path, "tax_certification", step)) == [(2, "", "approval.nobody")]

    unasked("load.run")  # else the file waits for a second person before any row is looked at
    operator = staff("zheng", "operator", org=branch("1000"))
    run = delivered_by(operator, tmp_path, "tax_certification", {**step, "customer_no": ""})
    assert [code for _line, _field, code in refused(run)] == ["access.denied"]
    assert the_row("tax_certification", people["O-1"]).tax_state == "DRAFT"


def test_what_was_handed_in_stays_as_it_was(people: dict[str, int], clerk: Actor, tmp_path: Path) -> None:
    """Parts, changes and impossible steps are refused with the codes of the screens."""
    declared(tmp_path)
    delivered_by(clerk, tmp_path, "tax_certification", row("submit", key="O-1", slot="T-7"))
    late = deliver(
        tmp_path,
        "controlling_person",
        row(key="O-1", slot="T-7/3", certification_no="T-7", person_no="3", full_name="赵六"),
        row(key="O-1", slot="T-8/1", certification_no="T-8", person_no="1", full_name="赵六"),
    )
    assert rejects(late) == [(2, "", "record.kept"), (3, "certification_no", "declaration.unknown")]
    change = deliver(
        tmp_path,
        "tax_certification",
        row("change", key="O-1", slot="T-7", form_version="CN-2019", evidence="x"),
    )
    assert rejects(change) == [(2, "", "record.kept")]
    again = delivered_by(
        clerk, tmp_path, "tax_certification", row("submit", key="O-1", slot="T-7", evidence="")
    )
    assert refused(again) == [(2, "", "state.refused")]


def test_what_a_declaration_lacks_is_told_by_column(
    people: dict[str, int], clerk: Actor, tmp_path: Path
) -> None:
    told = {**FORMAL, "residency_status": "CHINESE", "signed_on": "", "self_cert": ""}
    deliver(tmp_path, "tax_certification", row(slot="T-7", certification_no="T-7", **told))
    run = delivered_by(
        clerk,
        tmp_path,
        "tax_certification",
        row("submit", slot="T-7", certification_no="", signed_on="", self_cert=""),
    )
    assert refused(run) == [(2, "signed_on", "statement.needed"), (2, "self_cert", "crs.missing")]


def test_checks_of_documents_move_them(people: dict[str, int], tmp_path: Path, clerk: Actor) -> None:
    """A result is kept once and moves the document; one by hand takes a second person; no guess whose it is."""
    check = {
        "document_type": "P01",
        "method": "NETWORK_CHECK",
        "outcome": "CONSISTENT",
        "checked_at": "2026-03-02T08:30:00+08:00",
        "reference": "Q-1",
        "score": "98.50",
    }
    lines = [
        row(**check),
        row(**check),
        row(**{**check, "document_type": "P03"}),
        row(**{**check, "document_number": "440524188001010014"}),
        row(**{**check, "checked_at": "yesterday"}),
        row(**{**check, "method": "MANUAL"}),
        row(**{**check, "checked_at": ""}),
    ]
    loaded = deliver(tmp_path, "credential_verification", *lines)
    assert counts(loaded) == (1, 0, 1, 5), rejects(loaded)
    assert rejects(loaded) == [
        (4, "document_type", "document.about"),
        (5, "document_type", "document.about"),
        (6, "checked_at", "value.date"),
        (7, "", "approval.nobody"),
        (8, "checked_at", "row.required"),
    ]
    assert the_row("credential", people["P-1"]).lifecycle_state == "VERIFIED"
    kept = the_row("credential_verification", people["P-1"])
    assert (kept.outcome, kept.reference, str(kept.score)) == ("CONSISTENT", "Q-1", "98.50")


@pytest.fixture
def running(people: dict[str, int], clerk: Actor, officer: Actor) -> int:
    """An agreement in force with a handler; the id of its employer."""
    number = customer_no(people["O-1"])
    say: dict[str, Any] = {"reason": "agreed", "at": NOW}
    agreement: Any = facets.add(everything(), number, "agency_agreement", AGREEMENT, **say)
    facets.add(everything(), number, "agency_handler", HANDLER | {"document_expiry": LONG_TERM}, **say)
    asked = agency_payment.submit(clerk, agreement.pk, agreement.version, **say).request
    assert asked is not None
    deciding.approve(officer, asked.pk, asked.version, reason="looked at it", at=NOW)
    return people["O-1"]


def payment(batch: str, name: str, account: str, amount: str, **more: str) -> dict[str, str]:
    told = {"agreement_no": "A-1", "batch_no": batch, "handler_no": "1", "pay_on": "29990101"}
    return {**row(key="O-1", name=name, account=account, amount=amount, **told), **more}


@pytest.mark.parametrize(
    ("unreadable", "together"), [(4, [3, 5, 6]), (5, [4, 6]), (6, [4, 5, 7])], ids=["first", "middle", "last"]
)
def test_a_batch_with_a_line_that_cannot_be_read_is_refused_whole(
    running: int, tmp_path: Path, unreadable: int, together: list[int]
) -> None:
    """Nobody is paid by the rest of it; a neighbour is refused too where the line may be one of its own."""
    batches = ("B-0", "B-1", "B-2", "B-2", "B-2", "B-3", "B-4")
    lines = [payment(batch, "王建国", ACCOUNT, f"{place}.00") for place, batch in enumerate(batches, 2)]
    lines[unreadable - 2]["name"] = "\x01"
    loaded = deliver(tmp_path, "agency_payment", *lines)
    expected = [(line, "", "row.together") for line in together] + [(unreadable, "name", "row.control")]
    assert rejects(loaded) == sorted(expected)
    refused = {batches[line - 2] for line, _field, _code in expected}
    assert {row.batch_no for row in rows_of("agency_batch", running)} == set(batches) - refused


@pytest.mark.parametrize(
    "differs", [{}, {"handler_no": "H-2"}, {"pay_on": "20300401"}], ids=["", "handler", "day"]
)
def test_a_batch_whose_lines_stand_apart_is_refused_whole(
    running: int, tmp_path: Path, differs: dict[str, str]
) -> None:
    """A, B, A: the first part of A is not all that the employer wants paid, so none of A is taken."""
    lines = [
        payment("B-1", "王建国", ACCOUNT, "1.00"),
        payment("B-2", "王建国", ACCOUNT, "2.00"),
        payment("B-1", "王建国", ACCOUNT, "3.00", **differs),
    ]
    loaded = deliver(tmp_path, "agency_payment", *(lines if not differs else [lines[0], lines[2], lines[1]]))
    refused = (2, 4) if not differs else (2, 3)
    assert rejects(loaded) == [(line, "", "row.apart") for line in refused]
    assert [row.batch_no for row in rows_of("agency_batch", running)] == ["B-2"]


def test_batches_of_payments_come_with_their_lines(running: int, tmp_path: Path) -> None:
    """A batch is taken whole or refused whole; what is wrong with one payment stays with it."""
    loaded = deliver(
        tmp_path,
        "agency_payment",
        payment("B-1", "王建国", "6222021200012345679", "100.50"),
        payment("B-1", "李文静", "x", "20.00"),
        payment("B-2", "张伟", "6222020000000000006", "999999.00"),
        payment("B-3", "张伟", "6222020000000000006", "1.00", agreement_no="A-9"),
        payment("B-4", "张伟", "6222020000000000006", "1.00"),
        payment("B-4", "张伟", "6222020000000000006", "1.00", operation="remove"),
    )
    assert counts(loaded) == (2, 0, 0, 4), rejects(loaded)
    assert rejects(loaded) == [
        (4, "", "batch.limit"),
        (4, "", "batch.month_limit"),
        (5, "agreement_no", "row.unknown"),
        (6, "", "row.together"),
        (7, "operation", "row.operation"),
    ]
    again = deliver(tmp_path, "agency_payment", payment("B-1", "张伟", "6222020000000000006", "5.00"))
    assert rejects(again) == [(2, "batch_no", "record.number_taken")]
    (batch,) = rows_of("agency_batch", running)
    assert (batch.batch_no, batch.batch_state, str(batch.total), batch.line_count) == (
        "B-1",
        "CHECKED",
        "120.50",
        2,
    )
    with database_role("engine"):
        found = AgencyLine.objects.filter(batch_id=batch.pk).order_by("line").values_list("line", "finding")
        assert list(found) == [(2, "payee.unknown"), (3, "payee.account")]
