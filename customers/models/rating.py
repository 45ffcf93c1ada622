"""Subject 8: how the bank rates the customer, and what the customer may not do."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet, optional


class Rating(CustomerFacet):
    """One assessment: money laundering, credit, suitability, a name list."""

    CODES = {"kind": "rating_kind", "disposition": "hit_disposition", "outlook": "rating_outlook"}

    kind = models.CharField(_("kind of rating"), max_length=16)
    grade = models.CharField(_("grade"), max_length=20)
    score = models.DecimalField(_("score"), max_digits=9, decimal_places=3, null=True, blank=True)
    model = models.CharField(_("model and version"), max_length=60, blank=True)
    assessed_on = models.DateField(_("assessed on"))
    outlook = optional(_("outlook"), 10)
    expires_on = models.DateField(_("rating valid until"), null=True, blank=True)
    next_review_on = models.DateField(_("next review"), null=True, blank=True)
    list_version = models.CharField(_("version of the list"), max_length=60, blank=True)
    disposition = models.CharField(_("disposition"), max_length=16, blank=True)
    reviewer = models.CharField(_("reviewer"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")


class Restriction(CustomerFacet):
    """What the customer may not do, why, since when, and who lifted it. Each reason is a row of its own."""

    CODES = {"kind": "restriction_kind", "extent": "restriction_extent"}
    OPERATED = frozenset({"lifted_by"})
    SIGNED = {"lifted_on": "lifted_by"}

    kind = models.CharField(_("reason of the restriction"), max_length=16)
    extent = models.CharField(_("what is restricted"), max_length=16, default="ALL")
    begun_on = models.DateField(_("restricted since"))
    ends_on = models.DateField(_("restricted until"), null=True, blank=True)
    order_no = models.CharField(_("order or case number"), max_length=80, blank=True)
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)
    lifted_by = models.CharField(_("lifted by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
