"""A browser window as a person uses it, which remembers every fault of the pages it shows."""

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.factories.security import PASSWORD

#: Everything WCAG 2.2 AA asks that a machine can judge, and what axe calls good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: Reports of the browser about a page that a test sends wrongly on purpose.
EXPECTED = "Failed to load resource: the server responded with a status of 4"
_WATCH = """document.addEventListener("securitypolicyviolation",
    (event) => console.error("blocked " + event.violatedDirective + " " + event.blockedURI));"""


@dataclass
class Window:
    """One window. `faults` collects console errors, exceptions and blocked content."""

    context: BrowserContext
    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, base: str, shown: dict[str, Any]) -> "Window":
        """A new window: `language`, `width`, `height`, `scheme` (light or dark)."""
        size: Any = {"width": shown.get("width", 1440), "height": shown.get("height", 900)}
        context = browser.new_context(
            viewport=size, color_scheme=shown.get("scheme", "light"), timezone_id="Asia/Shanghai"
        )
        cookie = {"name": "panorama_language", "value": shown.get("language", "en"), "url": base}
        context.add_cookies([cookie])  # type: ignore[list-item]
        context.add_init_script(_WATCH)
        context.set_default_timeout(10_000)
        window = cls(context, context.new_page(), base)
        window.page.on("console", window._heard)
        window.page.on("pageerror", lambda error: window.faults.append(str(error)))
        return window

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.faults.append(message.text)

    def close(self) -> None:
        """The pages were without fault."""
        self.context.close()
        assert self.faults == []

    def go(self, address: str) -> None:
        self.page.goto(self.base + address)

    def sign_in(self, name: str) -> None:
        self.go("/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#main .hero")

    def sign_in_to(self, name: str, address: str) -> None:
        """Sign in with the password and be led to `address`."""
        self.go("/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"**{address}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        """What the focus is on: its text, else its id."""
        told = self.page.evaluate("document.activeElement.innerText || document.activeElement.id")
        return str(told).strip()

    def heading(self) -> str:
        return self.page.inner_text("h1")

    def assert_accessible(self, *, contrast_only: bool = False) -> None:
        """axe finds nothing on the page."""
        rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}} if contrast_only else RULES
        found = Axe().run(self.page, options=rules)
        assert found.violations_count == 0, found.generate_report()

    def assert_fits(self) -> None:
        """Nothing makes the page wider than the window."""
        wider = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{self.page.url} is {wider} px too wide"
