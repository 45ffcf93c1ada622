"""Subject 4: where the customer is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet
from security.crypto.fields import SealedField


class Address(CustomerFacet):
    """An address: region in clear, everything that leads to a door sealed."""

    CODES = {"kind": "address_kind", "country": "country", "region_code": "region"}

    kind = models.CharField(_("kind of address"), max_length=10, default="RESIDENCE")
    country = models.CharField(_("country"), max_length=3, blank=True)
    region_code = models.CharField(_("region code"), max_length=6, blank=True)
    province = models.CharField(_("province"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    district = models.CharField(_("district"), max_length=60, blank=True)
    detail = SealedField(_("street and door"), kind="free_text", max_length=300, null=True, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    english_text = SealedField(
        _("address in English"), kind="free_text", max_length=300, null=True, blank=True
    )
    raw_text = SealedField(
        _("address as it was written"), kind="free_text", max_length=300, null=True, blank=True
    )
    since = models.DateField(_("lives or sits there since"), null=True, blank=True)
    returned_mail_count = models.PositiveSmallIntegerField(_("letters returned"), null=True, blank=True)
    is_primary = models.BooleanField(_("first choice"), default=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
