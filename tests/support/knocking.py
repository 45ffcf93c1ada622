"""Which doors the tests knock on: addresses that test sources send something to, read from their syntax trees."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.doors import routes

TESTS = Path(__file__).parents[1]
SENDING = {"post", "patch", "upload", "put", "delete", "generic", "send", "_post", "ask"}
#: What stands for a part of an address that is computed.
PART = "§"


@cache
def sent_addresses() -> frozenset[str]:
    """Every address that a call in any test sends to; computed parts are PART, relative ones belong to the API."""
    found: set[str] = set()
    for path in TESTS.rglob("*.py"):
        tree = ast.parse(path.read_text())
        names = dict(_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _sends(node):
                found |= {_whole(text) for text in _texts(node, names)}
    return frozenset(found)


def knocked() -> set[str]:
    """The doors that some test sends something to."""
    addresses = sent_addresses()
    return {
        door
        for door, known in routes().items()
        if any(_pattern(route).fullmatch(address) for route in known for address in addresses)
    }


def _sends(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in SENDING


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = _text(node.value, {})
            if text is not None:
                yield node.targets[0].id, text


def _texts(call: ast.Call, names: dict[str, str]) -> Iterator[str]:
    for argument in call.args[:2]:
        text = _text(argument, names)
        if text is not None:
            yield text


def _text(node: ast.expr, names: dict[str, str]) -> str | None:
    """The text that an expression gives, with PART for what is not known; None for no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return names.get(name)
        case ast.JoinedStr(values=parts):
            return "".join(_part(part, names) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_text(left, names) or PART}{_text(right, names) or PART}"
        case _:
            return None


def _part(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, names) or PART
    return _text(node, names) or PART


def _whole(text: str) -> str:
    path = text.partition("?")[0]
    return path[1:] if path.startswith("/") else f"api/v1/{path}"


@cache
def _pattern(route: str) -> re.Pattern[str]:
    parts = re.split(r"<[^>]+>", route)
    return re.compile("[^/]+".join(map(re.escape, parts)))
