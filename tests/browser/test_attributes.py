"""An attribute is added by two people with the keyboard alone, and a third meets it everywhere; in both languages."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.test_approving import kept
from tests.browser.window import Window
from tests.factories.customers import the_row
from tests.factories.security import branch, member_of_staff

pytestmark = pytest.mark.browser
CANARY = "80417263"
LABELS = {"en": "Club number", "zh-hans": "会员编号"}
#: So many steps of the Tab key at most from the top of a page to any field.
STEPS = 120


def reach(window: Window, wanted: str) -> None:
    """Go to an element by the Tab key."""
    for _step in range(STEPS):
        if window.page.evaluate("document.activeElement.id || document.activeElement.name") == wanted:
            return
        window.press("Tab")
    raise AssertionError(f"{wanted} is not reached by the Tab key")


def typed(window: Window, **fields: str) -> None:
    """Type into fields, in the order of the page."""
    for name, text in fields.items():
        reach(window, f"id_{name}")
        window.page.keyboard.press("Control+a")
        window.page.keyboard.type(text)


def chosen(window: Window, name: str, value: str) -> None:
    """Choose from a menu by the arrow keys."""
    reach(window, f"id_{name}")
    for _step in range(STEPS):
        if window.page.input_value(f"#id_{name}") == value:
            return
        window.press("ArrowDown")
    raise AssertionError(f"{name} has no {value}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_attribute_is_added_and_seen_everywhere(
    browser: Browser, live_server: Any, bank: dict[str, str], language: str
) -> None:
    from customers.rules.number import customer_id

    own = customer_id(bank["number"])
    assert own is not None
    member_of_staff("supervisor", "steward_supervisor", org=branch("1000"))
    shown = {"language": language, "scheme": "dark" if language == "zh-hans" else "light"}
    steward, supervisor, teller = (Window.open(browser, live_server.url, shown) for _who in range(3))

    steward.sign_in("steward")
    steward.page.evaluate("document.activeElement.blur()")
    steward.press("g", "m")
    steward.page.wait_for_url("**/dictionary/")
    steward.assert_accessible()
    steward.press("a")
    steward.page.wait_for_url("**/attributes/add/")
    steward.page.evaluate("document.activeElement.blur()")
    chosen(steward, "facet", "person_profile")
    typed(
        steward,
        name="club_no",
        label_zh=LABELS["zh-hans"],
        label_en=LABELS["en"],
        length="8",
        pattern="[0-9]{8}",
    )
    chosen(steward, "severity", "BLOCK")
    chosen(steward, "mask", "free_text")
    reach(steward, "id_searchable")
    steward.press("Space")
    typed(steward, columns="core_customer club_no", reason="new rules")
    reach(steward, "preview")
    steward.press("Enter")
    steward.page.wait_for_selector("#h-impact")
    steward.assert_accessible()
    steward.assert_fits()
    kept(steward, f"impact-{language}")
    reach(steward, "id_reason")
    steward.press("Enter")
    steward.page.wait_for_url("**/approvals/*/")

    supervisor.sign_in("supervisor")
    supervisor.go("/approvals/")
    supervisor.page.evaluate("document.activeElement.blur()")
    supervisor.press("j", "Enter")
    supervisor.page.wait_for_url("**/approvals/*/")
    supervisor.assert_accessible()
    kept(supervisor, f"asked-attribute-{language}")
    supervisor.press("a")
    supervisor.page.wait_for_selector(".note.ok")

    teller.sign_in("teller")
    profile = the_row("person_profile", own)
    teller.go(f"/customers/personprofile/{profile.pk}/change/")
    assert LABELS[language] in teller.page.inner_text("label[for=id_x_club_no]")
    typed(teller, x_club_no="8041726X", reason="told at the counter")
    teller.press("Enter")
    teller.page.wait_for_selector(".field.wrong #id_x_club_no")
    teller.assert_accessible()
    kept(teller, f"refused-attribute-{language}")
    typed(teller, x_club_no=CANARY, reason="told at the counter")
    teller.press("Enter")
    teller.page.wait_for_url(f"**/customer/{bank['number']}/")
    assert LABELS[language] in teller.page.content()
    assert CANARY not in teller.page.content()
    teller.assert_accessible(contrast_only=True)
    kept(teller, f"panorama-attribute-{language}")
    teller.page.emulate_media(media="print")
    assert teller.page.get_by_text(LABELS[language], exact=False).first.is_visible(), "and on paper"
    teller.page.emulate_media(media="screen")
    assert the_row("person_profile", own).extension.open() == {"x_club_no": CANARY}

    teller.page.evaluate("document.activeElement.blur()")
    teller.press("/")
    teller.page.keyboard.type(CANARY)
    teller.press("Enter")
    teller.page.wait_for_selector(f"#main a[href*='{bank['number']}']")
    teller.go(f"/customer/{bank['number']}/history/")
    assert LABELS[language] in teller.page.inner_text("#main")
    assert CANARY not in teller.page.content()

    steward.go("/dictionary/")
    assert LABELS[language] in steward.page.inner_text("#h-attributes >> xpath=../..")
    steward.assert_accessible()
    steward.assert_fits()
    kept(steward, f"dictionary-{language}")
    steward.go("/dictionary/compare/?one=0&other=1")
    steward.assert_accessible()
    steward.assert_fits()
    kept(steward, f"compare-attribute-{language}")
    for window in (steward, supervisor, teller):
        window.close()
