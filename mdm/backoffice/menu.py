"""The menu: apps add their entries, everybody sees those whose right they hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from security.access.actor import Actor

Text = str | Promise

#: What waits is counted up to here in the menu.
MOST = 99

#: Headings in display order; the first stands without a heading.
SECTIONS: dict[str, Text] = {
    "work": "",
    "customers": pgettext_lazy("menu", "Customers"),
    "consolidation": pgettext_lazy("menu", "Duplicates"),
    "batch": pgettext_lazy("menu", "Batch"),
    "control": pgettext_lazy("menu", "Control"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `key` is the sequence of keys that opens it; `order` its place inside the section;
    `count` says how much waits there for the reader."""

    section: str
    label: Text
    url_name: str
    icon: str
    permission: str = ""
    key: str = ""
    order: int = 50
    count: Callable[[Actor, datetime], int] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as drawn."""

    label: Text
    url: str
    icon: str
    key: str
    current: bool
    count: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A section with what this reader may open."""

    label: Text
    links: list[Link]


_items: dict[str, Item] = {}


def add(*items: Item) -> None:
    """Add entries; the same page again replaces its entry."""
    _items.update({item.url_name: item for item in items})


def menu_for(actor: Actor, path: str) -> list[Group]:
    """The sections with at least one entry the actor may open; `path` marks where we are."""
    groups = [Group(label, _links(section, actor, path)) for section, label in SECTIONS.items()]
    return [group for group in groups if group.links]


def _links(section: str, actor: Actor, path: str) -> list[Link]:
    items = sorted((i for i in _items.values() if i.section == section), key=lambda item: item.order)
    return [_link(item, path, actor) for item in items if not item.permission or actor.may(item.permission)]


def _link(item: Item, path: str, actor: Actor) -> Link:
    url = reverse(item.url_name)
    waiting = item.count(actor, timezone.now()) if item.count else 0
    told = "" if not waiting else str(waiting) if waiting <= MOST else f"{MOST}+"
    return Link(item.label, url, item.icon, item.key, _inside(path, url), told)


def _inside(path: str, url: str) -> bool:
    """Whether `path` is the entry's page or one below it; the root is only itself."""
    return path == url or (url != reverse("admin:index") and path.startswith(url))


add(Item("work", _("Home"), "admin:index", "home", key="g h", order=10))
