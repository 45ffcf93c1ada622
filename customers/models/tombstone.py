"""What is left of an erased customer: that there was one under this number, and keys that must not bring it back."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Tombstone(models.Model):
    """One erased customer, or one that was merged into it (`golden_id`). Holds nothing that was known of it.

    `org_path` says who may know that it was there. Never changed or deleted: the number is never given again.
    """

    customer_id = models.BigIntegerField(_("customer"), primary_key=True)
    golden_id = models.BigIntegerField(_("erased with"))
    org_path = ArrayField(models.IntegerField(), default=list)
    erased_at = models.DateTimeField(_("erased at"))
    ordered_by = models.CharField(_("ordered by"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200)
    run_id = models.BigIntegerField(_("run"))
    relation_ended_on = models.DateField(_("end of the relation"))

    class Meta:
        verbose_name = _("erased customer")
        verbose_name_plural = _("erased customers")

    def __str__(self) -> str:
        from customers.rules.number import customer_no

        return customer_no(self.customer_id)


class ErasedKey(models.Model):
    """The keyed digest of one source key of an erased customer: no delivery under it makes a customer again.

    Distributed by its digest, as the lookup index is.
    """

    digest = models.BinaryField(max_length=16)
    customer_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("key of an erased customer")
        verbose_name_plural = _("keys of erased customers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["digest"], name="erased_key_once")]

    def __str__(self) -> str:
        return str(self.pk)
