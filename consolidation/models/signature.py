"""What matching compares: one fixed-width row of keyed digests for each customer, written with it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, models, transaction
from django.db.models.functions import Now

#: Held shared by who writes signatures until they commit; taken alone, for a moment, by who reads them all.
_LOCK = 0x7369676E


def moment_of_writing() -> datetime:
    """The time that signatures written now carry; who compares what changed waits for this transaction."""
    return _moment("SELECT pg_advisory_xact_lock_shared(%s)")


def moment_of_reading() -> datetime:
    """A time such that every signature that carries an earlier one is committed, and none that comes will."""
    with transaction.atomic():
        return _moment("SELECT pg_advisory_xact_lock(%s)")


def _moment(lock: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(lock, [_LOCK])
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class Signature(models.Model):
    """The signature of one customer (`consolidation.matching.signature`); holds nothing that can be read.

    `body` is made with `key_version` of its key, and while that is rotated `next_body` with `next_version`: two
    signatures can be compared when they were made with the same.
    """

    customer_id = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()
    key_version = models.SmallIntegerField(default=1, db_default=1)
    next_body = models.BinaryField(null=True)
    next_version = models.SmallIntegerField(null=True)
    changed_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        db_table = "consolidation_signature"

    def __str__(self) -> str:
        return str(self.customer_id)


def compare_again(customer_ids: Sequence[int]) -> None:
    """Let the next run compare these customers as if they had changed."""
    Signature.objects.filter(customer_id__in=customer_ids).update(changed_at=moment_of_writing())
