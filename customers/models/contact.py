"""Subject 3: how to reach the customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet
from security.crypto.fields import SealedField


class Phone(CustomerFacet):
    """A telephone number, E.164 where it can be read as one, else as given."""

    CODES = {"kind": "phone_kind", "verified_state": "verified_state"}

    kind = models.CharField(_("kind of telephone"), max_length=10, default="MOBILE")
    number = SealedField(_("telephone number"), kind="mobile", max_length=30)
    extension_no = models.CharField(_("extension"), max_length=10, blank=True)
    is_primary = models.BooleanField(_("first choice"), default=False)
    verified_state = models.CharField(_("confirmation"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("telephone")
        verbose_name_plural = _("telephones")


class Email(CustomerFacet):
    """An e-mail address."""

    CODES = {"kind": "email_kind", "verified_state": "verified_state"}

    kind = models.CharField(_("kind of e-mail"), max_length=10, default="PERSONAL")
    address = SealedField(_("e-mail address"), kind="email", max_length=254)
    is_primary = models.BooleanField(_("first choice"), default=False)
    verified_state = models.CharField(_("confirmation"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
