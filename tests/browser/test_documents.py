"""Documents in the browser: an expired one is renewed by keyboard; the radar, the integrity sheet, the past, transfers."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from credentials.services.integrity import run_checks
from customers.rules.number import customer_no
from mdm.runs import JobRun
from tests.browser.window import Window
from tests.factories.credentials import document, fresh
from tests.factories.customers import rows_of
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.browser


def kept(window: Window, name: str) -> None:
    """Keep a picture for whoever wants to look, where they name a folder."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder:
        window.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-hans", "dark")])
def test_an_expired_document_is_renewed(
    browser: Browser, live_server: Any, bank: dict[str, str], language: str, scheme: str
) -> None:
    row = document(state="EXPIRED", expiry_date=timezone.localdate() - timedelta(days=9))
    member_of_staff("boss", "branch_manager", org=branch("1100"))
    window = Window.open(browser, live_server.url, {"language": language, "scheme": scheme})
    window.sign_in("boss")
    page = window.page

    window.go("/documents/")
    window.assert_accessible()
    kept(window, f"radar-{language}")
    page.click(f'a[data-row][href="/document/{row.pk}/"]')
    page.wait_for_url("**/document/*/")
    window.assert_accessible()
    kept(window, f"document-{language}")

    page.focus("#id_replace-how")
    page.keyboard.press("ArrowDown")
    page.focus("#id_replace-expiry_date")
    page.keyboard.type("9999-12-31")
    page.focus("#id_replace-reason")
    page.keyboard.type("a new card was presented")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith(f"/document/{row.pk}/"))
    new = next(one for one in _rows(row) if one.replaces == row.pk)
    assert page.url.endswith(f"/document/{new.pk}/")
    page.select_option("#id_check-method", "NETWORK_CHECK")
    page.select_option("#id_check-outcome", "CONSISTENT")
    page.fill("#id_check-reference", "NC-2026-77")
    page.focus("#id_check-reason")
    page.keyboard.type("asked at the counter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tag.ok")
    window.assert_accessible()
    kept(window, f"document-renewed-{language}")
    assert (fresh(row).lifecycle_state, fresh(new).lifecycle_state) == ("SUPERSEDED", "VERIFIED")

    _others(window, customer_no(row.customer_id), language)
    window.close()


def _rows(row: Any) -> list[Any]:
    return list(rows_of("credential", row.customer_id))


def _others(window: Window, number: str, language: str) -> None:
    """The pages around it, each looked at."""
    page = window.page
    for address, name in (
        (f"/customer/{number}/integrity/", "integrity"),
        (f"/customer/{number}/status/", "status"),
        (f"/transfer/?customer={number}", "transfer"),
        (f"/customer/{number}/as-of/", "as-of"),
        (f"/customer/{number}/", "panorama"),
    ):
        window.go(address)
        window.assert_accessible()
        kept(window, f"{name}-{language}")
    window.go("/integrity/")
    page.fill("#id_org", "1100")
    page.keyboard.press("Enter")
    page.wait_for_selector(".note.ok, [role=status]")
    with database_role("engine"):
        run_checks(JobRun.objects.get(job="integrity").pk)
    window.go("/integrity/")
    window.assert_accessible()
    assert number in page.inner_text("#main")
    kept(window, f"integrity-board-{language}")
