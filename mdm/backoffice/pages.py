"""Pages that an admin cannot draw: apps register them, `PanoramaSite.get_urls` mounts them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from mdm.backoffice.access import actor_of
from security.access.actor import Actor

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """One view of the site: its route below the site's root, its URL name in the namespace `admin`."""

    route: str
    name: str
    view: View
    permission: str = ""


PAGES: list[Page] = []


def page(route: str, name: str, permission: str = "") -> Callable[[View], View]:
    """Register the decorated view as a page; whoever lacks `permission` gets the 403 page."""

    def register(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permission:
                actor_of(request).require(permission)
            return view(request, *args, **kwargs)

        PAGES.append(Page(route, name, guarded, permission))
        return guarded

    return register


def open_page(name: str, actor: Actor, *args: Any) -> str:
    """The address of a registered page; empty where the actor may not open it. Links and buttons ask here, so that
    nobody is offered a door that is shut."""
    may = any(known.name == name and actor.may(known.permission) for known in PAGES)
    return reverse(f"admin:{name}", args=args) if may else ""


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> TemplateResponse:
    """A page inside the site's frame: menu, search box, user menu."""
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context}, status=status)
