"""Which texts the sources mark for translation: Python by its syntax tree, templates as Django reads them."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

#: How many leading arguments of each marking function are texts, and whether the first is a context.
MARKS = {
    "_": (1, False),
    "gettext": (1, False),
    "gettext_lazy": (1, False),
    "gettext_noop": (1, False),
    "ngettext": (2, False),
    "ngettext_lazy": (2, False),
    "pgettext": (2, True),
    "pgettext_lazy": (2, True),
    "npgettext": (3, True),
    "npgettext_lazy": (3, True),
}
_CALL = re.compile(r"\b(n?p?gettext|_)\(((?:[^()'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*)\)")
_TEXT = re.compile(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")


class Message(NamedTuple):
    """One text to translate: what it says, its plural, the context that tells it from its double."""

    text: str
    plural: str = ""
    context: str = ""


def messages_of(root: Path, packages: Iterable[str], templates: str = "templates") -> dict[Message, set[str]]:
    """Every marked text of the packages and the templates below `root`, with the files it stands in."""
    found: dict[Message, set[str]] = {}
    for path in _sources(root, packages, templates):
        marked = _in_python if path.suffix == ".py" else _in_template
        for message in marked(path.read_text(encoding="utf-8")):
            found.setdefault(message, set()).add(path.relative_to(root).as_posix())
    return found


def _sources(root: Path, packages: Iterable[str], templates: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((root / package).rglob("*.py"))
    yield from sorted((root / templates).rglob("*.html"))


def _in_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield from _message(name, [_constant(argument) for argument in node.args])


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _in_template(source: str) -> Iterator[Message]:
    for name, arguments in _CALL.findall(templatize(source)):
        yield from _message(name, [ast.literal_eval(text) for text in _TEXT.findall(arguments)])


def _message(name: str, texts: list[str | None]) -> Iterator[Message]:
    """The message of a call of `name`, if it marks one and its texts are written out."""
    count, has_context = MARKS.get(name, (0, False))
    told = texts[:count]
    if not count or len(told) < count or any(text is None for text in told):
        return
    context, *rest = told if has_context else ["", *told]
    yield Message(str(rest[0]), str(rest[1]) if len(rest) > 1 else "", str(context))
