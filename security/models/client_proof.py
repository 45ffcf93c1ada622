"""How client systems prove who they are beyond a secret: keys for signed requests, short tokens, used nonces."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from security.models.user import ApiClient


class ClientKey(models.Model):
    """A key that signs a client's requests; several overlap while it is renewed.

    SM2: `public_key` is the point x | y, 64 bytes. HMAC-SM3: `sealed_key` is the shared key of
    32 bytes, encrypted and bound to this row.
    """

    class Algorithm(models.TextChoices):
        SM2 = "SM2"
        HMAC_SM3 = "HMAC-SM3"

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="keys", verbose_name=_("client"))
    key_id = models.CharField(_("key id"), max_length=40)
    algorithm = models.CharField(_("algorithm"), max_length=10, choices=Algorithm.choices)
    public_key = models.BinaryField(_("public key"), null=True)
    sealed_key = models.BinaryField(_("sealed key"), null=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid until"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("client key")
        verbose_name_plural = _("client keys")
        constraints = [
            models.UniqueConstraint(fields=["client", "key_id"], name="client_key_once"),
            models.CheckConstraint(
                condition=Q(algorithm="SM2", public_key__isnull=False, sealed_key=None)
                | Q(algorithm="HMAC-SM3", public_key=None),
                name="client_key_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client}/{self.key_id}"


class ClientNonce(models.Model):
    """A nonce that a client has used; the same again is a replay. Kept until its time window is over."""

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="+", verbose_name=_("client"))
    digest = models.CharField(_("digest of the nonce"), max_length=64)
    used_at = models.DateTimeField(_("used"), db_index=True)

    class Meta:
        verbose_name = _("used nonce")
        verbose_name_plural = _("used nonces")
        constraints = [models.UniqueConstraint(fields=["client", "digest"], name="client_nonce_once")]

    def __str__(self) -> str:
        return f"{self.client} {self.used_at:%Y-%m-%d %H:%M:%S}"


class AccessToken(models.Model):
    """A short-lived token of the client credentials grant (RFC 6749, 4.4): its digest, never the token."""

    digest = models.CharField(_("digest of the token"), max_length=64, unique=True)
    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="tokens", verbose_name=_("client"))
    scopes = models.JSONField(_("scopes"), default=list)
    issued_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")

    def __str__(self) -> str:
        return f"{self.client} {self.issued_at:%Y-%m-%d %H:%M:%S}"
