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


class FurtherContact(CustomerFacet):
    """Any other way to reach the customer; for emergencies somebody else's, so no evidence of who the customer is."""

    CODES = {"kind": "further_contact_kind", "verified_state": "verified_state"}

    kind = models.CharField(_("kind of contact"), max_length=10)
    reach = SealedField(_("account, address or number"), kind="free_text", max_length=200)
    contact_name = SealedField(
        _("name of the person"), kind="person_name", max_length=150, null=True, blank=True
    )
    is_primary = models.BooleanField(_("first choice"), default=False)
    verified_state = models.CharField(_("confirmation"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("further contact")
        verbose_name_plural = _("further contacts")


class ChannelPreference(CustomerFacet):
    """Whether and how the customer wants to be reached for one purpose."""

    CODES = {"kind": "contact_purpose", "channel": "notice_channel"}

    kind = models.CharField(_("purpose of contact"), max_length=10)
    channel = models.CharField(_("channel"), max_length=10)
    allowed = models.BooleanField(_("allowed"), default=True)
    hours = models.CharField(_("contactable hours"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("channel preference")
        verbose_name_plural = _("channel preferences")


class Consent(CustomerFacet):
    """What the customer agreed to, refused or withdrew, by purpose (PIPL articles 13 to 16)."""

    CODES = {"kind": "consent_purpose", "decision": "consent_decision", "channel": "notice_channel"}

    kind = models.CharField(_("purpose of processing"), max_length=16)
    decision = models.CharField(_("decision"), max_length=10)
    decided_on = models.DateField(_("decided on"))
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    channel = models.CharField(_("given through"), max_length=10, blank=True)
    text_version = models.CharField(_("version of the text"), max_length=40, blank=True)
    evidence = models.CharField(_("evidence"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
