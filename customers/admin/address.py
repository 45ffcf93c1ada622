"""Addresses: list and forms."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from customers.models import Address
from mdm.backoffice import menu


@admin.register(Address)
class AddressAdmin(FacetAdmin):
    """Where customers live, work and get their post."""

    facet_name = "address"
    listed = ("detail", "kind", "province", "city", "district")
    told = ("kind", ("province", "city", "district", "detail"), "postcode", "country")


menu.add(
    menu.Item(
        "customers", _("Addresses"), "admin:customers_address_changelist", "place", "customer.view", order=50
    ),
)
