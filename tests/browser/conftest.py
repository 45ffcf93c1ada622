"""One Chromium against the live server: every page it shows is watched for blocked content and errors.

These tests carry the marker `browser`; where Chromium is not installed they are not collected.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from tests.browser.window import Window

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


#: Where Chromium is; None leaves these tests out.
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    collect_ignore_glob = ["test_*.py"]
    sys.stderr.write("tests/browser is left out: Chromium is missing (Debian: chromium, fonts-noto-cjk).\n")


@pytest.fixture(scope="session")
def playwright() -> Iterator["Playwright"]:
    """Playwright's own loop makes Django believe it runs in one: allowed for these tests only."""
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as running:
        yield running
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(scope="session")
def browser(playwright: "Playwright") -> Iterator["Browser"]:
    """The system's Chromium."""
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
    yield chromium
    chromium.close()


@pytest.fixture
def bank(transactional_db: None) -> dict[str, str]:
    """A bank with one person and staff of every kind; the person's number under `number`."""
    from customers.rules.number import customer_no
    from tests.factories.customers import bank, company, person, store
    from tests.factories.security import branch, member_of_staff

    bank()
    ids = store([person(), company()]).customer_ids
    for name, org in (("teller", "1100"), ("steward", "1000"), ("auditor", "1000"), ("operator", "1000")):
        member_of_staff(name, name, org=branch(org))
    member_of_staff("administrator", "administrator", org=branch("1000"))
    member_of_staff("key_officer", "key_officer", org=branch("1000"))
    return {"number": customer_no(ids[0]), "firm": customer_no(ids[1])}


@pytest.fixture
def window(browser: "Browser", live_server: Any, bank: dict[str, str], request: Any) -> Iterator["Window"]:
    """A window as the parameter says (size, language, scheme); it must stay without fault."""
    from tests.browser.window import Window

    opened = Window.open(browser, live_server.url, getattr(request, "param", {}))
    yield opened
    opened.close()
