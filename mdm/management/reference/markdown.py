"""Markdown as the generated pages need it, and labels in both languages."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import translation

#: Stands at the head of every generated page.
NOTE = "<!-- Written by `make reference`; do not edit. -->"


def whole(title: str, lead: str, *parts: str) -> str:
    """A whole page; empty parts are left out."""
    return "\n\n".join([NOTE, f"# {title}", lead, *(part for part in parts if part)]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; nothing where there are no rows."""
    drawn = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not drawn:
        return ""
    return "\n".join([f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *drawn])


def cell(value: Any) -> str:
    """One value on one line, signs that mean something in a table taken out."""
    return " ".join(str(value).split()).replace("|", "\\|") if value not in (None, "") else " "


def code(text: str) -> str:
    """A text to be read letter by letter; nothing stays nothing."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several of them, in the given order."""
    return ", ".join(map(code, texts))


def english(text: Any) -> str:
    """A label in English."""
    with translation.override("en"):
        return str(text)


def chinese(text: Any) -> str:
    """A label in Chinese, as the message catalogue has it."""
    with translation.override("zh-hans"):
        return str(text)


def both(text: Any) -> str:
    """A label in both languages, once where they are the same."""
    zh, en = chinese(text), english(text)
    return zh if zh == en else f"{zh} / {en}"


def first_line(text: str | None) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())
