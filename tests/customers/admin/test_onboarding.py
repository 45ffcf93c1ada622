"""Creating a customer step by step: who it is and whether we know them first, then the rest, created once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer, CustomerName
from customers.rules.number import customer_id as customer_id_of
from mdm.storage import drafts
from mdm.storage.models import Draft
from security.access.actor import Actor, staff_actor
from security.models import OperationLog, User
from tests.customers.admin.conftest import screens_of
from tests.factories.attributes import defined
from tests.factories.customers import rows_of, the_row
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role
from tests.support.racing import two_racers
from tests.support.screens import Screens, Seen

#: A valid number (GB 11643) of somebody whom the bank does not know.
WHO = {
    "party_type": "PERSON",
    "name": "司马青",
    "document_type": "P01",
    "document_number": "440524199003070014",
    "phone": "13700001111",
}
#: The customer that every test of this folder finds stored.
KNOWN = {**WHO, "name": "欧阳知远", "document_number": "11010519491231002X"}
FIRM = {
    "party_type": "CORPORATE",
    "name": "北京远山贸易有限公司",
    "document_type": "O01",
    "document_number": "91350100M000100Y43",
}
DOCUMENT = {"credential-issue_date": "2020-01-01", "credential-expiry_date": "2040-01-01"}
REACH = {
    "email-kind": "PERSONAL",
    "email-address": "qing@example.com",
    "address-country": "CHN",
    "address-region_code": "110105",
    "address-detail": "望京西路9号",
    "mailing-country": "CHN",
    "other_phone-kind": "WORK_TEL",
}


def begun(screens: Screens, **who: str) -> str:
    """The address of a draft past its first step, without the step."""
    told = screens.post("/onboarding/", **{**WHO, **who})
    assert (told.status, told.location.endswith("/document/")) == (302, True), told.text
    return told.location.removesuffix("document/")


def filled(screens: Screens, page: str, step: str, **changes: str) -> Seen:
    """Send a step as a browser would: what it shows, with some fields changed."""
    return screens.post(page + step + "/", **{**shown(screens.get(page + step + "/").html), **changes})


def shown(html: str) -> dict[str, str]:
    """What the fields of the wizard's form hold."""
    form = html[html.index('novalidate><input type="hidden" name="csrf') :]
    texts = re.findall(r'<input type="(?:text|number)" name="([^"]+)"(?: value="([^"]*)")?', form)
    menus = re.findall(r'<select name="([^"]+)".*?</select>', form, re.DOTALL)
    menu = {name: re.search(rf'name="{name}".*?value="([^"]*)" selected', form, re.DOTALL) for name in menus}
    return {**dict(texts), **{name: found[1] for name, found in menu.items() if found}}


def test_a_customer_is_created_in_steps_and_once(teller: Screens) -> None:
    page = begun(teller)
    assert filled(teller, page, "document", **DOCUMENT).location == page + "details/"
    assert filled(teller, page, "details", **{"profile-job_title": "Teacher"}).location == page + "reach/"
    assert teller.post(page + "reach/", **REACH).location == page + "review/"
    review = teller.get(page + "review/")
    for text in ("**青", "137****1111", "2040-01-01", "Teacher", "q***@example.com", "1990-**-**"):
        assert text in review.text
    for clear in ("司马青", "13700001111", "440524199003070014", "qing@example.com"):
        assert clear not in review.html
    told = teller.post(page + "review/", org="")
    assert told.location.startswith("/customer/C")
    seen = teller.get(told.location).text
    assert "**青" in seen
    assert "137****1111" in seen
    before = Customer.objects.count()
    assert teller.post(page + "review/", org="").location == told.location
    assert teller.get(page + "details/").location == told.location
    assert Customer.objects.count() == before


def test_a_prospect_is_saved_without_a_document(teller: Screens) -> None:
    bare = {**WHO, "document_number": ""}
    refused = teller.post("/onboarding/", **bare)
    assert (refused.status, "Only a prospect may be without a document." in refused.text) == (422, True)
    told = teller.post("/onboarding/", **{**bare, "lifecycle_status": "POTENTIAL"})
    assert (told.status, told.location.endswith("/details/")) == (302, True), "no document is asked for"
    page = told.location.removesuffix("details/")
    assert teller.get(page + "document/").status == 404
    number = teller.post(page + "review/", org="").location.strip("/").rpartition("/")[2]
    customer = the_row("customer", customer_id_of(number) or 0)
    assert customer.lifecycle_status == "POTENTIAL"
    assert rows_of("credential", customer.pk) == []


def test_a_document_is_saved_as_a_draft_and_a_customer_who_waits(teller: Screens) -> None:
    page = begun(teller, lifecycle_status="PENDING")
    seen = teller.get(page + "document/")
    assert re.search(r'name="credential-lifecycle_state".*Draft', seen.html, re.DOTALL)
    assert "Superseded" not in seen.text, "nothing begins in another state"
    filled(teller, page, "document", **DOCUMENT, **{"credential-lifecycle_state": "DRAFT"})
    number = teller.post(page + "review/", org="").location.strip("/").rpartition("/")[2]
    customer = the_row("customer", customer_id_of(number) or 0)
    assert customer.lifecycle_status == "PENDING"
    assert [row.lifecycle_state for row in rows_of("credential", customer.pk)] == ["DRAFT"]


def test_what_the_number_tells_is_not_typed_again(teller: Screens, customer_id: int) -> None:
    page = begun(teller)
    seen = teller.get(page + "details/")
    assert "Now 1990-**-**" in seen.text
    assert re.search(r'value="M" selected', seen.html)
    teller.post(page + "review/", org="")
    with database_role("engine"):
        newest = Customer.objects.order_by("-pk").first()
    assert newest is not None
    (profile,) = rows_of("person_profile", newest.pk)
    assert (profile.sex, str(profile.birth_date), profile.nationality) == ("M", "1990-03-07", "CHN")
    assert rows_of("credential", newest.pk)[0].issuing_country == "CHN"


def test_going_back_loses_nothing_and_shows_nothing(teller: Screens) -> None:
    page = begun(teller)
    filled(teller, page, "document", **DOCUMENT)
    teller.post(page + "reach/", **REACH)
    seen = teller.get(page + "who/")
    assert "Now 440***********0014. Leave empty to keep it." in seen.text
    assert seen.value("document_number") == ""
    again = {**WHO, "name": "", "document_number": "", "phone": ""}
    assert teller.post(page + "who/", **again).location == page + "document/"
    assert teller.get(page + "document/").value("credential-issue_date") == "2020-01-01"
    assert "q***@example.com" in teller.get(page + "review/").text
    teller.post(page + "who/", **again, remove__phone="on")
    assert "137****1111" not in teller.get(page + "review/").text


def test_what_waits_on_the_server_is_sealed_and_goes_after_a_day(teller: Screens) -> None:
    page = begun(teller)
    teller.post(page + "reach/", **REACH)
    assert in_rows(["司马青", "440524199003070014", "13700001111", "qing@example.com"]) == {}
    assert "**青" in teller.get("/onboarding/").text
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert teller.get(page + "review/").status == 404
    assert drafts.forget_expired(timezone.now()) == 1
    assert "**青" not in teller.get("/onboarding/").text


def test_a_draft_is_its_owners_alone(teller: Screens) -> None:
    page = begun(teller)
    colleague = screens_of("colleague", "1100", "teller")
    assert colleague.get(page + "review/").status == 404
    assert colleague.post(page + "review/", org="").status == 404
    assert colleague.post(page + "who/", drop="yes").status == 404
    assert "**青" not in colleague.get("/onboarding/").text
    assert teller.get(page + "nothing/").status == 404
    assert teller.post(page + "review/", drop="yes").location == "/onboarding/"
    assert teller.get(page + "review/").status == 404
    assert OperationLog.objects.filter(action="draft.drop").count() == 1


def test_a_possible_duplicate_stops_before_anything_else_is_typed(teller: Screens, number: str) -> None:
    seen = teller.post("/onboarding/", **KNOWN)
    assert seen.status == 409
    assert "This may be a customer we have" in seen.text
    for shown_of_it in (number, "**远", "110***********002X"):
        assert shown_of_it in seen.text
    assert Draft.objects.count() == 0
    assert teller.post("/onboarding/", **KNOWN, same=number).location == f"/customer/{number}/"
    assert OperationLog.objects.filter(action="customer.recognised").count() == 1


def test_it_takes_a_reason_to_go_on_past_a_possible_duplicate(
    teller: Screens, number: str, customer_id: int
) -> None:
    refused = teller.post("/onboarding/", **KNOWN, go="yes", seen=number, why="")
    assert (refused.status, 'href="#id_why"' in refused.html) == (409, True)
    unseen = teller.post("/onboarding/", **KNOWN, go="yes", seen="C00000000000", why="a twin")
    assert unseen.status == 409
    told = teller.post("/onboarding/", **KNOWN, go="yes", seen=number, why="a twin with the same card")
    page = told.location.removesuffix("document/")
    made = teller.post(page + "review/", follow=True, org="")
    assert "with a duplicate case" in made.text
    with database_role("engine"):
        names: Any = CustomerName.history.exclude(customer_id=customer_id)  # type: ignore[attr-defined]
        assert [one.history_change_reason for one in names] == ["a twin with the same card"]


def test_who_comes_to_light_later_stops_the_last_step(teller: Screens, number: str) -> None:
    page = begun(teller)
    with database_role("engine"):
        draft = Draft.objects.get()
        draft.content = {**drafts.content_of(draft), "who": KNOWN}
        draft.save()
    seen = teller.post(page + "review/", org="")
    assert (seen.status, number in seen.text) == (409, True)
    told = teller.post(page + "review/", org="", go="yes", seen=number, why="another person")
    assert told.location.startswith("/customer/C")


def test_a_duplicate_elsewhere_is_told_by_its_branch_only(elsewhere: Screens, number: str) -> None:
    seen = elsewhere.post("/onboarding/", **KNOWN)
    assert seen.status == 409
    assert "Somebody at branch" in seen.text
    assert "1100" in seen.text
    assert number not in seen.html
    assert "same" not in re.findall(r'<button[^>]*name="(\w+)"', seen.html)


def test_doubts_are_shown_before_anything_is_kept(teller: Screens) -> None:
    wrong = {**WHO, "document_number": "440524199003070010"}
    seen = teller.post("/onboarding/", **wrong)
    assert seen.status == 409
    assert "Please look at this again" in seen.text
    assert 'href="#id_document_number"' in seen.html
    assert Draft.objects.count() == 0
    assert teller.post("/onboarding/", **wrong, go="yes").status == 302


@pytest.mark.parametrize("missing", ["name", "document_number", "party_type"])
def test_what_is_missing_is_said_beside_the_field(teller: Screens, missing: str) -> None:
    seen = teller.post("/onboarding/", **{**WHO, missing: ""})
    assert seen.status == 422
    assert f'href="#id_{missing}"' in seen.html


def test_what_the_rules_refuse_is_said_beside_the_field_of_its_step(teller: Screens) -> None:
    page = begun(teller)
    seen = teller.post(page + "reach/", **{**REACH, "address-region_code": "nothing"})
    assert (seen.status, 'href="#id_address-region_code"' in seen.html) == (422, True)
    wrong = {"credential-issue_date": "2040-01-01", "credential-expiry_date": "2020-01-01"}
    assert filled(teller, page, "document", **wrong).status in (409, 422)


def test_an_organisation_is_created(teller: Screens) -> None:
    page = begun(teller, **FIRM)
    assert 'name="profile-business_scope"' in teller.get(page + "details/").html
    told = teller.post(page + "review/", org="")
    assert told.status == 302
    assert "北京远山贸易有限公司" in teller.get(told.location).text


def test_an_attribute_of_the_banks_own_is_asked_at_once(teller: Screens) -> None:
    page = begun(teller)
    teller.get(page + "details/")
    defined("person_profile", "club_no")
    assert "Club number" in teller.get(page + "details/").text
    filled(teller, page, "details", **{"profile-x_club_no": "12345678"})
    review = teller.get(page + "review/")
    assert ("Club number" in review.text, "12345678" in review.html) == (True, False)
    told = teller.post(page + "review/", org="")
    assert "Club number" in teller.get(told.location).text


def test_nobody_creates_at_another_branch(teller: Screens) -> None:
    page = begun(teller)
    assert teller.post(page + "review/", org="1200").status == 403
    assert teller.post(page + "review/", org="9999").status == 422
    assert teller.post(page + "review/", org="1111").status == 302


def test_an_auditor_creates_nobody(auditor: Screens) -> None:
    assert auditor.get("/onboarding/").status == 403
    assert auditor.post("/onboarding/", **WHO).status == 403


def drafted() -> tuple[Actor, Draft, dict[str, Any]]:
    """Who types at the counter, the draft, and what it holds."""
    with database_role("engine"):
        draft = Draft.objects.get()
        return (
            staff_actor(User.objects.get(username="teller"), timezone.now()),
            draft,
            drafts.content_of(draft),
        )


@pytest.mark.django_db(transaction=True)
def test_what_another_window_saves_while_it_is_handed_in_is_not_lost(teller: Screens) -> None:
    page = begun(teller)
    teller.post(page + "reach/", **REACH)
    actor, draft, held = drafted()
    late = {**held["email"], "address": "late@example.com"}
    with two_racers() as (window, create):
        window.do(lambda: drafts.save(actor, draft, "email", late, at=timezone.now()))
        made = create.start(lambda: teller.post(page + "review/", org=""))
        create.wait_until_held_up()
        window.commit()
        told = made.result(20)
        create.commit()
    assert "l***@example.com" in teller.get(told.location).text


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_while_it_is_handed_in_leads_to_the_customer(teller: Screens, number: str) -> None:
    page = begun(teller)
    _actor, draft, _held = drafted()
    with two_racers() as (create, window):
        create.do(lambda: drafts.hand_in(draft, number))
        sent = window.start(lambda: teller.post(page + "reach/", **REACH))
        window.wait_until_held_up()
        create.commit()
        assert sent.result(20).location == f"/customer/{number}/"
        window.commit()
    assert drafted()[2] == {}


def test_branches_are_suggested(teller: Screens) -> None:
    assert 'value="1100"' in teller.get("/lookup/branches/", org="11").html
    assert teller.get("/lookup/branches/", org="").html.strip() == ""
    assert screens_of("nobody", "1100").get("/lookup/branches/", org="11").status == 200
