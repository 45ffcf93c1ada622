"""Subject 2: what a check of a document told, kept for ever."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerFacet


class CredentialVerification(CustomerFacet):
    """One check of one document: asked of whom, how, with what result, when, and where the evidence is (domain 1.12).

    `document` is the row of the credential. A check is never changed: the next one is a row of its own.
    """

    CODES = {
        "document_type": "credential_type",
        "method": "verification_method",
        "outcome": "verification_outcome",
    }
    OPERATED = frozenset(
        {"document", "document_type", "method", "source", "outcome", "checked_at", "reference", "score"}
    )
    RECORDED = True

    document = models.BigIntegerField(_("entry of the document"), null=True, blank=True)
    document_type = models.CharField(_("document type"), max_length=4)
    method = models.CharField(_("method of verification"), max_length=16)
    source = models.CharField(_("who was asked"), max_length=60, blank=True)
    outcome = models.CharField(_("result of the check"), max_length=20)
    checked_at = models.DateTimeField(_("checked at"))
    reference = models.CharField(_("reference of the evidence"), max_length=80, blank=True)
    score = models.DecimalField(
        _("score of the comparison"), max_digits=6, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("verification of a document")
        verbose_name_plural = _("verifications of documents")
