"""Special information as client systems use it: declared whole, moved, listed, counted; masked at every turn."""

from typing import Any

import pytest
from django.utils import timezone

from customers.rules.number import customer_id
from security.access.actor import Actor
from security.approvals import deciding
from tests.customers.api.conftest import caller
from tests.factories.customers import rows_of
from tests.special_info.declared import ABROAD, AGREEMENT, ASSESSMENT, BOTH, CONTROLLERS, HANDLER, PASSIVE, US
from tests.support.api import Api, Told

pytestmark = pytest.mark.django_db
#: Until when batches of tests may be paid.
LATE = "2099-01-10"


@pytest.fixture
def api(bank: None) -> Api:
    """A client system of branch 1100 with every scope."""
    return caller("core-bank", "1100")


def plain(told: Any) -> Any:
    """As JSON tells it."""
    if isinstance(told, dict):
        return {name: plain(value) for name, value in told.items()}
    if isinstance(told, list):
        return [plain(one) for one in told]
    return told if told is None or isinstance(told, bool | int | str) else str(told)


def moved(api: Api, address: str, name: str, version: int, **body: Any) -> Told:
    return api.post(
        f"{address}:{name}", {"change_reason": "as asked", **body}, key=None, If_Match=f'"v{version}"'
    )


def approve(officer: Actor, told: Told) -> None:
    assert told.status == 202, told.text
    deciding.approve(officer, told.body["id"], told.body["version"], reason="seen", at=timezone.now())


# -- tax residence -----------------------------------------------------------------------------------------


def test_a_passive_entity_declares_with_two_controlling_persons(
    api: Api, officer: Actor, company_no: str
) -> None:
    body = {
        **plain(PASSIVE),
        "tax_residences": [{**US, "person_no": "1"}],
        "controlling_persons": plain(CONTROLLERS),
    }
    told = api.post(f"customers/{company_no}/tax-certifications:declare", body)

    assert told.status == 201, told.text
    assert told.body["certification"]["tax_state"] == "DRAFT"
    assert [one["person_no"] for one in told.body["controlling_persons"]] == ["1", "2"]
    assert (told.body["faults"], told.body["operations"]) == ([], ["submit", "withdraw"])
    for clear in ("536904399", "王建国", "OUYANG", "望京西路"):
        assert clear not in told.text
    address = told.headers["Location"]
    whole = api.get(f"{address}/declaration")
    assert whole.body == told.body
    waits = moved(api, address, "submit", 1)
    assert waits.body["operation"] == "tax.approve"
    approve(officer, waits)
    assert api.get(address).body["tax_state"] == "APPROVED"
    changed = moved(api, address, "report-change", 3, changed_on="2026-11-01")
    assert changed.body["change_notice_due"] == "2026-12-01"


def test_what_a_declaration_lacks_is_named_where_it_was_sent(api: Api, person_no: str) -> None:
    body = {**plain(BOTH), "self_cert": "", "tax_residences": [{"country": "USA", "no_tin_reason": "B"}]}
    told = api.post(f"customers/{person_no}/tax-certifications:declare", body)
    assert {(fault["pointer"], fault["code"]) for fault in told.body["faults"]} == {
        ("/tax_certification/0/self_cert", "crs.missing"),
        ("/tax_residence/0/explanation", "residence.unexplained"),
    }
    refused = moved(api, told.headers["Location"], "submit", 1)
    assert (refused.status, refused.code) == (422, "declaration.incomplete")
    assert ("/self_cert", "crs.missing") in refused.places


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"tax_residences": [{"country": "ZZZ"}]}, "/tax_residences/0/country"),
        ({"tax_state": "APPROVED"}, "/tax_state"),
        (
            {"controlling_persons": [{"person_no": "1", "other_no": "C00000000000"}]},
            "/controlling_persons/0/other_no",
        ),
    ],
)
def test_what_cannot_be_registered_is_refused_in_its_place(
    api: Api, company_no: str, part: dict[str, Any], place: str
) -> None:
    told = api.post(f"customers/{company_no}/tax-certifications:declare", {**plain(PASSIVE), **part})
    assert told.status == 422, told.text
    assert place in {pointer for pointer, _code in told.places}
    assert rows_of("tax_certification", customer_id(company_no) or 0) == []


def test_a_move_that_is_not_allowed_is_refused_with_its_code(api: Api, person_no: str) -> None:
    told = api.post(f"customers/{person_no}/tax-certifications:declare", plain(BOTH))
    address = told.headers["Location"]
    for name, body in (("reopen", {}), ("invalidate", {}), ("report-change", {"changed_on": "2026-01-01"})):
        refused = moved(api, address, name, 1, **body)
        assert (refused.status, refused.code) == (409, "state.refused"), name
    assert moved(api, address, "submit", 9).code == "row.stale"
    assert moved(api, address, "withdraw", 1).body["tax_state"] == "WITHDRAWN"


def test_parts_are_corrected_row_by_row_while_it_is_a_draft(api: Api, person_no: str) -> None:
    told = api.post(
        f"customers/{person_no}/tax-certifications:declare",
        {**plain(BOTH), "tax_residences": [{"country": "USA", "tin": "123"}]},
    )
    home = told.body["tax_residences"][0]
    assert [fault["code"] for fault in told.body["faults"]] == ["residence.tin"]
    rows = f"customers/{person_no}/tax-residences"
    fixed = api.patch(
        f"{rows}/{home['id']}", {"tin": "536904399", "change_reason": "typing error"}, version=1
    )
    assert (fixed.status, fixed.body["tin"]) != (200, "536904399")
    assert api.get(f"{told.headers['Location']}/declaration").body["faults"] == []


# -- investors ----------------------------------------------------------------------------------------------


def test_an_assessment_says_which_branch_is_met_and_why_not(api: Api, officer: Actor, person_no: str) -> None:
    rows = f"customers/{person_no}/investor-assessments"
    told = api.post(rows, {**plain(ASSESSMENT), "financial_assets": "100"})
    address = told.headers["Location"]
    found = api.get(f"{address}/evaluation").body
    assert (found["met"], found["branch"], found["evidence"]) == (
        True,
        "INCOME",
        ["完税证明 2023-2025", "交易流水"],
    )
    assert {(c["branch"], c["field"]): c["why"] for c in found["criteria"]} == {
        ("NET_ASSETS", "net_financial_assets"): "UNTOLD",
        ("ASSETS", "financial_assets"): "LOW",
        ("INCOME", "average_income"): "",
        ("", "experience_years"): "",
    }
    approve(officer, moved(api, address, "submit", 1))
    row = api.get(address).body
    assert (row["investor_state"], row["branch_met"]) == ("APPROVED", "INCOME")
    assert row["average_income"] != "420000.00"
    assert moved(api, address, "reopen", 3).code == "state.refused"
    assert moved(api, address, "revoke", 3).body["investor_state"] == "REVOKED"


def test_an_assessment_that_is_not_met_is_refused(api: Api, person_no: str) -> None:
    rows = f"customers/{person_no}/investor-assessments"
    address = api.post(rows, {**plain(ASSESSMENT), "own_money": False}).headers["Location"]
    told = moved(api, address, "submit", 1)
    assert (told.code, told.places) == (
        "assessment.not_met",
        {
            ("/net_financial_assets", "criterion.UNTOLD"),
            ("/financial_assets", "criterion.UNTOLD"),
            ("/own_money", "criterion.MISSING"),
        },
    )


# -- agency payment -------------------------------------------------------------------------------------------


@pytest.fixture
def agreement(api: Api, officer: Actor, company_no: str) -> str:
    """The address of an agreement in force."""
    told = api.post(f"customers/{company_no}/agency-agreements", plain(AGREEMENT))
    assert told.status == 201, told.text
    assert moved(api, told.headers["Location"], "submit", 1).code == "agreement.incomplete"
    api.post(f"customers/{company_no}/agency-handlers", plain({**HANDLER, "document_expiry": "2099-01-01"}))
    approve(officer, moved(api, told.headers["Location"], "submit", 1))
    return told.headers["Location"]


def test_a_batch_is_handed_in_read_and_settled(
    api: Api, officer: Actor, agreement: str, company_no: str, person_no: str
) -> None:
    text = "name,account,amount\n欧阳知远,6222021001122334455,5000.00\nNobody,6222000011112222333,1\n"
    body = {
        "batch_no": "B-1",
        "handler_no": "1",
        "pay_on": LATE,
        "count": 2,
        "total": "5001.00",
        "payments": text,
    }
    told = api.post(f"{agreement}/batches", body)
    assert told.status == 201, told.text
    assert (told.body["batch_state"], told.body["matched_lines"], told.body["flawed_lines"]) == (
        "CHECKED",
        1,
        1,
    )
    batch = told.headers["Location"]
    lines = api.get(f"{batch}/lines").body["items"]
    assert [(one["line"], one["payee_no"], one["finding"]) for one in lines] == [
        (2, person_no, ""),
        (3, "", "payee.unknown"),
    ]
    assert "6222021001122334455" not in str(lines)
    assert "欧阳知远" not in str(lines)
    assert [one["line"] for one in api.get(f"{batch}/lines?flawed=true").body["items"]] == [3]
    first = api.get(f"{batch}/lines?page_size=1").body
    assert [one["line"] for one in api.get(first["next"]).body["items"]] == [3]
    approve(officer, moved(api, batch, "approve", 1))
    assert moved(api, batch, "send", 2).status == 200
    results = [{"line": 2, "paid": True}, {"line": 3, "paid": False, "code": "E1", "text": "no such account"}]
    done = moved(api, batch, "settle", 3, results=results)
    assert (done.body["batch_state"], done.body["paid_lines"]) == ("PARTLY_OK", 1)
    refused = api.post(f"{agreement}/batches", {**body, "batch_no": "B-2", "count": 3})
    assert (refused.code, refused.places) == ("batch.refused", {("/count", "batch.count")})
    unreadable = api.post(f"{agreement}/batches", {**body, "payments": "x"})
    assert ("/payments", "batch.header") in unreadable.places
    batches = f"customers/{company_no}/agency-batches"
    assert [one["batch_no"] for one in api.get(batches).body["items"]] == ["B-1"]
    typed = api.post(batches, {"agreement_no": "A-1", "batch_no": "X", "pay_on": LATE})
    assert (typed.status, api.post(f"{batch}:end", {"change_reason": "typed"}).status) == (405, 404)


@pytest.mark.parametrize("name", ["suspend", "terminate"])
def test_an_agreement_is_suspended_or_ended(api: Api, agreement: str, name: str) -> None:
    told = moved(api, agreement, name, 3)
    assert (told.status, told.body["ended_why"]) == (200, "as asked")


# -- lists and figures ---------------------------------------------------------------------------------------


def test_lists_and_figures(api: Api, officer: Actor, person_no: str, company_no: str) -> None:
    told = api.post(f"customers/{person_no}/tax-certifications:declare", plain({**BOTH, **ABROAD}))
    listed = api.get("special-information/tax/work-list?list=draft").body["items"]
    assert [(one["id"], one["customer_no"]) for one in listed] == [
        (told.body["certification"]["id"], person_no)
    ]
    figures = api.get("special-information/tax/statistics").body
    assert (figures["total"], figures["branches"], figures["lists"]["draft"]) == (1, {"1100": 1}, 1)
    missing = api.get("special-information/tax/undeclared?page_size=1").body
    assert [one["customer_no"] for one in missing["items"]] == [
        max(person_no, company_no, key=lambda n: customer_id(n) or 0)
    ]
    drafts = api.get("special-information/tax/undeclared?why=draft&party_type=PERSON").body["items"]
    assert [(one["customer_no"], one["why"], one["record"]) for one in drafts] == [
        (person_no, "draft", told.body["certification"]["id"])
    ]
    assert figures["lists"]["undeclared"] == 2
    assert api.get("special-information/tax/undeclared?why=nothing").code == "request.parameter"
    assert api.get("special-information/tax/work-list?list=nothing").code == "worklist.unknown"
    assert api.get("special-information/nothing/statistics").code == "worklist.unknown"
    other = caller("other-bank", "1200")
    assert other.get("special-information/tax/work-list?list=draft").body["items"] == []
    assert other.get("special-information/tax/statistics").body["total"] == 0
    assert other.get("special-information/tax/undeclared").body["items"] == []
    assert other.get(f"{told.headers['Location']}/declaration").status == 404
