"""Data-quality issues: what the rules found on rows that were kept all the same."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IssueState(models.TextChoices):
    """Where an issue stands."""

    OPEN = "OPEN", _("open")
    RESOLVED = "RESOLVED", _("resolved")
    WAIVED = "WAIVED", _("waived")


class QualityIssue(models.Model):
    """One finding of one rule on one row of one customer; names the field, never the value."""

    customer_id = models.BigIntegerField(_("customer"))
    source_system = models.CharField(_("source system"), max_length=32)
    facet = models.CharField(_("facet"), max_length=30)
    slot = models.CharField(_("row of the source record"), max_length=40, blank=True)
    field = models.CharField(_("field"), max_length=40, blank=True)
    rule = models.CharField(_("rule"), max_length=20)
    rule_version = models.PositiveSmallIntegerField(default=1)
    severity = models.CharField(_("severity"), max_length=5)
    state = models.CharField(_("state"), max_length=8, choices=IssueState.choices, default=IssueState.OPEN)
    raised_at = models.DateTimeField(_("raised at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    run_id = models.BigIntegerField(_("run"), null=True)

    class Meta:
        verbose_name = _("quality issue")
        verbose_name_plural = _("quality issues")
        indexes = [
            models.Index(fields=["customer_id"], name="issue_customer"),
            models.Index(fields=["rule", "state"], name="issue_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.facet}.{self.field}"
