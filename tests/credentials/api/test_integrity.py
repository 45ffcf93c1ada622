"""Integrity over REST and on screens."""

import pytest

from credentials.services.integrity import run_checks
from customers.rules.number import customer_no
from mdm.runs import JobRun
from tests.customers.admin.conftest import screens_of
from tests.factories.credentials import holder
from tests.factories.customers import stored
from tests.support.api import Api
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(db: None) -> str:
    """A person whose document is not verified."""
    from tests.factories.customers import bank

    bank()
    return customer_no(stored(holder()))


def test_a_customer_is_checked_and_a_branch_by_a_run(customer: str, api: Api, elsewhere: Api) -> None:
    told = api.get(f"customers/{customer}/integrity").body
    assert told["score"] < 100
    assert len(told["elements"]) == 9
    assert {"UNVERIFIED", "MISSING"} <= {one["kind"] for one in told["found"]}
    assert "231002X" not in str(told)
    assert elsewhere.get(f"customers/{customer}/integrity").code == "customer.unknown"

    ordered = api.post("integrity-checks", {"org": "1100"})
    assert ordered.status == 202
    with database_role("engine"):
        run_checks(ordered.body["run"])
    (row,) = api.get("integrity-checks?kind=UNVERIFIED").body["items"]
    assert (row["customer_no"], row["score"]) == (customer, told["score"])
    assert elsewhere.get("integrity-checks").body["items"] == []
    assert api.post("integrity-checks", {"org": "1200"}).code == "integrity.branch"

    again = api.post("integrity-checks", {"customers": [customer.lower()]})
    with database_role("engine"):
        run_checks(again.body["run"])
    assert [
        one["customer_no"] for one in api.get(f"integrity-checks?run={again.body['run']}").body["items"]
    ] == [customer]
    assert api.get(f"integrity-checks?run={ordered.body['run']}").body["items"] == []
    assert api.post("integrity-checks", {"customers": ["C0000000000"]}).code == "integrity.customer"
    assert api.post("integrity-checks", {"view": 999}).code == "integrity.view"


def test_what_names_no_view_and_no_run_is_refused_and_not_everybody(customer: str, api: Api) -> None:
    boss = screens_of("boss", "1100", "branch_manager")
    order = boss.post("/integrity/", view="12a")
    assert (order.status, "There is no such view of the customer list." in order.text) == (422, True)
    assert JobRun.objects.count() == 0
    figures = boss.get("/integrity/", run="abc")
    assert (figures.status, "There is no such run." in figures.text) == (422, True)
    assert api.post("integrity-checks", {"view": "12a"}).status == 422
    assert api.get("integrity-checks?run=abc").status == 400


def test_the_sheet_and_the_board(customer: str) -> None:
    boss = screens_of("boss", "1100", "branch_manager")
    sheet = boss.get(f"/customer/{customer}/integrity/")
    assert sheet.status == 200
    assert "The document is not verified." in sheet.text
    assert "data-print" in sheet.html
    assert f"/customer/{customer}/integrity/" in boss.get(f"/customer/{customer}/").html

    ordered = boss.post("/integrity/", org="1100", follow=True)
    assert "The check was ordered" in ordered.text
    with database_role("engine"):
        run_checks(JobRun.objects.get(job="integrity").pk)
        run = JobRun.objects.get(job="integrity").pk
    assert f'name="run" value="{run}"' in boss.get("/integrity/", run=str(run)).html
    assert customer in boss.get("/integrity/", run=str(run)).text
    assert customer not in boss.get("/integrity/", run=str(run + 1)).text
    again = boss.post("/integrity/", customers=f"{customer};")
    assert again.location.startswith("/integrity/?run=")
    board = boss.get("/integrity/", kind="UNVERIFIED")
    assert customer in board.text
    assert customer not in screens_of("other", "1200", "teller").get("/integrity/").text
    assert screens_of("clerk", "1100", "teller").post("/integrity/", org="").status == 403
