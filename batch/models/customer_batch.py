"""A batch of new customers that somebody sent at once, and its rows: what became of each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from mdm.runs import JobRun
from security.crypto.fields import SealedField


class Mode(models.TextChoices):
    """What a refused row means for the others."""

    TOLERANT = "tolerant", _("create the good rows")
    STRICT = "strict", _("create all rows or none")
    DRY_RUN = "dry_run", _("only say what would become of them")


class Outcome(models.TextChoices):
    """What became of a row; of a dry run, what would."""

    WAITING = "WAITING", _("waiting")
    CREATED = "CREATED", _("created")
    EXISTING = "EXISTING", _("known already")
    SUSPECT = "SUSPECT", _("possible duplicate")
    REJECTED = "REJECTED", _("rejected")
    CANCELLED = "CANCELLED", _("cancelled")


class CustomerBatch(models.Model):
    """Rows that were sent at once. `run` is the newest run that works on them; `org_path` is the branch of who
    sent them: it decides who may see the batch. `key` makes the same form sent twice one batch."""

    run = models.OneToOneField(JobRun, on_delete=models.PROTECT, null=True, verbose_name=_("run"))
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices)
    rows = models.PositiveIntegerField(_("rows"))
    form = models.CharField(_("format"), max_length=8)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    key = models.CharField(max_length=160, unique=True)
    sent_by = models.CharField(_("sent by"), max_length=80)
    org_path = ArrayField(models.IntegerField(), default=list)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("batch of customers")
        verbose_name_plural = _("batches of customers")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class BatchRow(models.Model):
    """One row, numbered from 1. `content` is what it tells, sealed, until nobody needs it any more.

    `errors` and `findings` hold field, code and the text in every language, never a value; `suspects` the numbers
    of customers that may be the same, with the rule; `duplicate_of` the row of this batch that tells of the same.
    """

    batch = models.ForeignKey(
        CustomerBatch, on_delete=models.PROTECT, related_name="entries", verbose_name=_("batch")
    )
    number = models.PositiveIntegerField(_("row"))
    source_key = SealedField(_("key in the source"), null=True)
    content = SealedField(_("what the row tells"), null=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.WAITING)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    duplicate_of = models.PositiveIntegerField(_("duplicate of row"), null=True)
    errors = models.JSONField(_("errors"), default=list)
    findings = models.JSONField(_("findings"), default=list)
    suspects = models.JSONField(_("possible duplicates"), default=list)

    class Meta:
        verbose_name = _("row of a batch")
        verbose_name_plural = _("rows of batches")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="batch_row_once")]
        indexes = [models.Index(fields=["customer_id"], name="batch_row_customer")]

    def __str__(self) -> str:
        return f"{self.batch} {self.number}"
