"""Steps of documents over REST: done by their own addresses, refused with the codes of the table."""

from typing import Any

import pytest

from customers.rules.number import customer_no
from tests.factories.credentials import document, fresh
from tests.factories.customers import rows_of
from tests.support.api import Api

pytestmark = pytest.mark.django_db
WHY = {"change_reason": "told by the register"}
CHECK = {"method": "NETWORK_CHECK", "outcome": "CONSISTENT", "reference": "NC-1", **WHY}


@pytest.fixture
def bank(db: None) -> None:
    """The organisation tree."""
    from tests.factories.customers import bank

    bank()


def number(row: Any) -> str:
    return customer_no(row.customer_id)


def ask(api: Api, address: str, body: dict[str, Any], version: int = 1) -> Any:
    return api.post(address, body, key=None, **{"If-Match": f'"v{version}"'})


@pytest.mark.parametrize("party", ["PERSON", "CORPORATE"])
def test_a_document_is_checked_lost_and_replaced(bank: None, api: Api, party: str) -> None:
    row = document(party)

    verified = ask(api, f"customers/{number(row)}/credentials/{row.pk}:verify", CHECK)
    assert (verified.status, verified.body["lifecycle_state"]) == (200, "VERIFIED")
    assert verified.headers["ETag"] == '"v2"'
    lost = ask(api, f"customers/{number(row)}/credentials/{row.pk}:report-loss", WHY, 2)
    assert (lost.status, lost.body["lifecycle_state"]) == (200, "LOST")
    made = ask(
        api,
        f"customers/{number(row)}/credentials/{row.pk}:replace",
        {"how": "REPLACED", "expiry_date": "9999-12-31", **WHY},
        3,
    )
    assert (made.status, made.body["replaces"], made.body["lifecycle_state"]) == (
        201,
        row.pk,
        "PENDING_VERIFY",
    )
    assert made.headers["Location"].endswith(f"/{made.body['id']}")
    found = ask(api, f"customers/{number(row)}/credentials/{row.pk}:found", WHY, fresh(row).version)
    assert (found.status, found.code) == (409, "credential.replaced")

    checks = api.get(f"customers/{customer_no(row.customer_id)}/credential-verifications")
    (kept,) = checks.body["items"]
    assert (kept["document"], kept["outcome"], kept["reference"]) == (row.pk, "CONSISTENT", "NC-1")


def test_a_forbidden_step_is_refused_with_its_code(bank: None, api: Api) -> None:
    row = document(state="REVOKED")
    refused = ask(api, f"customers/{number(row)}/credentials/{row.pk}:report-loss", WHY)
    assert (refused.status, refused.code) == (409, "credential.final")
    assert ("/lifecycle_state", "credential.final") in refused.places


def test_a_step_on_an_old_version_is_stale(bank: None, api: Api) -> None:
    row = document()
    ask(api, f"customers/{number(row)}/credentials/{row.pk}:verify", CHECK)
    for verb, body in (("report-loss", WHY), ("verify", CHECK), ("replace", {"how": "REPLACED", **WHY})):
        stale = ask(api, f"customers/{number(row)}/credentials/{row.pk}:{verb}", body)
        assert (stale.status, stale.code) == (412, "row.stale")
        assert stale.headers["ETag"] == '"v2"'


def test_voiding_what_was_entered_today_is_done_at_once(bank: None, api: Api) -> None:
    row = document()
    told = ask(api, f"customers/{number(row)}/credentials/{row.pk}:void", WHY)
    assert told.status == 202, "made on another day than today: others may have been told"
    strict = api.post(
        f"customers/{number(row)}/credentials/{row.pk}:void",
        WHY,
        key=None,
        **{"If-Match": '"v1"', "Prefer": "handling=strict"},
    )
    assert (strict.status, strict.code) == (409, "approval.needed")
    assert fresh(row).lifecycle_state == "PENDING_VERIFY"


def test_checks_are_neither_added_nor_changed_by_hand(bank: None, api: Api) -> None:
    row = document()
    ask(api, f"customers/{number(row)}/credentials/{row.pk}:verify", CHECK)
    (kept,) = rows_of("credential_verification", row.customer_id)
    base = f"customers/{customer_no(row.customer_id)}/credential-verifications"
    assert api.post(base, {"outcome": "CONSISTENT"}).status == 405
    assert api.patch(f"{base}/{kept.pk}", {"outcome": "NOT_DONE"}, version=1).status == 405
    assert api.post(f"{base}/{kept.pk}:end", WHY).status == 404


def test_another_branch_takes_no_step(bank: None, elsewhere: Api) -> None:
    row = document()
    assert ask(elsewhere, f"customers/{number(row)}/credentials/{row.pk}:verify", CHECK).status == 404


def test_the_radar_counts_by_branch_and_lists_what_is_due(bank: None, api: Api, elsewhere: Api) -> None:
    from datetime import timedelta

    from django.utils import timezone

    today = timezone.localdate()
    for key, days in (("A", -2), ("B", 30), ("C", 31), ("D", 90), ("E", 91), ("F", 5)):
        state = "LOST" if key == "F" else "VERIFIED"
        document(key=key, state=state, expiry_date=today + timedelta(days=days))

    (line,) = api.get("credentials/radar").body["branches"]
    counts = ("expired", "within_30", "within_60", "within_90")
    assert (line["org"], *(line[name] for name in counts)) == ("1100", 1, 1, 1, 1)
    listed = api.get("credentials/due?page_size=3").body
    assert [item["days"] for item in listed["items"]] == [-2, 30, 31]
    assert "231002X" not in str(listed), "masked"
    following = api.get(listed["next"]).body
    assert ([item["days"] for item in following["items"]], following["next"]) == ([90], None)
    assert [i["days"] for i in api.get("credentials/due?band=60&org=1100").body["items"]] == [31]
    assert api.get("credentials/due?band=45").code == "filter.unknown"
    assert elsewhere.get("credentials/due").body["items"] == []
    assert elsewhere.get("credentials/radar").body["branches"] == []
