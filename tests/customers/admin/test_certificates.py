"""History on screen and over REST: filters, two moments compared, certificates issued, taken away and verified."""

import pytest

from customers.models import HistoryCertificate
from customers.rules.number import customer_no
from security.models import User
from tests.factories.customers import bank, person, stored
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.api import Api, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]


@pytest.fixture
def number() -> str:
    bank()
    return customer_no(stored(person()))


@pytest.fixture
def auditor(number: str) -> User:
    return member_of_staff("auditor", "auditor", org=branch("1100"))


def test_the_history_is_filtered_and_leads_to_comparison_and_certificates(auditor: User, number: str) -> None:
    screens = Screens(auditor)
    page = screens.get(f"/customer/{number}/history/", field="detail", source="core_customer")
    assert "Address" in page.text
    assert "Telephone" not in page.text.split("What changed")[1]
    assert f'href="/customer/{number}/between/"' in page.html
    assert f'href="/customer/{number}/certificates/"' in page.html
    teller = Screens(member_of_staff("teller", "teller", org=branch("1100")))
    assert "/certificates/" not in teller.get(f"/customer/{number}/history/").html
    assert teller.get(f"/customer/{number}/certificates/").status == 403


def test_two_moments_are_compared_on_screen(auditor: User, number: str) -> None:
    screens = Screens(auditor)
    assert screens.get(f"/customer/{number}/between/").status == 200
    same = screens.get(f"/customer/{number}/between/", second_known="")
    assert (same.status, "Nothing differs" in same.text) == (200, True)
    early = screens.get(f"/customer/{number}/between/", first_known="1990-01-01")
    assert (early.status, "did not know this customer" in early.text) == (422, True)


def test_a_certificate_is_issued_taken_away_and_verified(auditor: User, number: str) -> None:
    screens = Screens(auditor)
    assert screens.post(f"/customer/{number}/certificates/", reason="").status == 422
    screens.post(f"/customer/{number}/certificates/", reason="audit 2026")
    with database_role("engine"):
        made = HistoryCertificate.objects.get()
    page = screens.get(f"/customer/{number}/certificates/")
    assert made.sm3 in page.text
    assert "audit 2026" in page.text
    shown = screens.get(f"/customer/{number}/certificates/{made.pk}/")
    assert f"{made} holds" in shown.text
    taken = screens.client.post(f"/customer/{number}/certificates/{made.pk}/")
    assert b"".join(taken.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert taken.headers["Content-Type"] == "application/pdf"


def test_over_rest(number: str) -> None:
    api: Api = proved(client_system("audit-desk", org=branch("1100"), roles=("auditor",))[0])
    told = api.get(f"customers/{number}/history?field=detail&page_size=5").body["items"]
    assert {row["facet"] for row in told} == {"address"}
    assert {row["source"] for row in told} == {"core_customer"}
    same = api.get(f"customers/{number}/differences")
    assert (same.status, same.body["facets"]) == (200, [])
    assert same.body["same"] > 5
    early = api.get(f"customers/{number}/differences?first_known=1990-01-01T00:00:00Z")
    assert early.code == "customer.not_yet"

    issued = api.post(f"customers/{number}/history-certificates", {"change_reason": "audit"})
    assert (issued.status, issued.body["issued_by"]) == (201, "audit-desk")
    pk = issued.body["id"]
    file = api.get(f"customers/{number}/history-certificates/{pk}/content", Accept="application/pdf")
    assert file.raw.startswith(b"%PDF-")
    listed = api.get(f"customers/{number}/history-certificates").body["items"]
    assert [one["sm3"] for one in listed] == [issued.body["sm3"]]
    digest = issued.body["file_sm3"]
    held = api.post(f"customers/{number}/history-certificates/{pk}:verify", {"file_sm3": digest})
    assert (held.body["holds"], held.body["sm3"]) == (True, issued.body["sm3"])
    other = api.post(f"customers/{number}/history-certificates/{pk}:verify", {"file_sm3": "00" * 32})
    assert other.body["findings"] == ["certificate.file"]
