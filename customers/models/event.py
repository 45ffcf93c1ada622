"""Subject 9: what happened between the customer and the bank."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet
from security.crypto.fields import SealedField


class CustomerEvent(CustomerFacet):
    """A visit, a complaint, a milestone; changes of the record itself are in its history."""

    CODES = {"kind": "event_kind", "channel": "notice_channel"}

    kind = models.CharField(_("kind of event"), max_length=16)
    happened_on = models.DateField(_("happened on"))
    channel = models.CharField(_("channel"), max_length=10, blank=True)
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    note = SealedField(_("note"), kind="free_text", max_length=500, null=True, blank=True)
    follow_up_on = models.DateField(_("follow up on"), null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
