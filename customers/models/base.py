"""What every row about a customer has in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from mdm.history.models import SubjectModel


class CustomerFacet(SubjectModel):
    """A row about one customer. It never moves: merging changes which customer is golden, not this."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, verbose_name=_("customer"))

    class Meta:
        abstract = True
