"""The key pair that signs seals. Here and not in `security.models`, because its secret half is a sealed column."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.crypto.fields import SealedJSONField


class AuditSigner(models.Model):
    """One SM2 key pair of the log. `material` seals private key, public key and log id together, `told` the latter
    two, under the domain `audit`: who can write to the database can neither sign nor pass off another key or
    another log. The web's role reads `told` and not `material`: it verifies and cannot sign."""

    id = models.PositiveIntegerField(_("version"), primary_key=True)
    public = models.BinaryField(_("public key"))
    material = SealedJSONField(_("sealed key material"), domain="audit")
    told = SealedJSONField(_("sealed public key"), domain="audit", null=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        app_label = "security"
        verbose_name = _("signing key of the log")
        verbose_name_plural = _("signing keys of the log")

    def __str__(self) -> str:
        return f"{self.pk}"
