"""The teller's main way: sign in, find a customer by number and name, read the panorama; both languages."""

import pytest

from tests.browser.window import Window

pytestmark = pytest.mark.browser

SHOWN = [{"language": "zh-hans"}, {"language": "en"}, {"language": "zh-hans", "scheme": "dark"}]


@pytest.mark.parametrize("window", SHOWN, indirect=True)
@pytest.mark.parametrize("term", ["11010519491231002X", "欧阳知远"])
def test_a_teller_finds_a_customer_with_the_keyboard_alone(
    window: Window, bank: dict[str, str], term: str
) -> None:
    window.go("/login/")
    window.assert_accessible()
    window.sign_in("teller")
    window.assert_accessible()

    window.press("Escape")
    window.page.locator("h1").click()
    window.press("/")
    assert window.focused() == "find"
    window.page.keyboard.type(term)
    window.press("Enter")
    window.page.wait_for_url("**/search/*/")
    assert term not in window.page.url
    window.assert_accessible()
    assert window.focused() == "**远"

    window.press("Enter")
    window.page.wait_for_url(f"**/customer/{bank['number']}/")
    assert window.heading() == "**远"
    text = window.page.inner_text("main")
    assert "110***********002X" in text
    assert "欧阳知远" not in window.page.content()
    window.assert_accessible()


@pytest.mark.parametrize("window", [{"language": "zh-hans"}], indirect=True)
def test_the_language_is_switched_on_the_spot(window: Window) -> None:
    window.go("/login/")
    window.page.click("button[name=language]")
    assert window.page.locator("html").get_attribute("lang") == "en"
    assert window.page.inner_text("h1") == "Sign in"
    window.sign_in("teller")
    window.page.click("button[name=language]")
    assert window.page.locator("html").get_attribute("lang") == "zh-hans"


def test_light_and_dark_are_switched_and_stay(window: Window) -> None:
    window.sign_in("teller")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = window.page.evaluate(paper)
    window.page.click("details.menu > summary")
    window.page.click("button[name=theme][value=dark]")
    dark = window.page.evaluate(paper)
    assert light != dark
    window.go("/customers/customer/")
    assert window.page.evaluate(paper) == dark
