"""Answers kept for replay."""

from django.db import models

from security.crypto.holdings import BinaryHolding, register_holding
from security.crypto.purposes import register

#: The keys that seal kept answers and digest what was asked; named here so that set-up makes them.
BODY_KEY = register("idempotency.body", "object-store").name
DIGEST_KEY = register("index.IDEMPOTENCY", "blind-index", "HMAC-SM3").name


class IdempotencyRecord(models.Model):
    """The answer to one unsafe request, kept so that the same key gives the same answer (doors 8.1)."""

    client = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.client} {self.key}"


def register_own_holding() -> None:
    """Kept answers, for coverage and rotation."""
    table = IdempotencyRecord._meta.db_table
    register_holding(BinaryHolding(BODY_KEY, table, "body", IdempotencyRecord, int))
