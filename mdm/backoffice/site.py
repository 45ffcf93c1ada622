"""The one admin site: who gets in, what frames every page, which pages there are."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import dictionary, menu, proving  # noqa: F401 (they register their pages)
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.duties import duties_first
from mdm.backoffice.home import panels_for
from mdm.backoffice.login import sign_in
from mdm.backoffice.pages import PAGES, open_page, render_page
from mdm.backoffice.preferences import set_display, set_language, shown_with
from mdm.backoffice.problems import refusals_as_pages
from security.audit.log import record
from security.authentication.policy import policy
from security.content.viewing import mark_of
from security.models import User


class PanoramaSite(AdminSite):
    """Django's admin with our pages, our menu and our refusals; names stay in the namespace `admin`."""

    site_title = site_header = _("Panorama")
    index_title = _("Home")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Members of staff; what they may do is asked of their actor, page by page."""
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Signed in, with no duty open, not cached, and a refusal is a page."""
        return super().admin_view(duties_first(refusals_as_pages(view)), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page's frame shows: the reader's own menu and the way the reader wants it."""
        context = {"site_title": self.site_title, "site_header": self.site_header, **shown_with(request)}
        if not (isinstance(request.user, User) and self.has_permission(request)):
            return context | {"has_permission": False}
        actor = actor_of(request)
        return context | {
            "has_permission": True,
            "idle_seconds": int(policy.idle.total_seconds()),
            "actor": actor,
            "menu": menu.menu_for(actor, request.path),
            "search_url": open_page("search", actor),
            "mark": mark_of(actor.name, timezone.now()),
        }

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Our pages first, then the registered models."""
        pages = [path(p.route, self.admin_view(p.view), name=p.name) for p in PAGES]
        open_to_all = [
            path("language/", set_language, name="language"),
            path("display/", set_display, name="display"),
        ]
        stock = [found for found in super().get_urls() if not _left_out(found)]
        return [*open_to_all, *pages, *stock]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only admins of the house: libraries bring stock ones, which delete and write past services."""
        if isinstance(admin_class, type) and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Home: search first, then what waits."""
        actor, at = actor_of(request), timezone.now()
        return render_page(
            request,
            "admin/index.html",
            {
                "title": self.index_title,
                "tiles": panels_for(actor, at, "tile"),
                "lists": panels_for(actor, at, "list"),
            },
        )

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in."""
        return sign_in(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out, and say so in the operation log."""
        if isinstance(request.user, User):
            with transaction.atomic():
                record(actor_of(request), "session.end", timezone.now(), subject="session")
        return super().logout(request, extra_context)


def _left_out(found: URLPattern | URLResolver) -> bool:
    """Pages of Django's admin that nothing here uses: search in any model, links by content type."""
    return getattr(found, "name", None) in {
        "autocomplete",
        "jsi18n",
        "view_on_site",
        "app_list",
        "password_change",
    }
