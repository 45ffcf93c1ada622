"""What the object storage holds: every object is sealed, with its own wrapped key in its header."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredObject(models.Model):
    """One sealed object: its name in the store, size and SM3 digest of its clear content.

    `destroyed_at`: when it was taken out of the store, with the key in its header, for good.
    """

    name = models.CharField(_("object name"), max_length=200, unique=True)
    purpose = models.CharField(_("purpose"), max_length=40)
    content_type = models.CharField(_("content type"), max_length=100)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    size = models.BigIntegerField(_("size"))
    sm3 = models.CharField(_("SM3 digest"), max_length=64)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80)
    run_id = models.BigIntegerField(_("run"), null=True, db_index=True)
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True)

    class Meta:
        verbose_name = _("stored object")
        verbose_name_plural = _("stored objects")

    def __str__(self) -> str:
        return self.name
