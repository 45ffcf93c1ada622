"""Using a page with the keyboard alone, and pictures for whoever wants to look."""

import os
from pathlib import Path

from tests.browser.window import Window


def kept(window: Window, name: str) -> None:
    """Keep a picture for whoever wants to look, where they name a folder."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder:
        window.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def filed(printed: bytes, name: str) -> None:
    """Keep what was printed in the same place."""
    folder = os.environ.get("PICTURES_FOLDER")
    if folder:
        (Path(folder) / f"{name}.pdf").write_bytes(printed)


def typed(window: Window, field: str, text: str) -> None:
    """Reach a field by the tabulator and type; nothing is clicked."""
    for _step in range(200):
        if window.page.evaluate("document.activeElement.id") == field:
            break
        window.press("Tab")
    assert window.page.evaluate("document.activeElement.id") == field, field
    window.page.keyboard.type(text)


def chosen(window: Window, field: str, code: str) -> None:
    """Reach a menu by the tabulator and go down to a code."""
    typed(window, field, "")
    for _step in range(300):
        if window.page.input_value(f"#{field}") == code:
            return
        window.press("ArrowDown")
    raise AssertionError(f"{field} has no {code}")


def pressed(window: Window, selector: str) -> None:
    """Reach a button by the tabulator and press it; the page that follows is there."""
    for _step in range(200):
        if window.page.evaluate("s => document.activeElement.matches(s)", selector):
            break
        window.press("Tab")
    with window.page.expect_navigation():
        window.press("Enter")
