"""Seals over the operation log, and what verifying them found. Both append-only."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.models.transaction_id import TransactionIdField


class AuditSeal(models.Model):
    """A signed batch of the operation log: the rows after (`after_tx`, `after_id`) up to (`upto_tx`, `upto_id`).

    `root` is the SM3 Merkle root of their leaves, `prev` the digest of the seal before, `signature` SM2 over
    all of it (`security.audit.statement`). `leaves` holds, in order, id (8 bytes) and leaf (32 bytes) of each
    row, so that a changed row can be named; it proves nothing by itself: the root must come out of it.
    """

    n = models.BigIntegerField(_("seal"), primary_key=True)
    log_id = models.CharField(_("log"), max_length=32)
    signer = models.PositiveIntegerField(_("signing key"))
    after_tx = TransactionIdField(_("after transaction"))
    after_id = models.BigIntegerField(_("after row"))
    upto_tx = TransactionIdField(_("up to transaction"))
    upto_id = models.BigIntegerField(_("up to row"))
    count = models.PositiveIntegerField(_("operations"))
    first_id = models.BigIntegerField(_("first row"))
    last_id = models.BigIntegerField(_("last row"))
    root = models.BinaryField(_("Merkle root"))
    prev = models.BinaryField(_("digest of the seal before"))
    sealed_at = models.DateTimeField(_("sealed at"))
    leaves = models.BinaryField(_("leaves"))
    signature = models.BinaryField(_("signature of the seal"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        return f"{self.n}"


class AuditVerification(models.Model):
    """One verification of the log: what was checked, and every place that is broken."""

    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("who"), max_length=80)
    seals = models.BigIntegerField(_("seals"))
    checked = models.BigIntegerField(_("operations checked"))
    unsealed = models.BigIntegerField(_("not yet sealed"))
    checkpoints = models.BigIntegerField(_("checkpoints compared"))
    broken = models.BigIntegerField(_("broken places"))
    findings = models.JSONField(_("findings"), default=list)
    seconds = models.FloatField(_("seconds"))

    class Meta:
        verbose_name = _("verification of the log")
        verbose_name_plural = _("verifications of the log")
        indexes = [models.Index(fields=["-at"], name="audit_verified")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.broken}"
