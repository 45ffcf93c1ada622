"""Two tables that every write keeps: the lookup index and the source records."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

#: The stored number of the lookup kind that names a source record; the only unique kind.
SOURCE_KEY_KIND = 1


class LookupEntry(models.Model):
    """One keyed digest of one value: `(kind, digest) -> customer, row`.

    Serves exact search over sealed values, source-key uniqueness and duplicate blocking at once.
    Distributed by its digest, so the only unique rule names the digest (design section 4). While the key of
    a kind is rotated each value has an entry under both versions (`mdm.bulk.reindexing`).
    """

    kind = models.SmallIntegerField()
    digest = models.BinaryField(max_length=16)
    customer_id = models.BigIntegerField()
    facet = models.CharField(max_length=30)
    row_id = models.BigIntegerField()
    key_version = models.SmallIntegerField(default=1, db_default=1)
    norm_version = models.SmallIntegerField(default=1, db_default=1)

    class Meta:
        verbose_name = _("lookup entry")
        verbose_name_plural = _("lookup index")
        indexes = [
            models.Index(fields=["digest", "kind"], name="lookup_digest"),
            models.Index(fields=["customer_id"], name="lookup_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=Q(kind=SOURCE_KEY_KIND), name="lookup_source_key_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.pk}"


class SourceRecord(models.Model):
    """One row per (source system, source key): which customer it tells of, and a digest of what it told.

    An unchanged digest means that a delivery brought nothing new: nothing is written, no history made. It is
    16 bytes, followed by the version of its key in two bytes where that is another than the first; empty where
    its key went out of use, and then the next delivery is compared row by row.
    """

    customer_id = models.BigIntegerField(_("customer"), db_index=True)
    source_system = models.CharField(_("source system"), max_length=32)
    source_key = models.CharField(_("key in the source"), max_length=120)
    content_digest = models.BinaryField(max_length=18)
    business_date = models.DateField(_("business date"), null=True)
    run_id = models.BigIntegerField(_("run"), null=True)
    received_at = models.DateTimeField(_("received at"))
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("source record")
        verbose_name_plural = _("source records")

    def __str__(self) -> str:
        return f"{self.source_system} {self.source_key}"
