"""Home: panels that the apps contribute, each for those who hold its right."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from security.access.actor import Actor

Content = Callable[[Actor, datetime], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the home page. `content` reads what the template shows; `size` is `tile` or `list`."""

    name: str
    permission: str
    template: str
    content: Content
    size: str = "list"
    order: int = 50


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel with its content."""

    template: str
    content: dict[str, Any]


_panels: dict[str, Panel] = {}


def add_panel(panel: Panel) -> None:
    """Add a panel; the same name again replaces it."""
    _panels[panel.name] = panel


def panels_for(actor: Actor, at: datetime, size: str) -> list[Drawn]:
    """The panels of one size that the actor may see, filled, in display order."""
    mine = [p for p in _panels.values() if p.size == size and actor.may(p.permission)]
    ordered = sorted(mine, key=lambda panel: panel.order)
    return [Drawn(panel.template, panel.content(actor, at)) for panel in ordered]
