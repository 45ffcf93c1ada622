"""What the bank says of a customer that decides who may see it: protected, or looked after by somebody."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class MarkKind(models.TextChoices):
    """What a mark says."""

    PROTECTED = "PROTECTED", _("protected")
    MANAGER = "MANAGER", _("account manager")
    KIN = "KIN", _("a member of staff, or a relative of one")


class AccessMark(models.Model):
    """One mark of one customer.

    `value` is why it is protected (`STAFF`, `VIP`, `PEP` …), or the id of a user: the account manager, or
    the member of staff who the customer is or is related to. Not a facet: no source may tell it, so no file
    can take protection away. Never deleted: an ended mark says by whom and when.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, db_constraint=False, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=MarkKind.choices)
    value = models.CharField(_("value"), max_length=20)
    since = models.DateTimeField(_("since"))
    set_by = models.CharField(_("set by"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)
    end_reason = models.CharField(_("reason of the end"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("access mark")
        verbose_name_plural = _("access marks")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value"], condition=Q(ended_at=None), name="access_mark_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
