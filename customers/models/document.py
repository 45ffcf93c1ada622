"""Subject 9: papers and pictures that the bank keeps of a customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet
from security.crypto.fields import SealedField


class Document(CustomerFacet):
    """One document; each edition of its content is a stored object, and the history tells the earlier ones.

    `object_id` names the stored object (`mdm.storage`) of the current edition. `about` and `about_id` name the entry
    that the document shows or proves: a facet and its row (`credential`, 17), or a case. How long it is kept follows
    from `kind` (`customers.rules.document`); `held_on` holds it beyond that; `disposed_on` says when its content was
    destroyed. Content and links come only from operations of their own (`customers.services.documents`).
    """

    CODES = {"kind": "document_kind"}
    OPERATED = frozenset(
        {"about", "about_id", "disposed_on", "edition", "held_on", "media_type", "object_id", "pages"}
    )

    kind = models.CharField(_("kind of document on file"), max_length=16)
    title = SealedField(_("title"), kind="free_text", max_length=120, null=True, blank=True)
    dated_on = models.DateField(_("dated"), null=True, blank=True)
    about = models.CharField(_("belongs to"), max_length=40, blank=True)
    about_id = models.BigIntegerField(_("entry that it belongs to"), null=True, blank=True)
    edition = models.PositiveIntegerField(_("edition"), default=1)
    object_id = models.BigIntegerField(_("stored object"))
    media_type = models.CharField(_("type of file"), max_length=40, blank=True)
    pages = models.PositiveIntegerField(_("pages"), default=1)
    held_on = models.DateField(_("held since"), null=True, blank=True)
    disposed_on = models.DateField(_("content destroyed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("document on file")
        verbose_name_plural = _("documents on file")
