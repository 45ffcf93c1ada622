"""An erasure in the browser: what stands in the way; asked by one, agreed to by another; done by a worker."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from customers.rules.number import customer_no
from customers.services.erasing import JOB, run_erasure
from mdm.runs import JobRun
from tests.browser.window import Window
from tests.factories.customers import person, stored
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.browser


def kept(window: Window, name: str) -> None:
    """Keep a picture for whoever wants to look, where they name a folder."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder:
        window.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_customer_is_erased_by_two(browser: Browser, live_server: Any, bank: dict[str, str]) -> None:
    left = {"party_type": "PERSON", "org": "1100", "lifecycle_status": "CLOSED", "valid_to": date(2010, 1, 1)}
    gone = customer_no(stored(person("GONE", customer=[left], agreement=[], restriction=[])))
    windows = []
    for name in ("asker", "checker"):
        member_of_staff(name, "compliance", org=branch("1000"))
        windows.append(Window.open(browser, live_server.url, {"language": "en", "scheme": "light"}))
        windows[-1].sign_in(name)
    asker, checker = windows

    asker.go(f"/customer/{bank['number']}/erase/")
    assert "There is an agreement that is not closed." in asker.page.inner_text("#main")
    asker.assert_accessible()
    kept(asker, "erase-held")

    asker.go(f"/customer/{gone}/erase/")
    asker.page.fill("#id_reason", "The time of retention is over")
    asker.assert_accessible()
    kept(asker, "erase-form")
    asker.page.keyboard.press("Enter")
    asker.page.wait_for_url("**/approvals/*/")
    address = "/" + asker.page.url.split("/", 3)[3]

    checker.go(address)
    assert "Erase a customer" in checker.page.inner_text("#main")
    kept(checker, "erase-request")
    checker.page.click("button[value=approve]")
    checker.page.wait_for_load_state()
    with database_role("engine"):
        run_erasure(JobRun.objects.get(job=JOB).pk)
    response = checker.page.goto(f"{live_server.url}/customer/{gone}/")
    assert response is not None
    assert response.status == 410
    kept(checker, "erased")
    for window in windows:
        window.page.close()
