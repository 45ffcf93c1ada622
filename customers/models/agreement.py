"""Subject 6: what the customer holds, as references to the systems that keep it. Never a ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet, optional
from security.crypto.fields import SealedField


class Agreement(CustomerFacet):
    """An account, card, loan or contract of the customer; its balance lives in the product system."""

    CODES = {
        "kind": "agreement_kind",
        "agreement_status": "agreement_status",
        "role": "agreement_role",
        "currency": "currency",
        "balance_band": "balance_band",
        "restriction": "agreement_restriction",
    }
    MASKS = {"agreement_no": "other_id"}

    kind = models.CharField(_("kind of agreement"), max_length=16)
    agreement_no = models.CharField(_("agreement number"), max_length=60)
    account_no = SealedField(_("account or card number"), kind="card", max_length=40, null=True, blank=True)
    product_code = models.CharField(_("product"), max_length=40, blank=True)
    role = models.CharField(_("role of the customer"), max_length=10, default="OWNER")
    agreement_status = models.CharField(_("state of the agreement"), max_length=10, default="OPEN")
    restriction = optional(_("restriction of the agreement"), 12)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    branch_code = models.CharField(_("keeping branch"), max_length=20, blank=True)
    last_active_month = models.DateField(_("month of last activity"), null=True, blank=True)
    balance_band = models.CharField(_("band of the balance"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
