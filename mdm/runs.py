"""Runs: progress, checkpoint and business date of long work, claimed and fenced (design idea 11)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """Where a run stands; the last four are final."""

    WAITING = "WAITING", _("waiting")
    RUNNING = "RUNNING", _("running")
    SUCCEEDED = "SUCCEEDED", _("succeeded")
    PARTIAL = "PARTIAL", _("done with rejected rows")
    FAILED = "FAILED", _("failed")
    CANCELLED = "CANCELLED", _("cancelled")


FINAL_STATES = frozenset({RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED})


class JobRun(models.Model):
    """One run of one job. `org_path` is the branch of who ordered it: it decides who may see it.

    `token` is the fencing token: it grows with each claim, and every write of a worker names the one it
    was given, so a worker that lost its lease writes nothing.
    """

    job = models.CharField(_("job"), max_length=60)
    business_date = models.DateField(_("business date"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=RunState.choices, default=RunState.WAITING)
    params = models.JSONField(_("inputs"), default=dict)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("of"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, default="rows")
    step = models.CharField(_("step"), max_length=40, blank=True)
    checkpoint = models.JSONField(_("checkpoint"), default=dict)
    counts = models.JSONField(_("counts"), default=dict)
    problems = models.JSONField(_("problems"), default=list)
    token = models.PositiveIntegerField(default=0)
    worker = models.CharField(_("worker"), max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 (unique but absent)
    started_by = models.CharField(_("started by"), max_length=80)
    org_path = ArrayField(models.IntegerField(), default=list)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["job", "-id"], name="run_job")]

    def __str__(self) -> str:
        return f"{self.job} #{self.pk}"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL_STATES

    @property
    def share(self) -> float | None:
        """Done as a share of the whole, 0 to 1; None where the whole is not known."""
        return min(1.0, self.done / self.total) if self.total else None
