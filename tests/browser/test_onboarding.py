"""A new customer by keyboard only: somebody we have is recognised before the rest is typed; somebody else is created."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.keyboard import chosen, kept, pressed, typed
from tests.browser.window import Window

pytestmark = pytest.mark.browser
PRIMARY = ".submit button.primary"
WORDS = {
    "en": ("This may be a customer we have", "1990-**-**"),
    "zh-hans": ("这可能是已有客户", "1990-**-**"),
}


def who(window: Window, name: str, number: str) -> None:
    """Type who it is, field by field, and go on."""
    window.go("/onboarding/")
    typed(window, "id_name", name)
    typed(window, "id_document_number", number)
    typed(window, "id_phone", "13700001111")
    pressed(window, PRIMARY)


def sound(window: Window, name: str) -> None:
    window.assert_accessible()
    window.assert_fits()
    kept(window, name)


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
def test_a_customer_is_created_after_a_duplicate_stop(
    browser: Browser, live_server: Any, bank: dict[str, str], language: str, scheme: str
) -> None:
    window = Window.open(browser, live_server.url, {"language": language, "scheme": scheme})
    window.sign_in("teller")
    stop, born = WORDS[language]

    who(window, "欧阳知远", "11010519491231002X")
    assert stop in window.page.inner_text("[role=alert]")
    assert window.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    sound(window, f"stop-{language}")
    pressed(window, "button[name=same]")
    window.page.wait_for_url(f"**/customer/{bank['number']}/")

    who(window, "司马青", "440524199003070014")
    window.page.wait_for_url("**/document/")
    sound(window, f"document-{language}")
    typed(window, "id_credential-expiry_date", "2046-03-07")
    pressed(window, PRIMARY)
    assert born in window.page.inner_text("#main")
    assert window.page.input_value("#id_profile-sex") == "M"
    sound(window, f"details-{language}")
    chosen(window, "id_profile-occupation", "2")
    pressed(window, PRIMARY)
    typed(window, "id_email-address", "qing@example.com")
    window.page.set_viewport_size({"width": 720, "height": 900})
    sound(window, f"reach-{language}")
    pressed(window, PRIMARY)
    window.page.wait_for_url("**/review/")
    page = window.page.content()
    assert "q***@example.com" in page
    assert "司马青" not in page
    assert "440524199003070014" not in page
    sound(window, f"review-{language}")
    pressed(window, ".submit a.button")
    assert "q***@example.com" in window.page.content(), "going back loses nothing"
    pressed(window, PRIMARY)
    pressed(window, PRIMARY)
    window.page.wait_for_url("**/customer/*/")
    assert window.heading() == "**青"
    window.close()
