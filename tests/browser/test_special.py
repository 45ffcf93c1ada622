"""Special information in the browser: a passive entity with two controlling persons, by keyboard only; the other pages."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from customers.rules.number import customer_no
from customers.services import facets
from security.access.actor import staff_actor
from security.approvals import deciding
from special_info.services import agency_batch, agency_payment
from special_info.services.agency_batch import HandedIn
from tests.browser.keyboard import chosen, kept, pressed, typed
from tests.browser.window import Window
from tests.factories.customers import company, person, stored
from tests.factories.security import branch, member_of_staff
from tests.special_info.declared import AGREEMENT, ASSESSMENT, HANDLER

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-hans", "en")


@pytest.fixture
def firm(bank: dict[str, str]) -> str:
    """A company without special information."""
    plain = company("PASSIVE", controlling_person=[], agency_agreement=[], agency_handler=[], agency_batch=[])
    return customer_no(stored(plain))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_passive_entity_declares_by_keyboard_only(
    browser: Browser, live_server: Any, bank: dict[str, str], firm: str, language: str
) -> None:
    member_of_staff("clerk", "tax_clerk", org=branch("1100"))
    member_of_staff("officer", "compliance", org=branch("1000"))
    window = Window.open(browser, live_server.url, {"language": language, "scheme": "light"})
    window.sign_in("clerk")
    window.go(f"/special_info/taxcertification/add/?customer={firm}")
    window.assert_accessible()
    window.assert_fits()
    kept(window, f"declare-{language}")
    chosen(window, "id_head-form_version", "CN-2019")
    chosen(window, "id_head-residency_status", "CHINESE")
    chosen(window, "id_head-entity_class", "PASSIVE_NFE")
    typed(window, "id_head-signed_on", "2026-03-02")
    chosen(window, "id_head-signed_as", "SELF")
    chosen(window, "id_head-due_diligence", "CRS1201")
    chosen(window, "id_head-account_type", "CRS1101")
    typed(window, "id_head-joint_holders", "1")
    for place, name in enumerate(("王建国", "李文静")):
        chosen(window, f"id_p{place}-control_type", "CRS801")
        typed(window, f"id_p{place}-full_name", name)
        chosen(window, f"id_p{place}-residency_status", "CHINESE")
        chosen(window, f"id_p{place}-self_cert", "CRS1001")
    typed(window, "id_reason", "客户填写声明书")
    pressed(window, ".submit button.primary")
    window.page.wait_for_url("**/special/tax/*/")
    assert window.page.locator(".note.warn li").count() == 1
    kept(window, f"declared-{language}")
    page = "/" + window.page.url.split("/", 3)[3]
    window.press("e")
    window.page.wait_for_url("**/change/")
    chosen(window, "id_self_cert", "CRS901")
    typed(window, "id_reason", "补录")
    pressed(window, ".submit button.primary")
    window.go(page)
    assert window.page.locator(".note.warn").count() == 0
    assert window.page.locator("section[aria-labelledby=h-persons] tbody tr").count() == 2
    window.assert_accessible()
    window.assert_fits()
    typed(window, "id_step-reason", "客户填写声明书")
    pressed(window, "button[value=submit]")
    window.page.wait_for_url("**/approvals/*/")
    request = "/" + window.page.url.split("/", 3)[3]
    officer = Window.open(browser, live_server.url, {"language": language, "scheme": "light"})
    officer.sign_in("officer")
    officer.go(request)
    officer.assert_accessible()
    kept(officer, f"asked-{language}")
    pressed(officer, "button[value=approve]")
    window.go(page)
    assert window.page.locator(".facts .tag.ok").count() == 1
    kept(window, f"approved-{language}")
    for one in (window, officer):
        one.page.close()
        assert one.faults == []


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
def test_the_other_pages_are_readable_for_everybody(
    browser: Browser, live_server: Any, bank: dict[str, str], firm: str, language: str, scheme: str
) -> None:
    now = timezone.now()
    clerk = staff_actor(member_of_staff("clerk", "tax_clerk", org=branch("1100")), now)
    officer = staff_actor(member_of_staff("officer", "compliance", org=branch("1000")), now)
    say: dict[str, Any] = {"reason": "as told", "at": now}
    payee = customer_no(stored(person("PAYEE", credential=[])))
    assessed: Any = facets.add(
        clerk, bank["number"], "investor_assessment", {**ASSESSMENT, "assessment_no": "I-9"}, **say
    )
    told: Any = facets.add(clerk, firm, "agency_agreement", AGREEMENT, **say)
    facets.add(clerk, firm, "agency_handler", {**HANDLER, "document_expiry": date(2099, 1, 1)}, **say)
    waits = agency_payment.submit(clerk, told.pk, told.version, **say).request
    assert waits is not None
    deciding.approve(officer, waits.pk, waits.version, **say)
    text = "name,account,amount\n欧阳知远,6222021001122334455,5000\n赵六,6222000011112222333,1\nX,12,0\n"
    batch = agency_batch.receive(clerk, told.pk, HandedIn("B-1", "1", date(2099, 1, 10), text), **say)
    window = Window.open(browser, live_server.url, {"language": language, "scheme": scheme})
    window.sign_in("clerk")
    for name, address in (
        ("board", "/special/?kind=investor&list=draft"),
        ("investor", f"/special/investor/{assessed.pk}/"),
        ("agency", f"/special/agency/{told.pk}/"),
        ("batch", f"/special/batch/{batch.pk}/"),
        ("panorama", f"/customer/{firm}/"),
        ("payee", f"/customer/{payee}/"),
    ):
        window.go(address)
        window.assert_accessible()
        window.assert_fits()
        kept(window, f"{name}-{language}")
    window.page.set_viewport_size({"width": 390, "height": 844})
    for address in (
        f"/special/agency/{told.pk}/",
        f"/special/batch/{batch.pk}/",
        f"/special/tax/{firm}/new/",
    ):
        window.go(address)
        window.assert_fits()
    window.page.close()
    assert window.faults == []
