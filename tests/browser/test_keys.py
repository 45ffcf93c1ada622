"""Keys: what they do, where they rest, how they are switched off."""

import pytest

from tests.browser.window import Window

pytestmark = pytest.mark.browser


def rest(window: Window) -> None:
    """Put the focus on nothing in particular."""
    window.page.evaluate("document.activeElement.blur()")


def test_two_keys_go_places(window: Window) -> None:
    window.sign_in("teller")
    for keys, address in ((("g", "c"), "/customers/customer/"), (("g", "h"), "/")):
        rest(window)
        window.press(*keys)
        window.page.wait_for_url(window.base + address)


def test_rows_are_walked_and_opened(window: Window, bank: dict[str, str]) -> None:
    window.sign_in("teller")
    window.go("/customers/customer/")
    window.press("j")
    first = window.focused()
    window.press("j")
    assert window.focused() != first
    window.press("j", "j", "k", "k")
    assert window.focused() == first
    window.press("Enter")
    window.page.wait_for_url("**/customer/*/")


def test_new_edit_history_and_subjects(window: Window, bank: dict[str, str]) -> None:
    window.sign_in("teller")
    window.go("/customers/customer/")
    window.press("n")
    window.page.wait_for_url("**/onboarding/")
    window.go(f"/customer/{bank['number']}/")
    window.press("3")
    assert window.page.url.endswith("#contact")
    window.press("h")
    window.page.wait_for_url("**/history/")
    window.go(f"/customer/{bank['number']}/")
    window.press("e")
    window.page.wait_for_url("**/change/")


def test_the_list_of_keys_opens_and_gives_the_focus_back(window: Window) -> None:
    window.sign_in("teller")
    window.page.focus("[data-opens=keys]")
    window.press("?")
    assert window.page.locator("#keys").is_visible()
    window.assert_accessible()
    window.press("Escape")
    assert not window.page.locator("#keys").is_visible()
    assert window.page.evaluate("document.activeElement.dataset.opens") == "keys"


def test_keys_rest_while_one_types(window: Window) -> None:
    window.sign_in("teller")
    window.page.focus("#home-find")
    window.page.keyboard.type("gc/n?jk")
    assert window.page.input_value("#home-find") == "gc/n?jk"
    assert window.page.url == f"{window.base}/"


def slash(window: Window, composing: str) -> None:
    """Press `/` on the page, as a part of composing a sign or not."""
    event = f'new KeyboardEvent("keydown", {{key: "/", isComposing: {composing}, bubbles: true}})'
    window.page.evaluate(f"document.body.dispatchEvent({event})")


def test_keys_rest_while_an_input_method_composes(window: Window) -> None:
    window.sign_in("teller")
    rest(window)
    slash(window, composing="true")
    assert window.focused() != "find"
    slash(window, composing="false")
    assert window.focused() == "find"


def test_keys_can_be_switched_off(window: Window) -> None:
    window.sign_in("teller")
    window.page.click("details.menu > summary")
    window.page.click("button[name=keys]")
    rest(window)
    window.press("/")
    assert window.focused() != "find"


def test_a_menu_closes_with_escape_and_with_a_click_elsewhere(window: Window) -> None:
    window.sign_in("teller")
    menu = window.page.locator("details.menu")
    window.page.click("details.menu > summary")
    window.press("Escape")
    assert menu.get_attribute("open") is None
    window.page.click("details.menu > summary")
    window.page.click("h1")
    assert menu.get_attribute("open") is None
