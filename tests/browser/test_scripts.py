"""Scripts in every text that somebody writes, in a real browser: it shows them as text, and runs nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import Dialog

from tests.browser.window import Window
from tests.security.authorisation.scripted import write_clear
from tests.support.database_roles import append_only_lifted, database_role

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("objects")]
#: Who looks at what; `{number}` is the customer.
PAGES = {
    "auditor": (
        "/customer/{number}/",
        "/customer/{number}/history/",
        "/customers/address/",
    ),
    "administrator": ("/security/user/", "/security/role/", "/security/organisation/"),
}
#: The end of every script that was written.
MARKED = re.compile(r"~\d+~")
#: What a page must never be able to do; the browser says so when it blocks it.
_TRIED = "const one = document.createElement('div'); one.innerHTML = '<img onerror=alert(1)>'; document.body.append(one)"


@pytest.mark.parametrize("role", PAGES)
def test_scripts_are_shown_and_do_not_run(window: Window, bank: dict[str, Any], role: str) -> None:
    dialogs: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    window.page.on("dialog", dismissed)
    window.sign_in(role)
    with database_role("owner"), append_only_lifted():
        write_clear()
    for address in PAGES[role]:
        window.go(address.format(number=bank["number"]))
        assert MARKED.search(window.page.inner_text("#main")), address
    assert dialogs == []
    assert window.faults == []

    with window.page.expect_console_message(lambda told: "blocked script-src" in told.text):
        window.page.evaluate(_TRIED)  # else nobody would have heard of one that was tried
    window.faults.clear()
    assert dialogs == []
