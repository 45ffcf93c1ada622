"""Saved views: keeping the filters of a list under a name; renaming, sharing, deleting."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.changes import FILTERS as CHANGE_FILTERS
from customers.admin.customer import FILTERS as CUSTOMER_FILTERS
from customers.admin.view_bar import PAGES, address
from customers.models import SavedView
from customers.selectors.customer import VIEW
from customers.selectors.saved_views import view
from customers.services import saved_views
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.lists import Filter, ListQuery
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, NotFound, Stale, Text
from mdm.paging import number_in

FILTERS: dict[str, tuple[Filter, ...]] = {"customers": CUSTOMER_FILTERS, "changes": CHANGE_FILTERS}
#: What the lists are called.
TITLES: dict[str, Text] = {"customers": _("Customers"), "changes": _("Changes")}


def show_views(of: str, page_name: str, title: Text, filters: tuple[Filter, ...]) -> None:
    """Have the views of a list of another app (`customers.selectors.saved_views.register_list`) saved and shown."""
    PAGES[of], FILTERS[of], TITLES[of] = f"admin:{page_name}", filters, title


class ViewForm(forms.Form):
    """What a view is called, and who sees it."""

    required_css_class = "must"
    name = forms.CharField(
        label=_("Name of the view"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-focus": ""}),
    )
    shared = forms.BooleanField(
        label=_("Share it with my branch"),
        required=False,
        help_text=_("Others see the filters, and of the customers only those that they may see."),
    )


@page("views/new/<slug:of>/", "saved_view_new", VIEW)
def new(request: HttpRequest, of: str) -> HttpResponse:
    """Keep the filters in the address under a name."""
    if of not in FILTERS:
        raise NotFound("page.unknown", _("There is no such page."))
    query = ListQuery.read(request.GET, FILTERS[of])
    form = ViewForm(request.POST or None)

    def write(told: dict[str, Any]) -> SavedView:
        return saved_views.save(actor_of(request), of, filters=query.filters, at=timezone.now(), **told)

    if made := _written(form, write):
        messages.success(request, _("The view is saved."))
        return HttpResponseRedirect(address(made))
    context = {"title": _("Save this view"), "save_label": _("Save view"), "crumbs": _crumbs(of)}
    return _drawn(request, form, {**context, "apart": _said(of, query.filters)})


@page("views/<int:view_id>/", "saved_view", VIEW)
def edit(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename or share a view, or delete it."""
    actor, at = actor_of(request), timezone.now()
    found = view(actor, view_id)
    version = number_in(request.POST.get("version", "")) or 0
    if request.method == "POST" and "delete" in request.POST:
        gone = saved_views.delete(actor, view_id, version, at=at)
        messages.success(request, _("The view is deleted."))
        return HttpResponseRedirect(reverse(PAGES[gone.of]))
    form = ViewForm(request.POST or None, initial={"name": found.name, "shared": bool(found.shared_with)})

    def write(told: dict[str, Any]) -> SavedView:
        return saved_views.change(actor, view_id, version, at=at, **told)

    if changed := _written(form, write):
        messages.success(request, _("The view is changed."))
        return HttpResponseRedirect(address(changed))
    context = {"title": found.name, "crumbs": _crumbs(found.of, found), "view": found}
    return _drawn(request, form, {**context, "apart": _said(found.of, found.filters)})


def _written(form: ViewForm, write: Any) -> SavedView | None:
    """What was saved; None where the form is not sent yet, or what it tells is refused."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        made: SavedView = write(form.cleaned_data)
    except (Invalid, Duplicate, Stale) as refusal:
        add_errors(form, refusal)
        return None
    return made


def _drawn(request: HttpRequest, form: ViewForm, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render_page(request, "panorama/saved_view.html", {**context, "form": form}, status=status)


def _crumbs(of: str, found: SavedView | None = None) -> list[dict[str, Any]]:
    url = address(found) if found else reverse(PAGES[of])
    return [{"url": url, "label": TITLES[of]}]


def _said(of: str, chosen: dict[str, str]) -> list[tuple[Text, Text]]:
    known = {one.name: one for one in FILTERS[of]}
    return [(known[name].label, known[name].said(value)) for name, value in chosen.items() if name in known]
