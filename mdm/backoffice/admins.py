"""The bases of every registered `ModelAdmin`: lists and pages of our own, writing through services.

Nothing of Django's stock change list or form runs: no free look-ups in the address, no counting, no
delete, no save past a service. The registry, the URL names and the permission hooks stay Django's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.lists import Column, Filter, Listing, ListQuery, listing
from mdm.backoffice.pages import View, render_page
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Text
from mdm.paging import Page
from security.access.actor import Actor

M = TypeVar("M", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """A list and a detail page for those who hold `view_right`."""

    view_right: ClassVar[str] = ""
    add_right: ClassVar[str] = ""
    change_right: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column[Any]]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    lead: ClassVar[Text] = ""
    empty: ClassVar[Text] = _("Nothing here yet")
    empty_next: ClassVar[Text] = ""
    add_label: ClassVar[Text] = _("New entry")

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._may(request, self.view_right)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.add_right)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._may(request, self.change_right)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Nothing is ever deleted through a screen."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _may(self, request: HttpRequest, right: str) -> bool:
        return bool(right) and self.admin_site.has_permission(request) and actor_of(request).may(right)

    def get_urls(self) -> list[URLPattern]:
        """List, add, change and history; nothing else of Django's is mounted."""
        views: list[tuple[str, View, str]] = [
            ("", self.changelist_view, "changelist"),
            ("add/", self.add_view, "add"),
            ("<str:object_id>/history/", self.history_view, "history"),
            ("<str:object_id>/change/", self.change_view, "change"),
        ]
        return [
            path(route, self.admin_site.admin_view(view), name=self.url_name(name))
            for route, view, name in views
        ]

    def url_name(self, page: str) -> str:
        """Django's own naming: `customers_phone_changelist`."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def url(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.url_name(page)}", args=args)

    # -- the list -------------------------------------------------------------------------------

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        """A page of rows, read through a selector that knows the actor's scope."""
        raise NotFound("page.unknown", _("There is no such page."))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list."""
        actor = actor_of(request)
        actor.require(self.view_right)
        query = ListQuery.read(request.GET, self.filters)
        drawn = self.listing(self.find(actor, query, timezone.now()), query)
        may_add = bool(self.add_right) and actor.may(self.add_right)
        context = {
            "title": self.opts.verbose_name_plural,
            "lead": self.lead,
            "listing": drawn,
            "add_url": self.url("add") if may_add else "",
            "add_label": self.add_label,
            "export_url": self.export_url(actor, query),
            **self.more(actor, query),
        }
        return render_page(request, "admin/change_list.html", context)

    def export_url(self, actor: Actor, query: ListQuery) -> str:
        """Where these rows, filtered like this, are exported; nothing where they are not."""
        return ""

    def more(self, actor: Actor, query: ListQuery) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    def listing(self, page: Page[Any], query: ListQuery) -> Listing:
        """The page as drawn."""
        return listing(
            self.opts.verbose_name_plural or "",
            self.columns,
            page.rows,
            query,
            filters=self.filters,
            next="" if page.next is None else str(page.next),
            about=page.about,
            empty=_("No entry matches these filters") if query.filters else self.empty,
            empty_next=_("Remove a filter to see more.") if query.filters else self.empty_next,
        )

    # -- pages that a read-only admin does not have -----------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        raise NotAllowed("access.denied", _("Entries of this kind are not made by hand."))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        raise NotFound("page.unknown", _("There is no such page."))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise NotFound("page.unknown", _("There is no such page."))


class ServiceAdmin(ReadOnlyAdmin[M]):
    """Adds forms: whatever is sent goes to a service, whatever it refuses comes back into the form."""

    form_template: ClassVar[str] = "admin/change_form.html"

    def answer(
        self,
        request: HttpRequest,
        form: forms.Form,
        write: Any,
        context: dict[str, Any],
    ) -> HttpResponseBase:
        """Show the form, or write and go on. `write(form)` returns (message, address) or raises.

        Invalid and Duplicate come back beside their fields (422); other refusals become pages.
        """
        if request.method == "POST" and form.is_valid():
            try:
                message, target = write(form)
            except (Invalid, Duplicate) as refusal:
                add_errors(form, refusal)
            else:
                messages.success(request, message)
                return HttpResponseRedirect(target)
        status = 422 if form.is_bound else 200
        return render_page(request, self.form_template, {"form": form, **context}, status=status)
