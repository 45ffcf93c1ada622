"""Subject 6: employers that pay their people through the bank (domain 1.10). We register; we move no money."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerFacet
from security.crypto.fields import SealedField


def _limit(label: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A limit in the agreement's currency."""
    return models.DecimalField(label, max_digits=18, decimal_places=2, null=True, blank=True)


class AgencyAgreement(CustomerFacet):
    """What an employer agreed on with the bank."""

    CODES = {"purpose": "agency_purpose", "agency_state": "agency_state", "currency": "currency"}
    OPERATED = frozenset({"agency_state", "ended_why"})

    agreement_no = models.CharField(_("agreement number"), max_length=40)
    purpose = models.CharField(_("purpose"), max_length=16)
    settlement_account = SealedField(
        _("settlement account"), kind="card", max_length=40, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    begins_on = models.DateField(_("begins on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    auto_renew = models.BooleanField(_("renews itself"), default=False)
    pay_day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    line_limit = _limit(_("limit of one payment"))
    batch_limit = _limit(_("limit of one batch"))
    month_limit = _limit(_("limit of one month"))
    fee_rule = models.CharField(_("fee"), max_length=80, blank=True)
    channels = models.CharField(_("channels"), max_length=80, blank=True)
    template_version = models.CharField(_("version of the file template"), max_length=20, blank=True)
    agency_state = models.CharField(_("state of the agreement"), max_length=12, default="DRAFT")
    ended_why = models.CharField(_("why suspended or ended"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("agency payment agreement")
        verbose_name_plural = _("agency payment agreements")


class AgencyHandler(CustomerFacet):
    """Who may hand in batches for the employer; somebody whose document has expired may not."""

    CODES = {"document_type": "credential_type"}

    agreement_no = models.CharField(_("agreement number"), max_length=40)
    handler_no = models.CharField(_("handler"), max_length=8)
    full_name = SealedField(_("name of the handler"), kind="person_name", max_length=150)
    document_type = models.CharField(_("document type"), max_length=4, blank=True)
    document_number = SealedField(
        _("document number"),
        kind="other_id",
        max_length=60,
        kind_from="document_type",
        null=True,
        blank=True,
    )
    document_expiry = models.DateField(_("document valid until"), null=True, blank=True)
    authorised_until = models.DateField(_("authorised until"), null=True, blank=True)

    class Meta:
        verbose_name = _("agency payment handler")
        verbose_name_plural = _("agency payment handlers")


class AgencyBatch(CustomerFacet):
    """One batch that an employer handed in: what was checked and what became of it."""

    CODES = {"batch_state": "agency_batch_state", "currency": "currency"}
    OPERATED = frozenset({"batch_state", "paid_lines", "failed_lines"})
    RECORDED = True

    agreement_no = models.CharField(_("agreement number"), max_length=40)
    batch_no = models.CharField(_("number of the batch"), max_length=40)
    handler_no = models.CharField(_("handler"), max_length=8, blank=True)
    pay_on = models.DateField(_("pay on"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    line_count = models.PositiveIntegerField(_("payments"), default=0)
    total = models.DecimalField(_("sum"), max_digits=18, decimal_places=2, default=Decimal(0))
    digest = models.CharField(_("digest of the file"), max_length=64, blank=True)
    matched_lines = models.PositiveIntegerField(_("payees found"), default=0)
    flawed_lines = models.PositiveIntegerField(_("payments with findings"), default=0)
    batch_state = models.CharField(_("state of the batch"), max_length=10, default="RECEIVED")
    paid_lines = models.PositiveIntegerField(_("payments made"), default=0)
    failed_lines = models.PositiveIntegerField(_("payments failed"), default=0)

    class Meta:
        verbose_name = _("agency payment batch")
        verbose_name_plural = _("agency payment batches")


class AgencyLine(models.Model):
    """One payment of a batch: to whom as written, what was found of it, what became of it.

    Thousands to a batch, written once and read by batch: so they are no facet. `finding` is the code of
    what is wrong with the line, `payee_no` the number of the customer that name and account or document name.
    """

    customer = models.ForeignKey("customers.Customer", models.PROTECT, verbose_name=_("customer"))
    batch_id = models.BigIntegerField(_("batch"))
    line = models.PositiveIntegerField(_("line"))
    payee_name = SealedField(_("payee"), kind="person_name", max_length=150, null=True, blank=True)
    account = SealedField(_("account"), kind="card", max_length=40, null=True, blank=True)
    id_number = SealedField(_("document number"), kind="other_id", max_length=60, null=True, blank=True)
    amount = SealedField(_("amount"), kind="amount", max_length=21, null=True, blank=True)
    payee_no = models.CharField(_("customer number of the payee"), max_length=12, blank=True)
    finding = models.CharField(_("finding"), max_length=40, blank=True)
    paid = models.BooleanField(_("paid"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=20, blank=True)
    result_text = models.CharField(_("result in words"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("agency payment")
        verbose_name_plural = _("agency payments")
        constraints = [
            models.UniqueConstraint(fields=["customer", "batch_id", "line"], name="agency_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
