"""Documents in the browser: put on file from the keyboard, pasted, looked at masked, opened for a minute."""

from pathlib import Path
from typing import Any

import pytest

from customers.models import Document
from tests.browser.test_pages import LANGUAGES, assert_sound
from tests.browser.window import Window
from tests.factories import documents as made
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("objects")]

#: Puts a picture into the clipboard's event as a browser does when somebody pastes one.
PASTE = """async ([bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def filled(window: Window, kind: str) -> None:
    window.page.select_option("#id_kind", kind)
    window.page.fill("#id_reason", "at the counter")
    window.page.press("#id_reason", "Enter")
    window.page.wait_for_url("**/kept/*/")


def pictures_load(window: Window) -> None:
    """Every picture of the page has come and could be drawn."""
    window.page.wait_for_function(
        "() => [...document.querySelectorAll('#main img')].every((i) => i.complete && i.naturalWidth > 30)"
    )
    assert window.page.locator("#main img").count() >= 1


@pytest.mark.parametrize("window", LANGUAGES, indirect=True, ids=["zh", "en"])
def test_a_document_is_put_on_file_from_the_keyboard(
    window: Window, bank: dict[str, Any], tmp_path: Path
) -> None:
    scan = tmp_path / "scan.jpg"
    scan.write_bytes(made.jpeg())
    window.sign_in("teller")
    window.go(f"/customer/{bank['number']}/")
    window.press("d")
    window.page.wait_for_url("**/kept/")
    window.page.set_input_files("#id_file", scan)
    filled(window, "ID_FRONT")
    pictures_load(window)

    window.go(f"/customer/{bank['number']}/kept/")
    window.page.evaluate(PASTE, [list(made.png("PASTED"))])
    filled(window, "ID_BACK")
    pictures_load(window)
    with database_role("engine"):
        assert sorted(Document.objects.filter(source_system="online").values_list("kind", flat=True)) == [
            "ID_BACK",
            "ID_FRONT",
        ]
    for address in (f"/customer/{bank['number']}/kept/", "/" + window.page.url.split("/", 3)[3]):
        assert_sound(window, address)


def test_pages_in_clear_go_by_themselves(window: Window, bank: dict[str, Any], tmp_path: Path) -> None:
    scan = tmp_path / "scan.jpg"
    scan.write_bytes(made.jpeg())
    window.sign_in("teller")
    window.go(f"/customer/{bank['number']}/kept/")
    window.page.set_input_files("#id_file", scan)
    filled(window, "ID_FRONT")
    address = "/" + window.page.url.split("/", 3)[3]
    window.page.context.clear_cookies()

    member_of_staff("officer", "compliance", org=branch("1000"))
    window.sign_in("officer")
    window.page.clock.install()
    window.go(address)
    window.press("c")
    window.page.wait_for_url("**/open/")
    window.page.select_option("#id_cause", "AML")
    window.page.fill("#id_reason", "the case asks for it")
    window.page.press("#id_reason", "Enter")
    window.page.wait_for_selector("#revealed img")
    pictures_load(window)
    window.assert_accessible()
    window.page.clock.fast_forward(61_000)
    window.page.wait_for_selector("#revealed.note")
    assert window.page.locator("#main img").count() == 0, "the pages are gone"
