"""Creating over HTTP, at once and in batches: what a caller may not tell is refused alike, with its place."""

from typing import Any

import pytest

from batch.services.creating import run_batch
from customers.models import Customer
from customers.rules.number import customer_no
from mdm.rest.facets import member
from mdm.subjects import registry
from security.access.roles import PERMISSIONS
from tests.customers.api.conftest import caller
from tests.factories.customers import bank, stored
from tests.factories.customers import person as stored_person
from tests.support.api import Api
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
DAY = "2026-03-02"
#: A row of each facet that takes a right of its own.
ROWS: dict[str, dict[str, Any]] = {
    "credential": {"type": "P01", "number": "11010519491231002X", "issuing_country": "CHN"},
    "rating": {"kind": "AML", "grade": "1", "assessed_on": DAY},
    "restriction": {"kind": "INTERNAL", "extent": "ALL", "begun_on": DAY},
    "tax_certification": {"certification_no": "T-1"},
    "tax_residence": {"certification_no": "T-1", "country": "USA"},
    "controlling_person": {"certification_no": "T-1", "person_no": "1"},
    "investor_assessment": {"assessment_no": "I-1", "regime": "AM2018"},
    "agency_agreement": {"agreement_no": "A-1", "purpose": "SALARY"},
    "agency_handler": {"agreement_no": "A-1", "handler_no": "1", "full_name": "李文静"},
}


def told(*facets: str, **members: Any) -> dict[str, Any]:
    """Somebody with a name and one row of facets."""
    rows = {member(registry.facet(name)): [ROWS[name]] for name in facets}
    names = {"customer_names": [{"kind": "LEGAL", "full_name": "林知远"}]}
    return {"source_key": "A-1", "party_type": "PERSON", **names, **rows, **members}


def by_batch(api: Api, body: dict[str, Any]) -> list[tuple[str, str]]:
    """The places and codes for which a batch of one refuses its row."""
    sent = api.post("customers:batch-create", {"mode": "tolerant", "rows": [body]})
    assert sent.status == 202, sent.text
    with database_role("engine"):
        run_batch(api.get(sent.headers["Location"]).body["run"])
    (row,) = api.get(f"{sent.headers['Location']}/rows").body["items"]
    return [(error["field"], error["code"]) for error in row["errors"]]


def test_every_facet_with_a_right_of_its_own_is_held_against_it() -> None:
    apart = {one.name for one in registry.facets() if one.told and one.permission != "customer.change"}
    assert set(ROWS) == apart
    bank()
    for at, name in enumerate(sorted(ROWS)):
        facet = registry.facet(name)
        lacking = caller(f"lacks-{at}", "1100", scopes=sorted(set(PERMISSIONS) - {facet.permission}))
        answer = lacking.post("customers", told(name))
        assert (answer.status, answer.code) == (403, "access.denied"), name
        assert by_batch(lacking, told(name)) == [(f"/{member(facet)}", "access.denied")], name
    with database_role("engine"):
        assert Customer.objects.count() == 0
    of_persons = [name for name in ROWS if not name.startswith("agency_")]
    all_of_them = caller("holds-all", "1100").post("customers", told(*of_persons))
    assert all_of_them.status == 201, all_of_them.text


def test_a_batch_of_payments_is_no_member_of_a_new_customer() -> None:
    bank()
    row = {"agreement_no": "A-1", "batch_no": "1", "pay_on": DAY, "total": "1.00", "matched_lines": 9}
    answer = caller("core-bank", "1100").post("customers", told(agency_batches=[row]))
    assert (answer.status, answer.places) == (422, {("/agency_batches", "unknown")})


@pytest.mark.parametrize("facet", ["relationship", "controlling_person"])
def test_a_customer_of_another_branch_is_as_unknown_as_one_that_is_not_there(facet: str) -> None:
    bank()
    far = stored_person("far", credential=[])
    far.facets["customer"][0]["org"] = "1200"
    api, name = caller("core-bank", "1100"), member(registry.facet(facet))
    row = {"kind": "GUARANTOR"} if facet == "relationship" else ROWS[facet]
    answers = []
    for number in (customer_no(stored(far)), customer_no(999_999)):
        body = told(**{name: [{**row, "other_no": number}]})
        answer = api.post("customers", body)
        assert answer.places == {(f"/{name}/0/other_no", "other.unknown")}
        assert by_batch(api, body) == [(f"/{name}/0/other_no", "other.unknown")]
        answers.append((answer.status, answer.code, answer.body["detail"]))
    assert answers[0] == answers[1]
