"""`/customers:batch-create` and `/customer-batches` as a client system meets them."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batch.services.batches import MOST
from batch.services.creating import run_batch
from customers.api.examples import COMPANY, PERSON
from customers.models import Customer
from customers.rules.number import customer_id
from security.access.roles import PERMISSIONS
from tests.factories.batches import people, table
from tests.factories.customers import bank, the_row
from tests.factories.security import branch, client_system
from tests.support.api import Api, Told
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
CREATE = "customers:batch-create"


@pytest.fixture
def api() -> Api:
    """A client system of branch 1100 that may also write as the core system."""
    bank()
    scopes = (*PERMISSIONS, "source.core_customer")
    return Api(client_system("core-bank", scopes=scopes, org=branch("1100"))[1])


def row(key: str = "0001", **changes: Any) -> dict[str, Any]:
    return {**PERSON.body, "source_key": key, **changes}


def body(*rows: Any, mode: str = "tolerant") -> dict[str, Any]:
    return {"mode": mode, "rows": list(rows)}


def worked(api: Api, told: Told) -> Told:
    """The batch after a worker had it."""
    with database_role("engine"):
        run_batch(api.get(told.headers["Location"]).body["run"])
    return api.get(told.headers["Location"])


def rows_of(api: Api, told: Told, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(f"{told.headers['Location']}/rows{query}").body["items"]
    return items


def test_rows_are_taken_worked_on_and_found_by_row_and_key(api: Api) -> None:
    told = api.post(CREATE, body(row(), row("0002", colour="red"), {**COMPANY.body, "source_key": "0003"}, 7))
    assert (told.status, told.body["state"], told.body["rows"]) == (202, "WAITING", 4)
    assert told.headers["Retry-After"] == "2"
    ended = worked(api, told)
    assert (ended.body["state"], ended.body["counts"]) == (
        "PARTIAL",
        {"rows": 4, "created": 2, "existing": 0, "suspects": 0, "rejected": 2, "waiting": 0},
    )
    found = rows_of(api, told)
    assert [one["outcome"] for one in found] == ["CREATED", "REJECTED", "CREATED", "REJECTED"]
    assert [(e["field"], e["code"]) for one in found for e in one["errors"]] == [
        ("/colour", "unknown"),
        ("", "invalid"),
    ]
    assert rows_of(api, told, "?outcome=REJECTED&source_key=0002") == [found[1]]
    assert api.get(f"{told.headers['Location']}/rows/3").body == found[2]
    assert api.get(f"{told.headers['Location']}/rows/5").code == "creation.row_unknown"
    assert api.get(f"customers/{found[0]['customer_no']}").status == 200
    assert [one["id"] for one in api.get("customer-batches").body["items"]] == [ended.body["id"]]


def test_prospects_and_drafts_are_made_many_at_once(api: Api) -> None:
    (document, *_others) = PERSON.body["credentials"]
    prospect = row("0002", customer={"lifecycle_status": "POTENTIAL"}, credentials=[])
    draft = row("0003", credentials=[{**document, "lifecycle_state": "DRAFT"}])
    gone = row("0004", customer={"lifecycle_status": "MERGED"})
    told = api.post(CREATE, body(prospect, draft, gone))
    assert worked(api, told).body["counts"]["rejected"] == 1
    made = {one["source_key"]: one for one in rows_of(api, told)}
    assert [(e["field"], e["code"]) for e in made["0004"]["errors"]] == [
        ("/customer/lifecycle_status", "state.first")
    ]
    with database_role("engine"):
        first = Customer.objects.get(pk=customer_id(made["0002"]["customer_no"]))
        second = customer_id(made["0003"]["customer_no"]) or 0
    assert first.lifecycle_status == "POTENTIAL"
    assert the_row("credential", second).lifecycle_state == "DRAFT"


def test_a_refused_place_is_a_place_in_the_row_that_was_sent(api: Api) -> None:
    told = api.post(
        CREATE, body(row(customer={"org": "1200"}), row("2", source_system="other"), row("3", party_type="X"))
    )
    worked(api, told)
    errors = [[(e["field"], e["code"]) for e in one["errors"]] for one in rows_of(api, told)]
    assert errors[:2] == [[("", "access.branch")], [("/source_system", "access.source")]]
    assert errors[2]
    assert all(field.startswith("/") for field, _code in errors[2])


def test_the_same_key_replayed_returns_the_same_answer(api: Api) -> None:
    first = api.post(CREATE, body(row()), key="batch-0001")
    worked(api, first)
    again = api.post(CREATE, body(row()), key="batch-0001")
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.post(CREATE, body(row("other")), key="batch-0001").code == "idempotency.reused"
    assert Customer.objects.count() <= 1
    other = api.post(CREATE, body(row()))
    worked(api, other)
    assert [one["outcome"] for one in rows_of(api, other)] == ["EXISTING"]


def test_a_trial_is_carried_out_corrected_and_cancelled(api: Api) -> None:
    told = api.post(CREATE, body(row(), row("0002", party_type="?"), mode="dry_run"))
    assert worked(api, told).body["mode"] == "dry_run"
    one = told.body["id"]
    corrected = api.post(f"customer-batches/{one}:correct", {"rows": [{"row": 2, **COMPANY.body}]})
    assert corrected.status == 202
    worked(api, told)
    assert [one["outcome"] for one in rows_of(api, told)] == ["CREATED", "CREATED"]
    assert api.post(f"customer-batches/{one}:correct", {"rows": [row()]}).code == "creation.row"
    assert api.post(f"customer-batches/{one}:apply", {"mode": "dry_run"}).status == 422
    assert api.post(f"customer-batches/{one}:apply", {"mode": "strict"}).status == 202
    assert api.post(f"customer-batches/{one}:apply", {"mode": "strict"}).code == "creation.busy"
    assert worked(api, told).body["state"] == "SUCCEEDED"
    assert api.post(f"customer-batches/{one}:cancel").code == "creation.nothing_waits"
    assert api.post("customer-batches/999999:cancel").code == "creation.unknown"
    waiting = api.post(CREATE, body(row("0009")))
    cancelled = api.post(f"customer-batches/{waiting.body['id']}:cancel")
    assert (cancelled.status, cancelled.body["state"]) == (200, "CANCELLED")


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("people.csv", table(people(2)).encode(), "table"),
        ("people.ndjson", "\n".join(json.dumps(row(str(n))) for n in range(2)).encode(), "ndjson"),
    ],
)
def test_a_file_is_taken(api: Api, name: str, content: bytes, form: str) -> None:
    sent = {"file": SimpleUploadedFile(name, content), "mode": "tolerant", "source_system": "core_customer"}
    told = api.upload("customer-batches", sent)
    assert (told.status, told.body["form"], told.body["rows"]) == (202, form, 2)


def test_a_line_that_is_no_json_is_one_bad_row(api: Api) -> None:
    content = json.dumps(row()).encode() + b'\n{"a": 1, "a": 2}\n'
    told = api.upload("customer-batches", {"file": SimpleUploadedFile("x.jsonl", content), "mode": "strict"})
    worked(api, told)
    assert [one["outcome"] for one in rows_of(api, told)] == ["WAITING", "REJECTED"]


def test_what_is_wrong_as_a_whole_is_refused_at_once(api: Api) -> None:
    assert api.post(CREATE, body()).status == 422
    assert api.post(CREATE, body(*[{}] * (MOST + 1))).status == 422
    assert api.post(CREATE, body(row(), mode="magic")).status == 422
    strange = {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n"), "mode": "strict"}
    assert api.upload("customer-batches", strange).code == "file.header"
    elsewhere = {
        "file": SimpleUploadedFile("x.csv", b"source_key\n1\n"),
        "mode": "strict",
        "source_system": "x",
    }
    assert api.upload("customer-batches", elsewhere).code == "access.source"


def test_the_template_is_a_file(api: Api) -> None:
    told = api.get("customer-batches:template")
    assert (told.status, told.headers["Content-Type"]) == (200, "text/csv")
    assert told.raw.startswith(b"\xef\xbb\xbf")
