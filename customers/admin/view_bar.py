"""The saved views above a list: which there are, and keeping the filters in force as another."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from customers.models import SavedView
from customers.selectors.saved_views import views
from mdm.backoffice.lists import ListQuery
from mdm.errors import Text
from security.access.actor import Actor

#: List -> the page that shows it.
PAGES = {"customers": "admin:customers_customer_changelist", "changes": "admin:changes"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view as a link; `edit_url` for who saved it, else `whose` it is."""

    name: Text
    url: str
    current: bool
    edit_url: str
    whose: str


def address(view: SavedView) -> str:
    """The page that shows a view."""
    return f"{reverse(PAGES[view.of])}?{urlencode(view.filters)}"


def views_of(actor: Actor, of: str, query: ListQuery) -> dict[str, Any]:
    """What the bar above a list shows; saving is offered where filters are in force that are no view yet."""
    drawn = [_drawn(actor, view, query) for view in views(actor, of)]
    save = f"{reverse('admin:saved_view_new', args=[of])}{query.url(size='')}"
    return {"drawn": drawn, "save_url": save if query.filters and not any(d.current for d in drawn) else ""}


def _drawn(actor: Actor, view: SavedView, query: ListQuery) -> Drawn:
    own = view.owner_id == actor.user_id
    edit = reverse("admin:saved_view", args=[view.pk]) if own else ""
    whose = "" if own else view.owner.get_username()
    return Drawn(view.name, address(view), view.filters == query.filters, edit, whose)
