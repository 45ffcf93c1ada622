"""Rows that a load refused: where, why, and the line as it was, sealed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.crypto.fields import SealedField


class RejectedRow(models.Model):
    """One refused row of a file. Nothing of a file is lost: it is applied, or it is here."""

    run = models.ForeignKey("mdm.JobRun", models.PROTECT, related_name="rejected", verbose_name=_("run"))
    line = models.BigIntegerField(_("line"))
    field = models.CharField(_("field"), max_length=60, blank=True)
    code = models.CharField(_("code"), max_length=40)
    reason = models.CharField(_("reason"), max_length=300)
    raw_line = SealedField(_("line as received"), kind="free_text", null=True)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        indexes = [models.Index(fields=["run", "line"], name="rejected_run_line")]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.line} {self.code}"
