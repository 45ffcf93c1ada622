"""Subject 5: how the customer is tied to others, who may or may not be customers."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet
from security.crypto.fields import SealedField


def _share(label: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A share in per cent, two decimals."""
    return models.DecimalField(label, max_digits=5, decimal_places=2, null=True, blank=True)


class Relationship(CustomerFacet):
    """`other` is the `kind` of this customer: its spouse, its shareholder. One row, read from both ends.

    The other end is a customer (`other_no`) or somebody outside (`other_name` and a document); it is found
    from there through the lookup index, so that no row of another customer is written.
    """

    CODES = {
        "kind": "relation_kind",
        "ownership_kind": "ownership_kind",
        "other_country": "country",
        "other_document_type": "credential_type",
    }
    OTHERS = frozenset({"other_no"})

    kind = models.CharField(_("kind of relation"), max_length=20)
    other_no = models.CharField(_("customer number of the other"), max_length=12, blank=True)
    other_name = SealedField(
        _("name of the other"), kind="person_name", max_length=200, null=True, blank=True
    )
    other_document_type = models.CharField(_("document type of the other"), max_length=4, blank=True)
    other_document_number = SealedField(
        _("document number of the other"),
        kind="other_id",
        max_length=60,
        kind_from="other_document_type",
        null=True,
        blank=True,
    )
    other_document_expiry = models.DateField(_("document of the other valid until"), null=True, blank=True)
    other_country = models.CharField(_("country of the other"), max_length=3, blank=True)
    other_is_person = models.BooleanField(_("the other is a natural person"), default=True)
    ownership_pct = _share(_("share owned, per cent"))
    voting_pct = _share(_("voting rights, per cent"))
    income_pct = _share(_("income rights, per cent"))
    trade_pct = _share(_("share of purchases or sales, per cent"))
    ownership_kind = models.CharField(_("how owned"), max_length=10, blank=True)
    begun_on = models.DateField(_("since"), null=True, blank=True)
    ended_on = models.DateField(_("until"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
