"""The pages of approvals: what each reader sees and may press, masked; the counts of the menu."""

import pytest
from django.utils import timezone

from customers.rules.number import customer_no
from security.approvals.states import State
from security.models import User
from tests.factories.customers import the_row
from tests.security.approvals.desk import NEW_NAME, Desk, actor, reread
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


def screens(name: str, language: str = "en") -> Screens:
    return Screens(User.objects.get(username=name), language)


def ask_by_form(desk: Desk) -> str:
    """The teller changes the legal name at the form; gives the address of the request."""
    teller, row = screens("teller"), desk.name
    address = f"/customers/customername/{row.pk}/change/"
    seen = teller.get(address)
    assert seen.html.count("needs approval") >= 3
    form = {"version": seen.value("version"), "kind": "LEGAL", "full_name": NEW_NAME, "reason": "marriage"}
    return teller.post(address, **form).location


def test_a_critical_field_says_so_and_its_change_leads_to_the_request(desk: Desk) -> None:
    address = ask_by_form(desk)
    assert address.startswith("/approvals/")
    seen = screens("teller").get(address)
    assert seen.status == 200
    assert "CR-" in seen.text
    assert 'value="withdraw"' in seen.html
    assert 'value="approve"' not in seen.html
    assert desk.legal_name() == "欧阳知远"


def test_fields_that_no_rule_names_say_nothing(desk: Desk) -> None:
    row = the_row("customer_event", desk.customer_id)
    assert "needs approval" not in screens("teller").get(f"/customers/customerevent/{row.pk}/change/").html


def test_the_form_of_a_telephone_says_that_it_waits(desk: Desk) -> None:
    row = the_row("phone", desk.customer_id, "MOBILE")
    assert "needs approval" in screens("teller").get(f"/customers/phone/{row.pk}/change/").html


def test_the_checker_finds_it_in_the_menu_and_the_inbox_and_approves(desk: Desk) -> None:
    address = ask_by_form(desk)
    checker = screens("manager")
    assert 'class="badge">1<' in checker.get("/").html
    assert address in checker.get("/approvals/").html
    seen = checker.get(address)
    assert 'value="approve"' in seen.html
    told = checker.post(address, act="approve", version=seen.value("version"), reason="seen")
    assert told.location == address
    assert desk.legal_name() == NEW_NAME
    assert 'class="badge"' not in checker.get("/").html
    assert "Nothing waits for you" in checker.get("/approvals/").text


@pytest.mark.parametrize("name", ["teller", "manager", "auditor"])
def test_nobody_reads_the_values_in_clear(desk: Desk, name: str) -> None:
    actor("auditor", "auditor", org="1000")
    request = desk.ask()
    seen = screens(name).get(f"/approvals/{request.pk}/")
    assert seen.status == 200
    for clear in (NEW_NAME, "欧阳知远"):
        assert clear not in seen.html
    assert ("**远" in seen.text) == (name != "auditor")


def test_a_difference_that_the_mask_hides_is_pointed_out(desk: Desk) -> None:
    request = desk.ask()
    assert "differs under the mask" in screens("manager").get(f"/approvals/{request.pk}/").text


def test_who_has_nothing_to_do_with_it_finds_nothing(desk: Desk) -> None:
    request = desk.ask()
    actor("stranger", "branch_manager", org="1200")
    actor("colleague", "teller")
    for name in ("stranger", "colleague"):
        assert screens(name).get(f"/approvals/{request.pk}/").status == 404
        assert request.number not in screens(name).get("/approvals/all/").text


def test_a_stale_request_shows_before_after_and_now(desk: Desk) -> None:
    from tests.security.approvals.test_deciding import changed_meanwhile

    request = desk.ask(at=timezone.now())
    changed_meanwhile(desk)
    checker = screens("manager")
    seen = checker.post(f"/approvals/{request.pk}/", act="approve", version=request.version)
    assert seen.status == 412
    assert "Stands now" in seen.text
    assert "approval.stale" in seen.text
    assert "changed since" in seen.text
    told = checker.post(f"/approvals/{request.pk}/", act="return", version=request.version, reason="anew")
    assert told.status == 302
    assert "1 of yours came back" in screens("teller").get("/").text


def test_a_return_without_a_reason_is_refused_in_place(desk: Desk) -> None:
    request = desk.ask()
    seen = screens("manager").post(f"/approvals/{request.pk}/", act="return", version=request.version)
    assert seen.status == 422
    assert reread(request).state == State.PENDING


def test_a_maker_who_posts_an_approval_is_refused(desk: Desk) -> None:
    request = desk.ask()
    seen = screens("teller").post(f"/approvals/{request.pk}/", act="approve", version=request.version)
    assert seen.status == 403
    assert reread(request).state == State.PENDING


def test_the_maker_corrects_at_the_form(desk: Desk) -> None:
    request = desk.ask(name="欧阳只远")
    teller = screens("teller")
    address = f"/customers/customername/{desk.name.pk}/change/?corrects={request.pk}"
    assert address in teller.get(f"/approvals/{request.pk}/").html
    form = {"version": "1", "kind": "LEGAL", "full_name": NEW_NAME, "reason": "typing error"}
    assert teller.post(address, **form).location == f"/approvals/{request.pk}/"
    assert reread(request).round == 2


def test_lists_are_narrowed_by_state(desk: Desk) -> None:
    request = desk.ask()
    checker = screens("manager")
    assert request.number in checker.get("/approvals/all/", state="PENDING").text
    assert request.number not in checker.get("/approvals/all/", state="APPROVED").text


def test_the_customers_page_says_that_a_change_waits(desk: Desk) -> None:
    request = desk.ask()
    address = f"/customer/{customer_no(desk.customer_id)}/"
    seen = screens("manager").get(address)
    assert f"{request.number}, asked by teller, waits for approval" in seen.text
    assert f'href="/approvals/{request.pk}/"' in seen.html
    actor("colleague", "teller")
    assert request.number not in screens("colleague").get(address).text
