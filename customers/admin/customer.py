"""Customers, their names and their profiles: lists and forms."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from customers.admin.links import customer_url, export_url
from customers.admin.panorama import TONES
from customers.admin.view_bar import views_of
from customers.models import Customer, CustomerName, OrganisationProfile, PersonProfile
from customers.rules.number import customer_id
from customers.selectors.listing import Listed, list_hits
from customers.selectors.rows import RowView
from mdm.backoffice import menu
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.codes import get as code_list
from mdm.errors import NotFound
from mdm.paging import Page
from security.access.actor import Actor

FILTERS = (
    Filter("party_type", _("Kind of customer"), choices=lambda: code_list("party_type").choices()),
    Filter("lifecycle_status", _("Status"), choices=lambda: code_list("lifecycle_status").choices()),
    Filter("org", _("Branch code"), kind="text"),
)


@admin.register(Customer)
class CustomerAdmin(FacetAdmin):
    """Golden customers. A row opens the panorama; adding is the onboarding page."""

    facet_name = "customer"
    add_right = "customer.create"
    add_label = _("New customer")
    empty_next = _("Load a file, or create a customer.")

    filters = FILTERS

    @property
    def columns(self) -> Sequence[Column[Listed]]:  # type: ignore[override]
        return (
            Column(
                _("Customer"),
                lambda row: Cell(row.display_name or "—", url=customer_url(row.customer_no), main=True),
            ),
            Column(_("Customer number"), lambda row: Cell(row.customer_no, "mono")),
            Column(_("Kind"), lambda row: Cell(row.party_type)),
            Column(_("Main document"), lambda row: Cell(row.credential or "—")),
            Column(_("Branch"), lambda row: Cell(row.org)),
            Column(_("Status"), lambda row: Cell(row.status, "tag", TONES.get(row.status_code, ""))),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return list_hits(actor, at=at, after=query.after_id, size=query.size, filters=query.filters)

    def export_url(self, actor: Actor, query: ListQuery) -> str:
        return export_url(actor, "customers", query.url(size=""))

    def more(self, actor: Actor, query: ListQuery) -> dict[str, Any]:
        return {"views": views_of(actor, "customers", query)}

    def row_id(self, object_id: str) -> int:
        """Addresses of customers carry their number, not their id."""
        found = customer_id(object_id)
        if found is None:
            raise NotFound("customer.unknown", _("There is no such customer."))
        return found

    def url(self, page: str, *args: Any) -> str:
        return reverse("admin:onboarding") if page == "add" else super().url(page, *args)

    def _page(self, view: RowView, page: str) -> str:
        return self.url(page, view.row.customer_no)  # type: ignore[attr-defined]


@admin.register(CustomerName)
class CustomerNameAdmin(FacetAdmin):
    """Names."""

    facet_name = "customer_name"
    listed = ("full_name", "kind")
    told = ("kind", "full_name", ("surname", "given_name"))


@admin.register(PersonProfile)
class PersonProfileAdmin(FacetAdmin):
    """What is known of persons."""

    facet_name = "person_profile"
    listed = ("birth_date", "sex", "nationality", "occupation")


@admin.register(OrganisationProfile)
class OrganisationProfileAdmin(FacetAdmin):
    """What is known of organisations."""

    facet_name = "organisation_profile"
    listed = ("registered_name", "industry", "enterprise_size", "established_on")


menu.add(
    menu.Item(
        "customers",
        _("Customers"),
        "admin:customers_customer_changelist",
        "people",
        "customer.view",
        "g c",
        10,
    ),
)
