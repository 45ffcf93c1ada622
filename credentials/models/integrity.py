"""What the last check of each customer's data found, in figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class IntegrityResult(models.Model):
    """The figures of one golden customer's last check; what was found is computed anew when somebody looks."""

    customer = models.OneToOneField(Customer, models.PROTECT, db_constraint=False, related_name="+")
    run_id = models.BigIntegerField(_("run"))
    checked_at = models.DateTimeField(_("checked at"))
    business_date = models.DateField(_("business date"))
    score = models.PositiveSmallIntegerField(_("score"))
    missing = models.PositiveSmallIntegerField(_("missing"))
    invalid = models.PositiveSmallIntegerField(_("invalid"))
    inconsistent = models.PositiveSmallIntegerField(_("inconsistent"))
    unverified = models.PositiveSmallIntegerField(_("unverified"))
    expired = models.PositiveSmallIntegerField(_("expired"))
    elements = models.PositiveSmallIntegerField(_("elements in order"))

    class Meta:
        verbose_name = _("integrity of a customer")
        verbose_name_plural = _("integrity of customers")
        indexes = [models.Index(fields=["score", "customer"], name="integrity_score")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.score}"
