"""What the object storage holds, each object sealed under a key of its own that lies here and not there; and drafts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.crypto.fields import SealedField, SealedJSONField
from security.models import User


class StoredObject(models.Model):
    """One sealed object: its name in the store, size and SM3 digest of its clear content.

    `object_key` is its own data key (hexadecimal), sealed under the key of this column, so that coverage and
    rotation know it as they know any value; objects from before it was kept here hold theirs in their header.
    `sm3` is the plain digest, because it is compared by who has the file and not our keys: the sender with the control
    file, a client with the document that it took away, whoever checks a certificate or an export by its manifest; and
    what was destroyed stays provable. Runs and the operation log name the same digest. To a thief of the table it
    confirms a file that they have already, or can write out to the last byte; it says nothing of any other.
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


class Draft(models.Model):
    """What somebody has typed and not handed in yet: sealed, its owner's alone, gone after a while (`storage.drafts`).

    `token` names it in addresses. `result` is what became of it, once it was handed in; its content is gone then.
    """

    token = models.UUIDField(unique=True)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    content = SealedJSONField(_("what was typed"), kind="free_text", null=True)
    result = models.CharField(max_length=40, blank=True)
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return str(self.token)
