"""Who wants to be told of which customer."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class NoticeKind(models.TextChoices):
    """What somebody can be told of."""

    CHANGED = "CHANGED", _("information changed")
    STATUS = "STATUS", _("status changed")
    MERGED = "MERGED", _("merged with another customer")
    RESTRICTED = "RESTRICTED", _("restriction set or lifted")
    EXPIRING = "EXPIRING", _("document expiring")
    NEW = "NEW", _("new customer")


#: What one can be told of a customer that is there already.
OF_CUSTOMERS = tuple(kind for kind in NoticeKind if kind != NoticeKind.NEW)


class Subscription(models.Model):
    """One user, or client system, watches one customer. `read` names what was read of it, never values."""

    customer = models.ForeignKey(Customer, models.PROTECT, db_constraint=False, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kinds = ArrayField(models.CharField(max_length=12), verbose_name=_("told of"))
    read = ArrayField(models.CharField(max_length=80), verbose_name=_("read"), default=list)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="subscription_once")]
        indexes = [models.Index(fields=["user"], name="subscription_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id}"


class BranchSubscription(models.Model):
    """One user, or client system, watches the customers of a branch and everything below it.

    Nothing of a customer stands here: who is told of whom is asked at every look. What came until `read_until` was
    read.
    """

    org = models.ForeignKey(
        "security.Organisation", models.CASCADE, related_name="+", verbose_name=_("branch")
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kinds = ArrayField(models.CharField(max_length=12), verbose_name=_("told of"))
    read_until = models.DateTimeField(_("read until"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("subscription to a branch")
        verbose_name_plural = _("subscriptions to branches")
        constraints = [models.UniqueConstraint(fields=["user", "org"], name="branch_subscription_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.org_id}"
