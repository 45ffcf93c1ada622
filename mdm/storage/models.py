"""What the object storage holds: every object is sealed under a key of its own, which lies here and not there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.crypto.fields import SealedField


class StoredObject(models.Model):
    """One sealed object: its name in the store, size and SM3 digest of its clear content.

    `object_key` is its own data key (hexadecimal), sealed under the key of this column, so that coverage and
    rotation know it as they know any value; objects from before it was kept here hold theirs in their header.
    `destroyed_at`: when key and object were destroyed for good; no copy of the store brings it back.
    """

    name = models.CharField(_("object name"), max_length=200, unique=True)
    purpose = models.CharField(_("purpose"), max_length=40)
    content_type = models.CharField(_("content type"), max_length=100)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    size = models.BigIntegerField(_("size"))
    sm3 = models.CharField(_("SM3 digest"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80)
    object_key = SealedField(_("key of the object"), domain="object-store", max_length=32, null=True)
    run_id = models.BigIntegerField(_("run"), null=True, db_index=True)
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True)

    class Meta:
        verbose_name = _("stored object")
        verbose_name_plural = _("stored objects")

    def __str__(self) -> str:
        return self.name
