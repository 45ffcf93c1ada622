"""Subject 2: identity documents and numbers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerFacet, optional
from security.crypto.fields import SealedField


class Credential(CustomerFacet):
    """One document or number; a number changes only by a new row (domain 1.11), except where a source corrects it.

    `replaces` is the row of the document that this one came in place of: renewed, replaced, or the same
    holder's number in a newer form. So documents make chains, and old numbers stay and are found.
    """

    CODES = {
        "type": "credential_type",
        "issuing_country": "country",
        "lifecycle_state": "credential_state",
        "replaced_how": "replacement_kind",
        "ocr_result": "reading_result",
        "nfc_result": "reading_result",
        "copy_kept": "yes_no",
    }

    FIRST: ClassVar = {"lifecycle_state": ("PENDING_VERIFY", "DRAFT")}
    OPERATED = frozenset({"lifecycle_state", "replaces", "replaced_how", "lost_on"})

    type = models.CharField(_("document type"), max_length=4)
    number = SealedField(_("document number"), kind="other_id", max_length=60, kind_from="type")
    issuing_country = models.CharField(_("issuing country"), max_length=3, blank=True)
    issuing_authority = models.CharField(_("issuing authority"), max_length=100, blank=True)
    issue_date = models.DateField(_("issued on"), null=True, blank=True)
    expiry_date = models.DateField(_("valid until"), null=True, blank=True)
    is_primary = models.BooleanField(_("main document"), default=False)
    lifecycle_state = models.CharField(_("document state"), max_length=16, default="PENDING_VERIFY")
    replaces = models.BigIntegerField(_("takes the place of entry"), null=True, blank=True)
    replaced_how = models.CharField(_("how it came in its place"), max_length=10, blank=True)
    lost_on = models.DateField(_("reported lost on"), null=True, blank=True)
    name_on_document = SealedField(
        _("name on the document"), kind="person_name", max_length=150, null=True, blank=True
    )
    address_on_document = SealedField(
        _("address on the document"), kind="address_detail", max_length=300, null=True, blank=True
    )
    ocr_result = optional(_("read from the picture"), 10)
    nfc_result = optional(_("read from the chip"), 10)
    copy_kept = optional(_("a copy is kept"), 1)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        indexes = [
            models.Index(fields=["expiry_date"], condition=Q(status="ACTIVE"), name="credential_expiry"),
        ]
