"""A document that has run out is renewed; a past moment is looked at; the panorama is printed. By keyboard only."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from tests.browser.keyboard import chosen, filed, kept, pressed, typed
from tests.browser.window import Window
from tests.factories.credentials import document
from tests.factories.customers import rows_of, the_row
from tests.factories.security import NOW, branch, member_of_staff

pytestmark = pytest.mark.browser
WHY = "the customer came to the counter"
ZH, EN = {"language": "zh-hans"}, {"language": "en", "scheme": "dark"}


def sent(window: Window, act: str, **told: str) -> None:
    """Fill one form of a document's page and send it; codes are chosen, texts are typed."""
    for name, value in told.items():
        field = f"id_{act}-{name}"
        is_menu = window.page.locator(f"select#{field}").count() == 1
        (chosen if is_menu else typed)(window, field, value)
    typed(window, f"id_{act}-reason", WHY)
    with window.page.expect_navigation():
        window.press("Enter")


@pytest.mark.parametrize("window", [ZH, EN], indirect=True, ids=["zh", "en"])
def test_a_document_that_has_run_out_is_renewed(window: Window, bank: dict[str, str]) -> None:
    from customers.rules.number import customer_no

    row = document(state="VERIFIED", expiry_date=date(2020, 1, 1))
    home = f"/customer/{customer_no(row.customer_id)}/"
    window.sign_in("teller")
    window.go(home)
    assert "2020-01-01" in window.page.inner_text(".duties")
    window.go(f"/document/{row.pk}/")
    window.assert_accessible()
    sent(window, "replace", how="RENEWED", issue_date="2026-02-01", expiry_date="2046-02-01")
    window.page.wait_for_selector("[aria-current=true]")
    sent(window, "check", method="NETWORK_CHECK", outcome="CONSISTENT", source="register", reference="NC-1")
    window.assert_accessible()
    kept(window, f"renewed-{window.page.locator('html').get_attribute('lang')}")
    old, new = sorted(rows_of("credential", row.customer_id), key=lambda one: one.pk)
    assert (old.lifecycle_state, new.lifecycle_state, new.replaces) == ("SUPERSEDED", "VERIFIED", old.pk)
    window.go(home)
    assert window.page.locator(".duties", has_text="2020-01-01").count() == 0
    assert window.page.locator(".duties", has_text="2046-02-01").count() == 0


@pytest.mark.parametrize("window", [ZH, EN], indirect=True, ids=["zh", "en"])
def test_a_past_moment_is_looked_at(window: Window, bank: dict[str, str]) -> None:
    from customers.rules.number import customer_id
    from security.access.actor import staff_actor
    from tests.factories.approvals import changed

    row = the_row("phone", customer_id(bank["number"]) or 0, "MOBILE")
    manager = staff_actor(member_of_staff("manager", "branch_manager", org=branch("1100")), NOW)
    changes = {"number": "+8613700001111"}
    changed(manager, "phone", row.pk, row.version, changes, reason=WHY, at=NOW + timedelta(days=9))
    window.sign_in("manager")
    window.go(f"/customer/{bank['number']}/")
    assert "137****1111" in window.page.inner_text("#contact")
    window.page.evaluate("document.activeElement.blur()")
    window.press("t")
    window.page.wait_for_url("**/as-of/")
    typed(window, "id_known", f"{timezone.localtime(NOW + timedelta(days=1)):%Y-%m-%d %H:%M}")
    with window.page.expect_navigation():
        window.press("Enter")
    then = window.page.inner_text("#main")
    assert "139****5670" in then
    assert "137****1111" not in then
    window.assert_accessible()
    window.assert_fits()
    kept(window, f"as-of-{window.page.locator('html').get_attribute('lang')}")
    pressed(window, ".submit a.button")
    window.page.wait_for_url(f"**/customer/{bank['number']}/")


@pytest.mark.parametrize("window", [ZH, EN], indirect=True, ids=["zh", "en"])
def test_the_panorama_is_printed_under_a_mark(window: Window, bank: dict[str, str]) -> None:
    window.sign_in("teller")
    window.go(f"/customer/{bank['number']}/")
    window.page.evaluate("document.activeElement.blur()")
    with window.page.expect_console_message(lambda one: one.text == "printed"):
        window.page.evaluate("addEventListener('beforeprint', () => console.log('printed'))")
        window.press("p")
    printed = window.page.pdf(prefer_css_page_size=True)
    filed(printed, f"panorama-{window.page.locator('html').get_attribute('lang')}")
    sheets = PdfReader(BytesIO(printed)).pages
    texts = ["".join(sheet.extract_text().split()) for sheet in sheets]
    assert [round(float(side)) for side in sheets[0].mediabox[2:]] == [595, 842], "A4"
    for n, text in enumerate(texts, 1):
        assert text.count("teller2") >= 12, "every sheet names who printed it"
        assert f"{n}/{len(texts)}" in text
    told = "".join(texts)
    for masked in ("**远", "110***********002X", "139****5670", bank["number"]):
        assert masked in told
    for clear in ("欧阳知远", "11010519491231002X", "13912345670"):
        assert clear not in told
    assert window.page.locator("#find").get_attribute("placeholder") not in told, "the frame is not printed"
