"""The page that says where each value of a facet comes from: what won, why, and what lost."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.selectors.provenance import provenance
from customers.survivorship import Why
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import page, render_page


@page("customer/<str:number>/provenance/<slug:facet>/", "customer_provenance", "customer.view")
def show(request: HttpRequest, number: str, facet: str) -> HttpResponse:
    """All who tell each value, the one that holds first."""
    told = provenance(actor_of(request), number, facet, at=timezone.now())
    (only,) = told["facets"]
    context = {
        "title": _("Where each value comes from"),
        "told": {**only, "rows": [_row(row) for row in only["rows"]]},
        "crumbs": [{"url": customer_url(told["customer_no"]), "label": told["customer_no"]}],
    }
    return render_page(request, "panorama/provenance.html", context)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "fields": [{**field, "why": Why(field["why"]).label} for field in row["fields"]]}
