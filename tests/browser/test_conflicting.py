"""Two people change the same field, one in Chinese and one in English, by keyboard: nothing is lost or overwritten."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.keyboard import kept, pressed, typed
from tests.browser.window import Window
from tests.factories.customers import the_row
from tests.factories.security import branch, member_of_staff

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("contacts_alone")]


def changed(window: Window, extension: str) -> None:
    """Give the telephone at hand another extension."""
    window.page.evaluate("document.getElementById('id_extension_no').select()")
    typed(window, "id_extension_no", extension)
    typed(window, "id_reason", "as told")
    with window.page.expect_navigation():
        window.press("Enter")


def test_two_people_change_the_same_field(browser: Browser, live_server: Any, bank: dict[str, Any]) -> None:
    from customers.rules.number import customer_id

    own = customer_id(bank["number"]) or 0
    member_of_staff("manager", "branch_manager", org=branch("1100"))
    shown = ({"language": "zh-hans"}, {"language": "en", "scheme": "dark"})
    teller, manager = (Window.open(browser, live_server.url, one) for one in shown)
    address = f"/customers/phone/{the_row('phone', own, 'MOBILE').pk}/change/"
    for window, name in ((teller, "teller"), (manager, "manager")):
        window.sign_in(name)
        window.go(address)
    changed(manager, "11")
    manager.go(address)
    typed(teller, "id_number", "13700001111")
    changed(teller, "22")
    rows = teller.page.locator("tbody tr").all_inner_texts()
    assert len(rows) == 2
    assert "139****5670" in rows[0]
    assert "13700001111" in rows[0], "one's own entry is shown to whoever typed it"
    assert "11" in rows[1]
    assert "22" in rows[1]
    assert "13912345670" not in teller.page.content()
    teller.assert_accessible()
    kept(teller, "conflict-zh")
    teller.page.focus("input[name=choose__extension_no]:checked")
    assert teller.page.evaluate("document.activeElement.value") == "now", "what both changed stays as it is"
    teller.press("ArrowRight")
    pressed(teller, ".submit button.primary")
    row = the_row("phone", own, "MOBILE")
    assert (row.number, row.extension_no, row.version) == ("+8613700001111", "22", 3)

    changed(manager, "33")
    assert "22" in manager.page.inner_text("tbody")
    manager.page.set_viewport_size({"width": 720, "height": 900})
    manager.assert_accessible()
    manager.assert_fits()
    kept(manager, "conflict-en")
    pressed(manager, ".submit button.primary")
    row = the_row("phone", own, "MOBILE")
    assert (row.extension_no, row.version) == ("22", 3), "“now” was kept, and nothing written for it"
    teller.close()
    manager.close()
