"""What every row about a customer has in common."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mdm.history.models import SubjectModel


def optional(label: Any, max_length: int) -> "models.CharField[str | None, str | None]":
    """A text that few sources tell: NULL where it is not told, which costs a row of many columns nothing."""
    return models.CharField(label, max_length=max_length, null=True, blank=True)


class CustomerFacet(SubjectModel):
    """A row about one customer. It never moves: merging changes which customer is golden, not this."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, verbose_name=_("customer"))

    class Meta:
        abstract = True
