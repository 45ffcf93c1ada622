"""Decisions about pairs of customers; none is ever deleted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Decision(models.Model):
    """What every decision names: the pair, the rule and policy that led to it, score and evidence without values."""

    customer_id = models.BigIntegerField(_("customer"))
    other_id = models.BigIntegerField(_("other customer"))
    rule = models.CharField(_("rule"), max_length=10)
    policy = models.CharField(_("policy version"), max_length=40)
    score = models.FloatField(_("score"))
    evidence = models.JSONField(_("evidence"), default=list)
    run_id = models.BigIntegerField(_("run"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class CaseState(models.TextChoices):
    """Where a review case stands."""

    OPEN = "OPEN", _("open")
    SAME = "SAME", _("the same, merged")
    NOT_SAME = "NOT_SAME", _("not the same")
    CLOSED = "CLOSED", _("closed")


class ReviewCase(Decision):
    """A pair that a person must look at: strong or possible (A2, B), or refused by a veto."""

    outcome = models.CharField(_("class"), max_length=2)
    veto = models.CharField(_("veto"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=CaseState.choices, default=CaseState.OPEN)
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name = _("duplicate case")
        verbose_name_plural = _("duplicate cases")
        indexes = [
            models.Index(fields=["state", "outcome", "-id"], name="case_queue"),
            models.Index(fields=["other_id"], name="case_other"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "other_id"], condition=Q(state="OPEN"), name="case_open_once"
            )
        ]


class NeverMatch(Decision):
    """Two customers that are not the same: nothing automatic joins them again, not even through a third."""

    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta:
        verbose_name = _("not-a-match")
        verbose_name_plural = _("not-a-match list")
        constraints = [models.UniqueConstraint(fields=["customer_id", "other_id"], name="never_match_once")]


class Merge(Decision):
    """`other_id` was merged into `customer_id`, the survivor; `undone_at` is set when it was taken back."""

    undone_at = models.DateTimeField(_("taken back at"), null=True)
    undone_by = models.CharField(_("taken back by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        indexes = [
            models.Index(fields=["customer_id"], name="merge_survivor"),
            models.Index(fields=["other_id"], name="merge_other"),
        ]
