"""A system gets a new token by two people at two screens: who asked collects it; and a rule is asked to be changed."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from security.access.roles import seed_roles
from security.models import ApiClient, Role
from tests.browser.keyboard import kept
from tests.browser.window import Window
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.browser


def test_a_token_is_asked_for_agreed_to_and_collected(
    browser: Browser, live_server: Any, bank: dict[str, str]
) -> None:
    seed_roles()
    with database_role("owner"):
        Role.objects.update(mfa_required=False)
    client_system("core-bank", org=branch("1000"))
    number = ApiClient.objects.get(client_id="core-bank").pk
    windows = []
    for name, role in (("admin", "administrator"), ("officer", "key_officer")):
        member_of_staff(name, role, org=branch("1000"))
        scheme = "dark" if name == "officer" else "light"
        windows.append(Window.open(browser, live_server.url, {"language": "en", "scheme": scheme}))
        windows[-1].sign_in(name)
    admin, officer = windows

    admin.go(f"/security/apiclient/{number}/change/")
    admin.page.fill("#rotate_reason", "yearly")
    admin.assert_accessible(contrast_only=True)
    kept(admin, "client")
    admin.page.get_by_role("button", name="Ask for a new token").click()
    admin.page.wait_for_url("**/approvals/*/")

    officer.go(admin.page.url.removeprefix(live_server.url))
    officer.assert_accessible(contrast_only=True)
    kept(officer, "client-asked")
    officer.page.get_by_role("button", name="Approve").click()
    officer.page.wait_for_selector("text=You have approved")

    admin.go(f"/security/apiclient/{number}/change/")
    kept(admin, "client-due")
    admin.page.get_by_role("button", name="Make it and show it once").click()
    admin.page.wait_for_selector("text=pan_core-bank.")
    admin.assert_accessible(contrast_only=True)
    kept(admin, "client-token")

    admin.go("/approvals/rules/row.change/name/")
    admin.assert_accessible(contrast_only=True)
    kept(admin, "rule")
    for window in windows:
        window.close()
