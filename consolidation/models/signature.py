"""What matching compares: one fixed-width row of keyed digests for each customer, written with it."""

from django.db import models
from django.db.models.functions import Now


class Signature(models.Model):
    """The signature of one customer (`consolidation.matching.signature`); holds nothing that can be read."""

    customer_id = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()
    changed_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        db_table = "consolidation_signature"

    def __str__(self) -> str:
        return str(self.customer_id)
