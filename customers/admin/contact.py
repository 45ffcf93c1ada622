"""Telephones and e-mails: lists and forms."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from customers.models import Email, FurtherContact, Phone
from mdm.backoffice import menu


@admin.register(Phone)
class PhoneAdmin(FacetAdmin):
    """Telephone numbers."""

    facet_name = "phone"
    listed = ("number", "kind", "verified_state")
    told = ("kind", ("number", "extension_no"), "verified_state")


@admin.register(Email)
class EmailAdmin(FacetAdmin):
    """E-mail addresses."""

    facet_name = "email"
    listed = ("address", "kind", "verified_state")
    told = ("kind", "address", "verified_state")


@admin.register(FurtherContact)
class FurtherContactAdmin(FacetAdmin):
    """WeChat, devices, websites, and whom to reach in an emergency."""

    facet_name = "further_contact"
    listed = ("reach", "kind", "verified_state")
    told = ("kind", "reach", "contact_name", "verified_state")


menu.add(
    menu.Item(
        "customers", _("Telephones"), "admin:customers_phone_changelist", "phone", "customer.view", order=30
    ),
    menu.Item(
        "customers", _("E-mails"), "admin:customers_email_changelist", "mail", "customer.view", order=40
    ),
)
