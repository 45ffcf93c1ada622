"""Subject 2: identity documents and numbers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerFacet
from security.crypto.fields import SealedField


class Credential(CustomerFacet):
    """One document or number; a number changes only by a new row (domain 1.11), except where a source corrects it."""

    CODES = {
        "type": "credential_type",
        "issuing_country": "country",
        "lifecycle_state": "credential_state",
    }

    OPERATED = frozenset({"lifecycle_state"})

    type = models.CharField(_("document type"), max_length=4)
    number = SealedField(_("document number"), kind="other_id", max_length=60, kind_from="type")
    issuing_country = models.CharField(_("issuing country"), max_length=3, blank=True)
    issuing_authority = models.CharField(_("issuing authority"), max_length=100, blank=True)
    issue_date = models.DateField(_("issued on"), null=True, blank=True)
    expiry_date = models.DateField(_("valid until"), null=True, blank=True)
    is_primary = models.BooleanField(_("main document"), default=False)
    lifecycle_state = models.CharField(_("document state"), max_length=16, default="PENDING_VERIFY")
    name_on_document = SealedField(
        _("name on the document"), kind="person_name", max_length=150, null=True, blank=True
    )

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
