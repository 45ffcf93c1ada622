"""Certificates of history: what an auditor was given, and all that is needed to compute its digest again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class HistoryCertificate(models.Model):
    """One certificate over the changes of a customer and its members, up to one history row in each facet.

    `sm3` is the digest of the canonical rows (`customers.selectors.certified`) as a reader with this `profile` and
    these `hidden` fields sees them, by the masks of that version of the `dictionary`, so they hold no clear value;
    `log_row` is the operation that tells of it, `seal` and `seal_digest` the newest seal of the log when it was
    issued. Never changed.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, db_constraint=False, related_name="+")
    customer_ids = ArrayField(models.BigIntegerField(), verbose_name=_("customer and members"))
    upto = models.JSONField(_("newest history row of each facet"))
    profile = models.CharField(_("mask profile"), max_length=20)
    hidden = ArrayField(models.CharField(max_length=125), verbose_name=_("hidden fields"), default=list)
    dictionary = models.PositiveIntegerField(_("version of the model dictionary"), default=0)
    form = models.CharField(_("form of the rows"), max_length=30)
    rows = models.PositiveIntegerField(_("changes"))
    sm3 = models.CharField(_("SM3 digest"), max_length=64)
    log_row = models.BigIntegerField(_("operation"))
    seal = models.BigIntegerField(_("newest seal"), null=True)
    seal_digest = models.CharField(_("digest of the seal"), max_length=64, blank=True)
    object_name = models.CharField(_("object name"), max_length=200)
    file_sm3 = models.CharField(_("SM3 digest of the file"), max_length=64)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.CharField(_("issued by"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("certificate of history")
        verbose_name_plural = _("certificates of history")
        indexes = [models.Index(fields=["customer", "-id"], name="certificate_customer")]

    def __str__(self) -> str:
        return f"HC-{self.pk}"
