"""Rows of facets: lists, forms through the service, masks, reasons, conflicts, endings, histories."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.rules.number import customer_no
from security.models import OperationLog
from tests.customers.admin.conftest import screens_of
from tests.factories.customers import past_of, person, rows_of, store, stored, the_row
from tests.support.screens import Screens

pytestmark = pytest.mark.usefixtures("contacts_alone")
MOBILE = "+8613912345670"


def phone(customer_id: int) -> Any:
    return the_row("phone", customer_id, "MOBILE")


def change_address(row: Any) -> str:
    return f"/customers/{type(row)._meta.model_name}/{row.pk}/change/"


def form_of(row: Any, **changes: str) -> dict[str, str]:
    """The form of a telephone as a browser would send it."""
    told = {"kind": row.kind, "number": "", "extension_no": row.extension_no, "is_primary": "on"}
    return {**told, "reason": "customer asked", "version": str(row.version), **changes}


def test_the_form_never_holds_what_is_sensitive(teller: Screens, customer_id: int) -> None:
    seen = teller.get(change_address(phone(customer_id)))
    assert seen.status == 200
    assert "Now 139****5670. Leave empty to keep it." in seen.text
    assert "13912345670" not in seen.html
    assert seen.value("number") == ""


def test_details_that_are_missing_are_added_from_the_page_of_the_customer(teller: Screens) -> None:
    bare = stored(person("bare", person_profile=[]))
    number = customer_no(bare)
    page = teller.get(f"/customer/{number}/")
    adding = f"/customers/personprofile/add/?customer={number}"
    assert adding in page.html
    assert "organisationprofile/add" not in page.html, "a person has none"
    assert teller.get(adding).status == 200
    told = {"customer": number, "education": "10", "reason": "told at the counter"}
    assert teller.post("/customers/personprofile/add/", **told).location == f"/customer/{number}/"
    assert the_row("person_profile", bare).education == "10"
    assert adding not in teller.get(f"/customer/{number}/").html


def test_a_change_is_written_with_its_reason(teller: Screens, customer_id: int, number: str) -> None:
    row = phone(customer_id)
    told = teller.post(change_address(row), **form_of(row, extension_no="88"))
    assert told.location == f"/customer/{number}/"
    after = phone(customer_id)
    assert (after.extension_no, after.version, after.number) == ("88", 2, MOBILE)
    newest = past_of(after)[-1]
    assert (newest.history_change_reason, newest.history_user_id) == ("customer asked", "teller")
    assert OperationLog.objects.get(action="phone.change").reason == "customer asked"


def test_a_new_sensitive_value_replaces_the_old_one(teller: Screens, customer_id: int) -> None:
    row = phone(customer_id)
    teller.post(change_address(row), **form_of(row, number="13700001111"))
    assert phone(customer_id).number == "+8613700001111"


def test_a_form_says_before_it_is_sent_what_would_wait(
    teller: Screens, customer_id: int, number: str
) -> None:
    adding = teller.get(f"/customers/customername/add/?customer={number}")
    assert 'data-needs="id_kind" data-kinds="LEGAL" data-adding' in adding.html
    assert "needs approval: Legal name" in adding.text
    name = {"customer": number, "kind": "ALIAS", "full_name": "欧阳子远", "reason": "told at the counter"}
    assert teller.post("/customers/customername/add/", **name).location == f"/customer/{number}/"
    (alias,) = [one for one in rows_of("customer_name", customer_id) if one.kind == "ALIAS"]
    assert 'data-needs="id_kind" data-kinds="LEGAL"' in teller.get(change_address(alias)).html
    told = {"kind": "LEGAL", "full_name": "", "reason": "it is the legal one", "version": "1"}
    assert "/approvals/" in teller.post(change_address(alias), **told).location, "as the form had said"
    credential = teller.get(f"/credentials/credential/{the_row('credential', customer_id).pk}/change/")
    assert credential.html.count("a second person has approved it") == 2, "changing, and ending"
    assert teller.get(change_address(phone(customer_id))).html.count("a second person has approved it") == 1


def test_what_was_changed_still_waits_after_a_refusal(teller: Screens, customer_id: int) -> None:
    row = the_row("customer_name", customer_id)
    told = {"kind": "LEGAL", "full_name": "欧阳致远", "reason": "", "version": "1"}
    seen = teller.post(change_address(row), **told)
    assert (seen.status, 'data-needs="id_full_name" data-changed' in seen.html) == (422, True)


def test_nothing_changed_writes_nothing(teller: Screens, customer_id: int) -> None:
    row = phone(customer_id)
    seen = teller.post(change_address(row), follow=True, **form_of(row))
    assert "Nothing was changed" in seen.text
    assert phone(customer_id).version == 1


def test_a_change_without_a_reason_is_refused_beside_the_field(teller: Screens, customer_id: int) -> None:
    row = phone(customer_id)
    seen = teller.post(change_address(row), **form_of(row, extension_no="88", reason=""))
    assert seen.status == 422
    assert 'href="#id_reason"' in seen.html
    assert phone(customer_id).version == 1


def test_what_the_rules_refuse_comes_back_beside_the_field(teller: Screens, customer_id: int) -> None:
    row = the_row("address", customer_id)
    form = {"kind": "RESIDENCE", "country": "CHN", "region_code": "nothing", "reason": "x", "version": "1"}
    seen = teller.post(change_address(row), **form)
    assert seen.status == 422
    assert "region_code" in seen.html
    assert the_row("address", customer_id).version == 1


def test_a_sensitive_value_that_may_be_empty_is_removed_by_its_box(teller: Screens, customer_id: int) -> None:
    row = the_row("address", customer_id)
    form = {
        "kind": "RESIDENCE",
        "country": "CHN",
        "region_code": "110105",
        "postcode": "100102",
        "is_primary": "on",
    }
    told = {**form, "remove__detail": "on", "reason": "moved out", "version": "1"}
    assert teller.post(change_address(row), **told).status == 302
    assert the_row("address", customer_id).detail is None


def test_two_people_change_the_same_row(teller: Screens, customer_id: int, number: str) -> None:
    manager = screens_of("manager", "1100", "branch_manager")
    row = phone(customer_id)
    first = form_of(row, extension_no="11", is_primary="")
    first.pop("is_primary")
    assert manager.post(change_address(row), **first).status == 302
    seen = teller.post(change_address(row), **form_of(row, extension_no="22", number="13700001111"))
    assert seen.status == 412
    assert "manager saved this" in seen.text
    for shown in ("both changed", "11", "22", "139****5670", "13700001111"):
        assert shown in seen.text
    assert MOBILE.removeprefix("+86") not in seen.html
    assert phone(customer_id).version == 2

    again = {**form_of(row, extension_no="22", number="13700001111"), "version": seen.value("version")}
    choice = {"only": ["extension_no", "number"], "choose__extension_no": "now", "choose__number": "mine"}
    assert teller.post(change_address(row), **again, **choice).location == f"/customer/{number}/"
    after = phone(customer_id)
    assert (after.extension_no, after.number, after.is_primary, after.version) == (
        "11",
        "+8613700001111",
        False,
        3,
    )


def test_a_row_is_added(teller: Screens, customer_id: int, number: str) -> None:
    seen = teller.get(f"/customers/phone/add/?customer={number}")
    assert seen.value("customer") == number
    form = {"customer": number, "kind": "WORK_TEL", "number": "01082345678", "reason": "told at the counter"}
    assert teller.post("/customers/phone/add/", **form).location == f"/customer/{number}/"
    assert rows_of("phone", customer_id)[-1].number == "+861082345678"
    assert "****5678" in teller.get(f"/customer/{number}/").text


@pytest.mark.parametrize("customer", ["C00000000000", "", "x"])
def test_a_row_is_added_to_nobody(teller: Screens, customer: str) -> None:
    form = {"customer": customer, "kind": "MOBILE", "number": "13700001111", "reason": "x"}
    assert teller.post("/customers/phone/add/", **form).status in (404, 422)


def test_a_row_is_not_added_elsewhere(elsewhere: Screens, number: str) -> None:
    form = {"customer": number, "kind": "MOBILE", "number": "13700001111", "reason": "x"}
    assert elsewhere.post("/customers/phone/add/", **form).status == 404


def test_a_row_is_ended_and_then_only_looked_at(teller: Screens, customer_id: int, number: str) -> None:
    row = phone(customer_id)
    end = f"/customers/phone/{row.pk}/end/"
    assert "Say why" in teller.post(end, follow=True, **{"end-reason": "", "version": "1"}).text
    assert phone(customer_id).status == "ACTIVE"
    assert (
        teller.post(end, **{"end-reason": "number given up", "version": "1"}).location
        == f"/customer/{number}/"
    )
    assert phone(customer_id).status == "ENDED"
    assert 'name="reason"' not in teller.get(change_address(row)).html
    assert "139****5670" not in teller.get(f"/customer/{number}/").text


def test_ending_a_stale_row_is_refused(teller: Screens, customer_id: int) -> None:
    row = phone(customer_id)
    assert teller.post(f"/customers/phone/{row.pk}/end/", **{"end-reason": "x", "version": "7"}).status == 412


@pytest.mark.parametrize("row", ["0", "99999999999999999", "abc", "1e3"])
def test_a_row_that_does_not_exist_is_not_found(teller: Screens, row: str) -> None:
    assert teller.get(f"/customers/phone/{row}/change/").status == 404


def test_histories_show_masked_differences(teller: Screens, customer_id: int, number: str) -> None:
    row = phone(customer_id)
    teller.post(change_address(row), **form_of(row, number="13700001111", extension_no="5"))
    for address in (f"/customers/phone/{row.pk}/history/", f"/customer/{number}/history/"):
        seen = teller.get(address)
        assert seen.status == 200
        assert "139****5670" in seen.text
        assert "137****1111" in seen.text
        assert "customer asked" in seen.text
        assert "13912345670" not in seen.html
        assert "13700001111" not in seen.html


def test_the_history_of_a_customer_is_filtered(teller: Screens, number: str) -> None:
    seen = teller.get(f"/customer/{number}/history/", facet="email")
    assert "z***@example.com" in seen.text
    assert "139****5670" not in seen.text
    assert "No change to show" in teller.get(f"/customer/{number}/history/", actor="nobody").text


LISTS = ("customers/customer", "customers/phone", "customers/address", "credentials/credential")


@pytest.mark.parametrize("address", LISTS)
def test_a_list_asks_at_most_eleven_questions_and_never_counts(
    teller: Screens, address: str, customer_id: int
) -> None:
    store([person(f"Q-{n}") for n in range(30)])
    teller.get(f"/{address}/")
    with CaptureQueriesContext(connection) as asked:
        seen = teller.get(f"/{address}/")
    asking = [q["sql"] for q in asked if q["sql"].startswith(("SELECT", "EXPLAIN", "INSERT", "UPDATE"))]
    questions = [sql for sql in asking if "set_config" not in sql]
    assert len(questions) <= 11, "\n".join(questions)
    assert not any("COUNT(" in sql.upper() for sql in questions)
    assert "about" in seen.text


def test_lists_are_paged_by_key(teller: Screens, customer_id: int) -> None:
    store([person(f"Q-{n}") for n in range(30)])
    first = teller.get("/customers/customer/")
    assert first.html.count("data-row") == 25
    address = first.html.split('rel="next" href="')[1].split('"')[0]
    assert "after=" in address
    second = teller.get("/customers/customer/" + address.replace("&amp;", "&"))
    assert second.html.count("data-row") == 6
    assert 'rel="next"' not in second.html
    assert teller.get("/customers/customer/", size="50").html.count("data-row") == 31


def test_a_list_takes_codes_only_and_ignores_the_rest(teller: Screens, number: str) -> None:
    assert number in teller.get("/customers/customer/", party_type="PERSON").text
    assert "No entry matches" in teller.get("/customers/customer/", party_type="CORPORATE").text
    told = teller.get(
        "/customers/customer/", party_type="nothing", q="欧阳", after="x", size="9999", number__startswith="1"
    )
    assert told.status == 200
    assert number in told.text
    for address in ("/customers/customer/", "/customers/phone/", "/documents/"):
        assert teller.get(address, after="²").status == 200, address
    assert teller.get("/customers/phone/²/change/").status == 404


def test_the_list_of_rows_is_masked(teller: Screens, number: str) -> None:
    seen = teller.get("/customers/phone/", kind="MOBILE")
    assert "139****5670" in seen.text
    assert "**远" in seen.text
    assert "13912345670" not in seen.html
