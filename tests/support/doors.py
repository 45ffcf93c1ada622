"""Every way in by which something can be changed: routes by the code that answers them, tasks, commands.

A door is named by its handler, so that the same handler under many addresses (one for each facet) is one door.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver, resolve

UNSAFE = ("post", "put", "patch", "delete")
HOUSE = ("security", "mdm", "customers", "credentials", "special_info", "consolidation", "batch")


def routes() -> dict[str, list[str]]:
    """Door -> its addresses: handlers of unsafe methods of views, and every function that answers a page."""
    found: dict[str, list[str]] = {}
    for route, callback in _patterns(get_resolver()):
        for door in doors_of(callback):
            found.setdefault(door, []).append(route)
    return found


def tasks() -> set[str]:
    """The house's tasks by name."""
    from mdm.celery import app

    app.loader.import_default_modules()
    return {name for name in app.tasks if name.startswith(HOUSE)}


def commands() -> set[str]:
    """The house's management commands."""
    return {name for name, app in get_commands().items() if str(app).partition(".")[0] in HOUSE}


def door_at(address: str, method: str) -> str:
    """The door that an address leads to."""
    callback = resolve(address.partition("?")[0]).func
    return next(door for door in doors_of(callback, (method.lower(),)))


def doors_of(callback: Callable[..., Any], methods: tuple[str, ...] = UNSAFE) -> Iterator[str]:
    view = getattr(callback, "view_class", None)
    if view is None:
        yield _named(callback)
        return
    for method in methods:
        handler = getattr(view, method, None)
        if handler is not None:
            yield f"{method.upper()} {_named(handler)}"


def _named(handler: Any) -> str:
    inner = inspect.unwrap(handler)
    while isinstance(inner, partial):
        inner = inspect.unwrap(inner.func)
    inner = getattr(inner, "__func__", inner)
    return f"{inner.__module__}.{inner.__qualname__}"


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route, entry.callback
        else:
            yield from _patterns(entry, route)
