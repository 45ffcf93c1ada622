"""Credentials: list, forms, and the panel of documents that expire soon."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from credentials.models import Credential, CredentialVerification
from credentials.selectors.radar import expiring
from customers.admin.facets import FacetAdmin
from customers.selectors.panorama import EXPIRY_NOTICE
from customers.selectors.rows import RowView
from mdm.backoffice import menu
from mdm.backoffice.home import Panel, add_panel
from security.access.actor import Actor

#: Documents are counted up to here; more are “1,000+”.
COUNTED = 1000


@admin.register(Credential)
class CredentialAdmin(FacetAdmin):
    """Identity documents and numbers."""

    facet_name = "credential"
    listed = ("number", "type", "expiry_date", "lifecycle_state")
    told = ("type", "number", "expiry_date", "lifecycle_state")

    def _row_context(self, actor: Actor, view: RowView) -> dict[str, Any]:
        """The steps of a document have a page of their own."""
        steps = {"url": reverse("admin:document", args=[view.row.pk]), "label": _("Check, renew, lost …")}
        return {**super()._row_context(actor, view), "more": steps}


@admin.register(CredentialVerification)
class CredentialVerificationAdmin(FacetAdmin):
    """What checks of documents told; rows come on the page of a document."""

    facet_name = "credential_verification"
    listed = ("outcome", "document_type", "method", "source", "checked_at")
    told = ("document_type", "method", "outcome", "checked_at", "reference")
    empty_next = _("Checks are told on the page of a document.")


def _expiring(actor: Actor, at: datetime) -> dict[str, Any]:
    """How many documents end soon."""
    found = expiring(actor, at=at, limit=COUNTED + 1)
    return {"count": min(found, COUNTED), "more": found > COUNTED, "days": EXPIRY_NOTICE}


add_panel(Panel("expiring", "customer.view", "panorama/home/expiring.html", _expiring, size="tile", order=20))
menu.add(
    menu.Item(
        "customers",
        _("Documents"),
        "admin:credentials_credential_changelist",
        "document",
        "customer.view",
        order=20,
    ),
)
