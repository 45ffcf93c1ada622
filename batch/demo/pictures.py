"""Pictures of the running demonstration for the documentation, taken with Chromium."""

import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext_lazy as _

from batch.demo.bank import PASSWORD
from mdm.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
SIZE = {"width": 1280, "height": 800}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, who sees it how, and what is done before it is taken."""

    file: str
    login: str
    go: Callable[["Page", str], None]
    language: Literal["zh-hans", "en"] = "en"
    scheme: Literal["light", "dark"] = "light"


def _at(address: str) -> Callable[["Page", str], None]:
    def go(page: "Page", _term: str) -> None:
        page.goto(address)

    return go


def _search(page: "Page", term: str) -> None:
    page.fill("#find", term)
    page.press("#find", "Enter")
    page.wait_for_url("**/search/*/")


def _panorama(page: "Page", term: str) -> None:
    _search(page, term)
    page.press("a[data-row]", "Enter")
    page.wait_for_url("**/customer/*/")


def _history(page: "Page", term: str) -> None:
    _panorama(page, term)
    page.keyboard.press("h")
    page.wait_for_url("**/history/")


PICTURES = (
    Picture("login.png", "", _at("/login/"), "zh-hans"),
    Picture("search.png", "teller", _search, "zh-hans"),
    Picture("panorama.png", "teller", _panorama),
    Picture("panorama-zh.png", "teller", _panorama, "zh-hans"),
    Picture("home.png", "teller", _at("/"), "zh-hans"),
    Picture("panorama-dark.png", "branch_manager", _panorama, "en", "dark"),
    Picture("history.png", "branch_manager", _history),
    Picture("onboarding.png", "teller", _at("/onboarding/")),
    Picture("duplicates.png", "steward", _at("/consolidation/reviewcase/")),
    Picture("run.png", "operator", _at("/run/2/"), "en", "dark"),
    Picture("operations.png", "auditor", _at("/security/operationlog/"), "zh-hans"),
)


def take(
    browser: "Browser", address: str, folder: Path, term: str, tell: Callable[[int, int], None]
) -> list[str]:
    """Take every picture from the demonstration at `address`; `term` finds its customer. Gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(PICTURES, 1):
        _take(browser, address, picture, term, folder)
        tell(number, len(PICTURES))
    return [picture.file for picture in PICTURES]


def require_demo(address: str) -> None:
    """Raise Unavailable `demo.down` where nothing answers at `address`."""
    try:
        urllib.request.urlopen(f"{address}/healthz/live", timeout=3).close()  # noqa: S310 (told by the operator)
    except OSError as error:
        raise Unavailable(
            "demo.down", _("The demonstration does not answer: start it with `make demo`.")
        ) from error


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The system's Chromium. Unavailable `demo.browser` where there is none."""
    found = shutil.which("chromium")
    if found is None:
        raise Unavailable("demo.browser", _("Chromium is needed: apt-get install chromium fonts-noto-cjk."))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


def _take(browser: "Browser", address: str, picture: Picture, term: str, folder: Path) -> None:
    size: Any = SIZE
    context = browser.new_context(
        base_url=address, viewport=size, color_scheme=picture.scheme, timezone_id="Asia/Shanghai"
    )
    context.add_cookies([{"name": "panorama_language", "value": picture.language, "url": address}])
    page = context.new_page()
    if picture.login:
        _sign_in(page, picture.login)
    picture.go(page, term)
    page.wait_for_load_state()
    page.screenshot(path=str(folder / picture.file))
    context.close()


def _sign_in(page: "Page", login: str) -> None:
    page.goto("/login/")
    page.fill("#id_username", login)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_selector(".hero")
