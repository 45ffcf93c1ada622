"""The organisation tree: head office, branches, sub-branches, outlets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """One node. `path` holds 0 (the whole bank) and the ids from the root down to this node, itself included.

    Row scope compares these ids (`security.access.scope`). Customers copy the path of their branch: who moves one
    (`security.services.branch_moves`) has its customers' paths written anew in the same transaction.
    """

    code = models.CharField(_("branch code"), max_length=20, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent branch"),
    )
    path = ArrayField(models.IntegerField(), default=list, editable=False)
    active = models.BooleanField(_("in operation"), default=True)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh if (get_language() or '').startswith('zh') else self.name_en}"
