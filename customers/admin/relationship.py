"""Relations: list and form, and the page of one customer with the graph and the beneficial owners."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.drawing import drawing
from customers.admin.facets import FacetAdmin
from customers.admin.links import customer_url, row_url
from customers.models import Relationship
from customers.selectors.relations import graph, owners, relations
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import page, render_page
from mdm.subjects import registry


@admin.register(Relationship)
class RelationshipAdmin(FacetAdmin):
    """Ties between customers and others."""

    facet_name = "relationship"
    listed = ("kind", "other_no", "other_name", "ownership_pct")
    told = ("kind", "other_no", "other_name", "ownership_pct")


@page("customer/<str:number>/relations/", "customer_relations", "customer.view")
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The relations of a customer from both ends, drawn, and who owns it in the end."""
    actor, at = actor_of(request), timezone.now()
    around = graph(actor, number, at=at)
    centre = next(node["id"] for node in around["nodes"] if node["centre"])
    context = {
        "title": _("Relations"),
        "number": centre,
        "rows": relations(actor, number, at=at),
        "owners": owners(actor, number, at=at),
        "drawing": drawing(around, customer_url),
        "complete": around["complete"],
        "add_url": f"{row_url(registry.facet('relationship'), 'add')}?customer={centre}"
        if actor.may("customer.change")
        else "",
        "crumbs": [{"url": customer_url(centre), "label": centre}],
    }
    return render_page(request, "panorama/relations.html", context)


menu.add(
    menu.Item(
        "customers",
        _("Relations"),
        "admin:customers_relationship_changelist",
        "people",
        "customer.view",
        order=55,
    )
)
