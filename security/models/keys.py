"""The keys of levels 2 and 3, each wrapped by the level above; of the root key only what may be told.

Rows are written by `security.crypto.key_store` only, on a connection of its own, and each carries an
HMAC-SM3 under a key derived from the root key, so that who can write to the database can neither flip
a state nor swap a wrapped key. Rows are reference data: a hundred or so, on every node.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class KeyState(models.TextChoices):
    """The life of a key (domain 5.7); only `active` encrypts, and one version at a time."""

    PRE_ACTIVE = "pre_active", _("made, not yet in use")
    ACTIVE = "active", _("in use")
    DECRYPT_ONLY = "decrypt_only", _("decrypts only")
    DISABLED = "disabled", _("disabled")
    COMPROMISED = "compromised", _("compromised")
    DESTROYED = "destroyed", _("destroyed")


#: States in which a key still opens what it sealed. A compromised one must, to be rotated away.
OPENING_STATES = (KeyState.ACTIVE, KeyState.DECRYPT_ONLY, KeyState.COMPROMISED)

#: States in which a digest key is written beside the one in use and searched under: a version that is being
#: filled, the one in use, and one whose digests have not been removed yet.
LIVE_STATES = (*OPENING_STATES, KeyState.PRE_ACTIVE)

#: Key ids are four bytes of every encrypted value.
LARGEST_KEY_ID = 2**32 - 1


class KeyRow(models.Model):
    """What both levels store."""

    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=16, choices=KeyState.choices)
    wrapped = models.BinaryField(_("wrapped key"), null=True)
    check_value = models.CharField(_("check value"), max_length=6)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=150)
    #: Since when the key is in its state; empty in rows of before this was kept.
    state_since = models.DateTimeField(_("in this state since"), null=True)
    #: Grows with every change of any key: what a process compares to know that its cache is old.
    revision = models.BigIntegerField(_("revision"))
    mac = models.BinaryField(_("row authenticator"))

    class Meta:
        abstract = True


class RootKey(KeyRow):
    """Level 1: a version of the root key, which itself is never here; `wrapped` stays empty."""

    provider = models.CharField(_("held by"), max_length=32)

    class Meta:
        verbose_name = _("root key")
        verbose_name_plural = _("root keys")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version"], name="root_key_version"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=KeyState.ACTIVE), name="root_key_one_active"
            ),
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="root_key_state"),
            models.CheckConstraint(condition=Q(wrapped=None), name="root_key_never_stored"),
        ]

    def __str__(self) -> str:
        return f"root v{self.version}"


class DomainKey(KeyRow):
    """Level 2: the key-encryption key of a domain (party-pii, credential, blind-index, object-store ...)."""

    domain = models.CharField(_("domain"), max_length=64)
    root_version = models.PositiveIntegerField(_("version of the root key"))
    root_check = models.CharField(_("check value of the root key"), max_length=6)

    class Meta:
        verbose_name = _("domain key")
        verbose_name_plural = _("domain keys")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["domain", "version"], name="domain_key_version"),
            models.UniqueConstraint(
                fields=["domain"], condition=Q(state=KeyState.ACTIVE), name="domain_key_one_active"
            ),
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="domain_key_state"),
        ]

    def __str__(self) -> str:
        return f"{self.domain} v{self.version}"


class DataKey(KeyRow):
    """Level 3: the key of one purpose (a column, an index kind, a store); its id travels in each value."""

    purpose = models.CharField(_("purpose"), max_length=128)
    algorithm = models.CharField(_("algorithm"), max_length=16)
    domain_key = models.ForeignKey(DomainKey, models.PROTECT, verbose_name=_("domain key"), related_name="+")

    class Meta:
        verbose_name = _("data key")
        verbose_name_plural = _("data keys")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "version"], name="data_key_version"),
            models.UniqueConstraint(
                fields=["purpose"], condition=Q(state=KeyState.ACTIVE), name="data_key_one_active"
            ),
            models.CheckConstraint(condition=Q(state__in=KeyState.values), name="data_key_state"),
            models.CheckConstraint(condition=Q(id__gte=1, id__lte=LARGEST_KEY_ID), name="data_key_id"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} v{self.version}"


class KeyUse(models.Model):
    """How many encryptions were taken under a data key, ahead and in blocks (`security.crypto.usage`)."""

    key_id = models.BigIntegerField(_("key"), primary_key=True)
    used = models.BigIntegerField(_("encryptions"))

    class Meta:
        app_label = "security"
        verbose_name = _("use of a key")
        verbose_name_plural = _("uses of keys")

    def __str__(self) -> str:
        return f"{self.key_id}: {self.used}"
