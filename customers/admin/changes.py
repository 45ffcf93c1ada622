"""The change browser: who changed what of whom, across all customers in scope; masked differences."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url, export_url
from customers.admin.view_bar import views_of
from customers.selectors.changes import VIEW, changes
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.lists import Filter, ListQuery
from mdm.backoffice.pages import page, render_page
from mdm.bulk.tables import own_fields
from mdm.codes import get as code_list
from mdm.errors import Text
from mdm.subjects import registry


def _facets() -> list[tuple[str, Text]]:
    return [(facet.name, facet.model._meta.verbose_name or facet.name) for facet in registry.facets()]


def _fields() -> list[tuple[str, Text]]:
    """Every field of every facet, once, under its label."""
    found = {
        field.attname: str(field.verbose_name) for f in registry.facets() for field in own_fields(f.model)
    }
    return sorted(found.items(), key=lambda entry: entry[1])


FILTERS = (
    Filter("actor", _("Who"), kind="text"),
    Filter("customer", _("Customer number"), kind="text"),
    Filter("facet", _("Information"), choices=_facets),
    Filter("field", _("Field"), choices=_fields),
    Filter("source", _("Source"), kind="text"),
    Filter("channel", _("Door"), choices=lambda: code_list("channel").choices()),
    Filter("reason", _("Reason"), kind="text"),
    Filter("request", _("Request number"), kind="text"),
    Filter("since", _("From"), kind="date"),
    Filter("until", _("To"), kind="date"),
)


@page("changes/", "changes", VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """A page of changes, newest first."""
    query, actor = ListQuery.read(request.GET, FILTERS), actor_of(request)
    found = changes(actor, at=timezone.now(), after=query.after, size=query.size, filters=query.filters)
    context = {
        "title": _("Changes"),
        "lead": _("Who changed what of whom, at your branches. Sensitive values are masked."),
        "changes": [{**row, "customer_url": customer_url(row["customer_no"])} for row in found.rows],
        "query": query,
        "views": views_of(actor, "changes", query),
        "export_url": export_url(actor, "changes", query.url(size="")),
        "choices": [(known, query.filters.get(known.name, "")) for known in FILTERS],
        "next_url": query.url(after=found.next) if found.next else "",
        "first_url": query.url() if query.after else "",
    }
    return render_page(request, "panorama/customer_history.html", context)


menu.add(menu.Item("control", _("Changes"), "admin:changes", "list", VIEW, order=12))
