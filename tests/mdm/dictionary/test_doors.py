"""An attribute over REST and on the staff screens: bodies, description, forms, panorama, the dictionary's own pages."""

from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from mdm.rest.documentation import described
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from tests.factories.attributes import checker, defined, told
from tests.factories.customers import bank, person, rows_of, stored
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.api import Api
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
CANARY = "80417263"
CODES = "GOLD|金卡|Gold\nBLUE|蓝卡|Blue"


@pytest.fixture
def customer(db: None) -> Customer:
    bank()
    return Customer(pk=stored(person()))


@pytest.fixture
def api(customer: Customer) -> Api:
    return Api(client_system("front", org=branch("1000"))[1])


def the_request() -> Any:
    """The newest change request, None where there is none."""
    with database_role("engine"):
        return ChangeRequest.objects.order_by("-pk").first()


def agreed(request_id: int) -> None:
    """A request as the other person approves it."""
    now = timezone.now()
    deciding.approve(checker(now), request_id, the_request().version, reason="seen", at=now)


def schema(api: Api, name: str) -> dict[str, Any]:
    told = api.get("openapi.json").body["components"]["schemas"]
    return dict(told[name]["properties"])


def test_it_is_read_written_refused_and_described(api: Api, customer: Customer) -> None:
    assert "x_club_no" not in schema(api, "PhoneAddRequest")
    defined("phone", "club_no", pattern="[0-9]{8}", severity="BLOCK")
    defined(
        "phone", "tier", kind="code", codes=CODES, mask="", searchable=False, label_zh="等级", label_en="Tier"
    )
    for name in ("Phone", "PhoneTellRequest", "PhoneAddRequest", "PhoneChangeRequest"):
        assert {"x_club_no", "x_tier"} <= set(schema(api, name)), name

    phones = f"customers/{customer.customer_no}/phones"
    body = {"kind": "WORK_TEL", "number": "010-82345678", "x_club_no": CANARY, "x_tier": "GOLD"}
    made = api.post(phones, body)
    assert (made.status, made.body["x_club_no"], made.body["x_tier"]) == (201, "****", "GOLD")
    assert CANARY not in made.text
    place = f"{phones}/{made.body['id']}"
    wrong = api.patch(place, {"x_club_no": "none", "change_reason": "told"}, version=1)
    assert (wrong.status, ("/x_club_no", "X04") in wrong.places) == (422, True)
    wrong = api.patch(place, {"x_tier": "RED", "change_reason": "told"}, version=1)
    assert (wrong.status, {pointer for pointer, _code in wrong.places}) == (422, {"/x_tier"})
    changed = api.patch(place, {"x_tier": None, "change_reason": "told"}, version=1)
    assert (changed.body["x_tier"], changed.body["x_club_no"]) == (None, "****")

    (entry,) = [
        e for e in api.get(f"customers/{customer.customer_no}/history").body["items"] if e["type"] == "~"
    ]
    assert {(c["field"], c["label"], c["old"]) for c in entry["changes"]} == {("x_tier", "Tier", "Gold")}
    new = {
        "source_key": "N-1",
        "party_type": "PERSON",
        "customer_name": [],
        "phones": [{"kind": "MOBILE", "number": "13912345671", "x_club_no": "bad"}],
    }
    refused = api.post("customers", {k: v for k, v in new.items() if k != "customer_name"})
    assert ("/phones/0/x_club_no", "X04") in refused.places


def test_the_description_is_made_again_only_for_another_dictionary(api: Api) -> None:
    api.get("openapi.json")
    before = described.cache_info().misses
    api.get("openapi.json")
    assert described.cache_info().misses == before


def test_the_dictionary_is_read_compared_and_asked_for_over_rest(customer: Customer) -> None:
    steward = Api(client_system("steward-system", roles=["steward"], org=branch("1000"))[1])
    definition = {**told(), "facet": "phone", "name": "club_no"}
    preview = steward.post("dictionary/attributes:preview", definition)
    assert (preview.status, preview.body["rows"], preview.body["held"]) == (200, 2, 0)
    waits = steward.post("dictionary/attributes", {**definition, "change_reason": "new rules"})
    assert (waits.status, waits.body["state"]) == (202, "PENDING")
    agreed(waits.body["id"])
    whole = steward.get("dictionary").body
    assert (whole["version"], whole["attributes"]["phone.x_club_no"]["length"]) == (1, 8)
    assert [one["number"] for one in steward.get("dictionary/versions").body["items"]] == [1]
    found = steward.get("dictionary/differences?one=0&other=1").body["differences"]
    assert "/attributes/phone.x_club_no/kind" in {one["place"] for one in found}
    wrong = steward.post("dictionary/attributes:preview", {**definition, "name": "number"})
    assert ("/name", "attribute.name_taken") in wrong.places


def test_a_definition_is_changed_by_who_has_read_it(customer: Customer) -> None:
    steward = Api(client_system("steward-system", roles=["steward"], org=branch("1000"))[1])
    place = "dictionary/attributes/phone/club_no"
    assert steward.get(place).code == "attribute.unknown"
    defined("phone", "club_no")
    read = steward.get(place)
    assert (read.headers["ETag"], read.body["definition"]["length"]) == ('"v1"', 8)
    longer = {"length": 9, "change_reason": "new rules"}
    assert steward.patch(place, longer, version=None).status == 428
    again = steward.post("dictionary/attributes", {**told(), "facet": "phone", "name": "club_no", **longer})
    assert (again.status, again.code) == (409, "attribute.exists")
    waits = steward.patch(place, longer, version=1)
    assert waits.status == 202
    agreed(waits.body["id"])
    changed = steward.get(place)
    kept = {**read.body["definition"], "length": 9}
    assert (changed.headers["ETag"], changed.body["definition"]) == ('"v2"', kept)
    stale = steward.patch(place, longer, version=1)
    assert (stale.status, stale.code, stale.headers["ETag"]) == (412, "row.stale", '"v2"')
    assert steward.patch(place, {**longer, "name": "other"}, version=2).places == {("/name", "unknown")}


def form(**changes: Any) -> dict[str, str]:
    """A definition as a browser sends it."""
    wanted = {**told(), "facet": "phone", "name": "club_no", "columns": "", "reason": "new rules", **changes}
    return {n: "on" if v is True else str(v) for n, v in wanted.items() if v not in (None, False)}


def test_it_is_asked_for_on_screen_and_then_is_in_the_forms(customer: Customer) -> None:
    steward = Screens(member_of_staff("s", "steward", org=branch("1000")))
    shown = steward.post("/dictionary/attributes/add/", **form(preview="1"))
    assert (shown.status, "Customers concerned" in shown.text) == (200, True)
    assert the_request() is None
    wrong = steward.post("/dictionary/attributes/add/", **form(name="number"))
    assert (wrong.status, "There is a field of this name already." in wrong.text) == (422, True)
    steward.post("/dictionary/attributes/add/", follow=True, **form(columns="core_customer club MOBILE"))
    request = the_request()
    supervisor = Screens(member_of_staff("v", "steward_supervisor", org=branch("1000")))
    page = supervisor.get(f"/approvals/{request.pk}/")
    assert "Customers concerned" in page.text
    agreed(request.pk)

    teller = Screens(member_of_staff("t", "teller", org=branch("1100")))
    row = rows_of("phone", customer.pk)[0]
    page = teller.get(f"/customers/phone/{row.pk}/change/")
    assert "Club number" in page.text
    sent = {
        "version": str(row.version),
        "kind": row.kind,
        "x_club_no": CANARY,
        "reason": "told",
        "is_primary": "on",
    }
    teller.post(f"/customers/phone/{row.pk}/change/", follow=True, **sent)
    assert rows_of("phone", customer.pk)[0].extension.open() == {"x_club_no": CANARY}
    panorama = teller.get(f"/customer/{customer.customer_no}/")
    assert ("Club number" in panorama.text, CANARY in panorama.text) == (True, False)
    assert CANARY not in teller.get(f"/customers/phone/{row.pk}/change/").text
    assert in_rows([CANARY]) == {}

    assert "Club number" in steward.get("/dictionary/").text
    assert "x_club_no" in steward.get("/dictionary/compare/", one="0", other="1").text
    tag = steward.get("/dictionary/attributes/phone/club_no/").value("opened")
    steward.post("/dictionary/attributes/phone/club_no/", follow=True, **form(length="9", opened=tag))
    assert the_request().state == "PENDING"


def test_what_somebody_else_has_changed_meanwhile_is_not_undone(customer: Customer) -> None:
    defined("phone", "club_no")
    steward, page = Screens(member_of_staff("s", "steward", org=branch("1000"))), "/dictionary/attributes/"
    tag = steward.get(f"{page}phone/club_no/").value("opened")
    defined("phone", "club_no", mask="phone")
    before = the_request().pk
    for address, opened in ((f"{page}phone/club_no/", tag), (f"{page}add/", "")):
        answer = steward.post(address, **form(length="9", opened=opened))
        assert (answer.status, "Somebody has changed this" in answer.text) == (422, True)
    assert the_request().pk == before


def sent_on_screen(teller: Screens, row: Any, **told: str) -> Any:
    """The form of a telephone as a browser sends it; the row as it is then."""
    sent = {"version": str(row.version), "kind": row.kind, "is_primary": "on", "reason": "told", **told}
    teller.post(f"/customers/phone/{row.pk}/change/", follow=True, **sent)
    return rows_of("phone", row.customer_id)[0]


def test_what_need_not_be_told_can_be_emptied_on_screen(customer: Customer) -> None:
    defined("phone", "club_no", required=True, severity="WARN")
    teller = Screens(member_of_staff("t", "teller", org=branch("1100")))
    row = sent_on_screen(teller, rows_of("phone", customer.pk)[0], x_club_no=CANARY)
    page = f"/customers/phone/{row.pk}/change/"
    assert "remove__x_club_no" in teller.get(page).html
    defined("phone", "club_no", required=True, severity="BLOCK")
    assert "remove__x_club_no" not in teller.get(page).html
    defined("phone", "club_no")
    assert sent_on_screen(teller, row, remove__x_club_no="on").extension is None


def test_a_whole_number_may_be_below_nought_and_has_at_most_nine_digits(api: Api, customer: Customer) -> None:
    defined("phone", "score", kind="whole", mask="", minimum="-7")
    teller = Screens(member_of_staff("t", "teller", org=branch("1100")))
    row = sent_on_screen(teller, rows_of("phone", customer.pk)[0], x_score="-5")
    assert row.extension.open() == {"x_score": "-5"}
    place = f"customers/{customer.customer_no}/phones/{row.pk}"
    changed = api.patch(place, {"x_score": -6, "change_reason": "told"}, version=row.version)
    assert (changed.status, changed.body["x_score"]) == (200, -6)
    too_long = {"x_score": 1_000_000_000, "change_reason": "told"}
    assert api.patch(place, too_long, version=changed.body["version"]).status == 422
    kept = sent_on_screen(teller, rows_of("phone", customer.pk)[0], x_score="1000000000")
    assert kept.extension.open() == {"x_score": "-6"}
