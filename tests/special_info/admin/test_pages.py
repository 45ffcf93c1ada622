"""The pages of special information: what a clerk fills in and sees, what others see, what is refused where."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers.rules.number import customer_id
from customers.services import facets
from security.access.actor import Actor
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from special_info.admin.settling import text_of
from special_info.services import agency_payment, investor, tax
from tests.customers.admin.conftest import screens_of
from tests.factories.customers import rows_of
from tests.factories.security import NOW
from tests.special_info.declared import AGREEMENT, ASSESSMENT, BOTH, HANDLER, US, WHY, approved
from tests.support.database_roles import database_role
from tests.support.screens import Screens, Seen

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": WHY, "at": NOW}
HEAD = {
    "head-form_version": "CN-2019",
    "head-residency_status": "CHINESE",
    "head-signed_on": "2026-03-02",
    "head-signed_as": "SELF",
    "head-self_cert": "CRS901",
    "head-due_diligence": "CRS1201",
    "head-account_type": "CRS1101",
    "head-joint_holders": "1",
    "reason": WHY,
    "residences": "2",
    "persons": "2",
}
PERSONS = {
    f"p{place}-{name}": value
    for place, told in enumerate(("王建国", "李文静"))
    for name, value in {
        "full_name": told,
        "control_type": "CRS801",
        "residency_status": "CHINESE",
        "self_cert": "CRS1001",
    }.items()
}


@pytest.fixture
def desk(bank: None) -> Screens:
    """The screens of a clerk of special information of branch 1100."""
    return screens_of("desk", "1100", "tax_clerk")


@pytest.fixture
def elsewhere(bank: None) -> Screens:
    """A clerk of another branch."""
    return screens_of("elsewhere", "1200", "tax_clerk")


def approve(officer: Actor) -> None:
    """What waits, approved as of now."""
    with database_role("engine"):
        request = ChangeRequest.objects.latest("pk")
    deciding.approve(officer, request.pk, request.version, reason="seen", at=timezone.now())


def page_of(told: Seen) -> str:
    assert told.status == 302, told.text
    return told.location


# -- tax residence -----------------------------------------------------------------------------------------


def test_a_passive_entity_declares_with_two_controlling_persons(
    desk: Screens, officer: Actor, company_no: str
) -> None:
    blank = desk.get(f"/special/tax/{company_no}/new/")
    assert "Controlling person 2" in blank.text
    assert 'name="head-surname"' not in blank.html
    told = {**HEAD, **PERSONS, "head-entity_class": "PASSIVE_NFE", "r0-country": "CHN"}

    page = page_of(desk.post(f"/special/tax/{company_no}/new/", **told))

    seen = desk.get(page)
    assert "keeps it from being handed in" not in seen.text
    assert "Legal person: ownership" in seen.text
    assert "王建国" not in seen.html
    assert [p.person_no for p in rows_of("controlling_person", customer_id(company_no) or 0)] == ["1", "2"]
    version = seen.value("step-version")
    sent = desk.post(page, act="submit", **{"step-reason": WHY, "step-version": version}, follow=True)
    assert "waits for the approval" in sent.text
    approve(officer)
    after = desk.get(page)
    assert "Approved" in after.text
    assert "Circumstances changed" in after.text


def test_a_form_says_what_is_wrong_beside_the_field(desk: Screens, person_no: str) -> None:
    told = desk.post(
        f"/special/tax/{person_no}/new/", **{**HEAD, "head-signed_on": "yesterday", "r0-tin": "1"}
    )
    assert told.status == 422
    assert "Please correct this first" in told.text
    assert rows_of("tax_certification", customer_id(person_no) or 0) == []
    again = desk.post(f"/special/tax/{person_no}/new/", **HEAD, more="residences")
    assert again.status == 200
    assert "Tax residence 3" in again.text
    assert again.value("head-signed_on") == "2026-03-02"


def test_a_draft_says_what_is_missing_and_where(desk: Screens, person_no: str) -> None:
    told = {**HEAD, "head-self_cert": "", "r0-country": "USA", "r0-no_tin_reason": "B"}
    page = page_of(desk.post(f"/special/tax/{person_no}/new/", **told))
    seen = desk.get(page)
    assert "3 things keep it from being handed in" in seen.text
    assert "CRS asks for this" in seen.text
    refused = desk.post(page, act="submit", **{"step-reason": WHY, "step-version": "1"})
    assert refused.status == 422
    assert "declaration.incomplete" in refused.text
    nothing = desk.post(page, act="submit", **{"step-version": "1"})
    assert nothing.status == 422
    assert "reason.missing" in nothing.text


def test_what_was_handed_in_is_no_form_any_more(desk: Screens, clerk: Actor, person_no: str) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    form = desk.get(f"/special_info/taxcertification/{row.pk}/change/")
    assert form.status == 200
    assert 'name="residency_status"' in form.html
    assert 'name="tax_state"' not in form.html
    tax.submit(clerk, row.pk, row.version, **SAY)
    assert desk.get(f"/special_info/taxcertification/{row.pk}/change/").location == f"/special/tax/{row.pk}/"
    assert desk.get(f"/special_info/taxcertification/add/?customer={person_no}").location == (
        f"/special/tax/{person_no}/new/"
    )


def test_a_change_of_circumstances_starts_the_clock(
    desk: Screens, clerk: Actor, officer: Actor, person_no: str
) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    approved(officer, tax.submit(clerk, row.pk, row.version, **SAY))
    page = f"/special/tax/{row.pk}/"
    told = {"act": "report_change", "step-reason": WHY, "step-version": "3"}
    assert desk.post(page, **told).status == 422
    page_of(desk.post(page, **told, **{"step-changed_on": "2026-11-02"}))
    assert "2026-12-02" in desk.get(page).text
    assert "A new tax self-certification is due" in desk.get(f"/customer/{person_no}/").text


# -- investors ---------------------------------------------------------------------------------------------


def test_an_assessment_shows_which_branch_is_met(desk: Screens, clerk: Actor, person_no: str) -> None:
    row: Any = facets.add(clerk, person_no, "investor_assessment", ASSESSMENT, **SAY)
    page = f"/special/investor/{row.pk}/"
    seen = desk.get(page)
    assert "Met today: Average income of three years" in seen.text
    assert "完税证明 2023-2025, 交易流水" in seen.text
    assert "420000" not in seen.html
    told = {"act": "submit", "step-reason": WHY, "step-version": "1"}
    sent = desk.post(f"/special/investor/{row.pk}/", follow=True, **told)
    assert "waits for the approval" in sent.text


def test_an_assessment_that_is_not_met_says_why(desk: Screens, clerk: Actor, person_no: str) -> None:
    told = {**ASSESSMENT, "average_income": "1", "own_money": False}
    row: Any = facets.add(clerk, person_no, "investor_assessment", told, **SAY)
    seen = desk.get(f"/special/investor/{row.pk}/")
    assert "No branch is met today" in seen.text
    assert "below what is asked" in seen.text
    assert "Missing: invests money that is not borrowed" in seen.text


# -- agency payment ----------------------------------------------------------------------------------------


@pytest.fixture
def running(clerk: Actor, officer: Actor, company_no: str) -> Any:
    row: Any = facets.add(clerk, company_no, "agency_agreement", AGREEMENT, **SAY)
    facets.add(clerk, company_no, "agency_handler", {**HANDLER, "document_expiry": date(2099, 1, 1)}, **SAY)
    approved(officer, agency_payment.submit(clerk, row.pk, row.version, **SAY))
    return row


def upload(text: str | bytes, **more: str) -> dict[str, Any]:
    raw = text.encode() if isinstance(text, str) else text
    told = {"batch": "1", "batch_no": "B-1", "handler_no": "1", "pay_on": "2099-01-10", "reason": WHY}
    return {**told, **more, "file": SimpleUploadedFile("b.csv", raw)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_batch_is_handed_in_and_shown_line_by_line(
    desk: Screens, running: Any, person_no: str, encoding: str
) -> None:
    text = "姓名,账号,金额\n欧阳知远,6222021001122334455,5000.00\n赵六,6222021001122334455,1\n".encode(
        encoding
    )
    page = page_of(desk.post(f"/special/agency/{running.pk}/", **upload(text)))
    seen = desk.get(page)
    assert "The account is paid under several names." in seen.text
    assert person_no in seen.text
    for clear in ("欧阳知远", "6222021001122334455", "5000.00"):
        assert clear not in seen.html
    assert "B-1" in desk.get(f"/special/agency/{running.pk}/").text
    assert "62" not in desk.get(page, only="paid").text.partition("No payment is of this kind")[0][-200:]


def test_what_is_wrong_with_a_batch_is_said(desk: Screens, running: Any) -> None:
    refused = desk.post(f"/special/agency/{running.pk}/", **upload("a,b\n1,2"))
    assert refused.status == 422
    assert "The first line does not name this column." in refused.text
    late = desk.post(
        f"/special/agency/{running.pk}/", **upload("name,account,amount\nA,62220210,1", handler_no="7")
    )
    assert "This is no handler" in late.text
    assert desk.post(f"/special/agency/{running.pk}/", batch="1").status == 422
    broken = desk.post(f"/special/agency/{running.pk}/", **upload(b"\xff\xff\xff\x00\xff"))
    assert "neither UTF-8 nor GB18030" in broken.text


def test_a_batch_is_refused_on_its_page(desk: Screens, running: Any) -> None:
    told = upload("name,account,amount\nA,6222021001122334455,1")
    page = page_of(desk.post(f"/special/agency/{running.pk}/", **told))
    page_of(desk.post(page, act="refuse", **{"step-reason": WHY, "step-version": "1"}))
    assert "Rejected" in desk.get(page).text


def test_a_long_file_is_read_to_its_end() -> None:
    rows = "line,paid\n" + "".join(f"{line},yes\n" for line in range(2, 300_000)) + "300000,no\n"
    assert text_of(BytesIO(rows.encode())) == rows


def results(text: str, version: str, **more: str) -> dict[str, Any]:
    sent = {"settle-results": SimpleUploadedFile("r.csv", text.encode())} if text else {}
    return {"settle": "1", "settle-version": version, "settle-reason": WHY, **sent, **more}


def test_results_are_registered_counted_and_corrected(desk: Screens, running: Any, officer: Actor) -> None:
    text = (
        "name,account,amount\nA,6222021001122334455,10.50\nB,6222021001122334463,2\nC,6222021001122334471,3"
    )
    page = page_of(desk.post(f"/special/agency/{running.pk}/", **upload(text)))
    desk.post(page, act="approve", **{"step-reason": WHY, "step-version": "1"})
    approve(officer)
    assert "Register the results" not in desk.get(page).text
    page_of(
        desk.post(
            page, act="send", **{"step-reason": WHY, "step-version": desk.get(page).value("step-version")}
        )
    )
    version = desk.get(page).value("settle-version")

    some = desk.post(page, **results("line,paid\n3,no\n", version))
    assert "Each payment of the batch is told once." in some.text
    odd = desk.post(page, **results("line,paid\n3,perhaps\n", version))
    assert (odd.status, "Tell the line, and whether it was paid." in odd.text) == (422, True)
    told = results("行号,结果,代码,说明\n3,失败,E17,账户已销户\n", version, **{"settle-others_paid": "on"})
    page_of(desk.post(page, **told))

    seen = desk.get(page)
    assert "13.50 CNY" in seen.text
    assert "2.00 CNY" in seen.text or "2 CNY" in seen.text
    failed = desk.get(page, only="failed").text
    assert ("账户已销户" in failed, "6222" in failed) == (True, False)
    assert "Correct the results" in seen.text
    page_of(desk.post(page, **results("line,paid\n3,yes\n", seen.value("settle-version"))))
    after = desk.get(page, only="failed").text
    assert "No payment is of this kind." in after
    assert "15.50 CNY" in after
    looking = screens_of("looker", "1000", "auditor")
    assert "Correct the results" not in looking.get(page).text
    assert looking.post(page, **results("", "9")).status == 403


# -- the board, and who sees what --------------------------------------------------------------------------


def test_the_board_shows_what_waits_and_how_much_there_is(
    desk: Screens, clerk: Actor, person_no: str
) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    seen = desk.get("/special/", kind="tax", list="draft")
    assert row.certification_no in seen.text
    assert person_no in seen.text
    for kind in ("investor", "agency", "batch", "nothing"):
        assert desk.get("/special/", kind=kind).status == 200
    assert "New declaration overdue" in desk.get("/special/", list="nothing").text


def test_the_board_lists_who_is_to_be_asked_and_leads_to_the_form(
    desk: Screens, elsewhere: Screens, clerk: Actor, person_no: str, company_no: str
) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    seen = desk.get("/special/", kind="tax", list="undeclared")
    assert f"/special/tax/{company_no}/new/" in seen.html
    assert f"/special/tax/{row.pk}/" in seen.html
    assert "王建国" not in seen.html
    narrowed = desk.get("/special/", kind="tax", list="undeclared", party_type="PERSON", why="draft")
    assert company_no not in narrowed.text
    assert '<input type="hidden" name="list" value="undeclared">' in narrowed.html
    assert person_no not in elsewhere.get("/special/", list="undeclared").text
    looking = screens_of("looker", "1000", "auditor").get("/special/", list="undeclared")
    assert company_no in looking.text
    assert f"/special/tax/{company_no}/new/" not in looking.html


def test_a_work_list_is_kept_as_a_view(desk: Screens, person_no: str) -> None:
    asked = {"kind": "tax", "list": "undeclared", "party_type": "PERSON"}
    seen = desk.get("/special/", **asked)
    page = seen.html.partition('href="/views/new/special/')[2].partition('"')[0].replace("&amp;", "&")
    saved = desk.post(f"/views/new/special/{page}", name="Persons to ask", shared="on")
    assert saved.location.startswith("/special/?")
    opened = desk.get(saved.location)
    assert person_no in opened.text
    assert "Persons to ask" in screens_of("desk-2", "1100", "tax_clerk").get("/special/").text
    assert "Save" in desk.get("/documents/", band="30").text
    radar = desk.post("/views/new/documents_due/?band=30", name="Soon")
    assert radar.location == "/documents/?band=30"


def test_others_find_nothing(
    desk: Screens, elsewhere: Screens, clerk: Actor, person_no: str, running: Any
) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    assessed: Any = facets.add(clerk, person_no, "investor_assessment", ASSESSMENT, **SAY)
    for page in (
        f"/special/tax/{row.pk}/",
        f"/special/investor/{assessed.pk}/",
        f"/special/agency/{running.pk}/",
        f"/special/tax/{person_no}/new/",
        "/special/batch/999999/",
        f"/special/tax/{2**70}/",
    ):
        assert elsewhere.get(page).status == 404, page
    assert elsewhere.post(f"/special/tax/{row.pk}/", act="withdraw", **{"step-reason": WHY}).status == 404
    assert elsewhere.post("/special/batch/999999/", act="send", **{"step-reason": WHY}).status == 404


def test_who_may_only_look_sees_no_button(desk: Screens, clerk: Actor, person_no: str) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    auditor = screens_of("auditor", "1000", "auditor")
    seen = auditor.get(f"/special/tax/{row.pk}/")
    assert seen.status == 200
    assert "Hand in" not in seen.text
    assert auditor.post(f"/special/tax/{row.pk}/", act="submit", **{"step-reason": WHY}).status == 403
    assert auditor.get(f"/special/tax/{person_no}/new/").status == 403


def test_both_languages_have_the_pages(clerk: Actor, officer: Actor, person_no: str) -> None:
    row: Any = facets.add(clerk, person_no, "investor_assessment", ASSESSMENT, **SAY)
    approved(officer, investor.submit(clerk, row.pk, row.version, **SAY))
    for language in ("en", "zh-hans"):
        desk = screens_of(f"desk-{language}", "1100", "tax_clerk")
        desk.client.cookies["panorama_language"] = language
        assert desk.get(f"/special/investor/{row.pk}/").status == 200


def test_a_draft_is_corrected_in_the_forms_of_its_parts(desk: Screens, clerk: Actor, person_no: str) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    form = desk.get(f"/special_info/taxcertification/{row.pk}/change/")
    sent = {
        "certification_no": row.certification_no,
        "version": form.value("version"),
        "residency_status": "FOREIGN",
        "reason": WHY,
    }
    done = desk.post(f"/special_info/taxcertification/{row.pk}/change/", **sent)
    assert done.status == 302, done.text
    (again,) = rows_of("tax_certification", row.customer_id)
    assert (again.residency_status, again.surname.open()) == ("FOREIGN", "OUYANG")
    added = desk.post(
        "/special_info/taxcertification/add/", customer=person_no, certification_no="T-9", reason=WHY
    )
    assert added.status == 302, added.text
    assert [one.certification_no for one in rows_of("tax_certification", row.customer_id)][-1] == "T-9"
