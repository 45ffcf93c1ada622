"""Many customers at once in the browser, from the keyboard alone: paste, look at the preview, create, correct."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from batch.models import CustomerBatch
from batch.services.creating import run_batch
from customers.models import Customer
from tests.browser.window import Window
from tests.factories.batches import people, table
from tests.support.database_roles import database_role

pytestmark = pytest.mark.browser


def kept(window: Window, name: str) -> None:
    """Keep a picture for whoever wants to look, where they name a folder."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder:
        window.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def reach(window: Window, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _step in range(80):
        if window.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        window.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def worked(window: Window) -> None:
    """A worker does what waits; the page finds out by itself."""
    expect(window.page.locator("progress")).to_be_visible()
    with database_role("engine"):
        run_batch(CustomerBatch.objects.get().run_id or 0)
    expect(window.page.locator("progress")).to_have_count(0)
    window.page.wait_for_selector("table.rows")


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-hans", "dark")])
def test_a_table_is_pasted_looked_at_created_and_corrected(
    browser: Browser, live_server: Any, bank: dict[str, str], language: str, scheme: str
) -> None:
    window = Window.open(browser, live_server.url, {"language": language, "scheme": scheme})
    page, rows = window.page, people(6)
    before = 2
    window.sign_in("teller")
    window.go("/batches/")
    window.assert_accessible()
    window.press("n")
    page.wait_for_url("**/batches/new/")
    window.assert_accessible()
    kept(window, f"batch-new-{language}")

    wrong = {**rows[5], "birth_date": "1990-02-31"}
    reach(window, "#id_pasted")
    page.keyboard.insert_text(table([*rows[:4], rows[3], {**rows[1], "source_key": "K-1-B"}, wrong], "\t"))
    reach(window, "form .submit .primary")
    window.press("Enter")
    page.wait_for_selector("#progress")
    worked(window)
    window.assert_accessible()
    window.assert_fits()
    kept(window, f"batch-preview-{language}")
    assert page.locator("table.rows tbody tr").count() == 7
    assert rows[0]["id_number"] not in page.content()
    with database_role("engine"):
        assert Customer.objects.count() == before

    reach(window, "[name=create]")
    window.press("Enter")
    worked(window)
    window.assert_accessible()
    kept(window, f"batch-result-{language}")
    with database_role("engine"):
        assert Customer.objects.count() == before + 5

    reach(window, "details.card summary")
    window.press("Enter")
    reach(window, "#id_pasted")
    page.keyboard.insert_text(table([rows[5]], "\t"))
    window.assert_accessible()
    reach(window, "[name=correct]")
    window.press("Enter")
    worked(window)
    kept(window, f"batch-corrected-{language}")
    with database_role("engine"):
        assert Customer.objects.count() == before + 6
    assert page.locator("table.rows .tag.bad").count() == 0
    window.close()
