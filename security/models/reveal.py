"""Who saw clear values, and the alarms that unusual access raises."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.models.organisation import Organisation


class Reveal(models.Model):
    """One showing of clear values of one row of a customer, or of a file, which names no customer. Append-only;
    names fields, never values.

    The quota of a day is counted here, so it survives whatever the cache forgets.
    """

    at = models.DateTimeField(_("time"))
    shown_until = models.DateTimeField(_("shown until"))
    user_id = models.BigIntegerField(_("user"))
    actor = models.CharField(_("who"), max_length=80)
    org_code = models.CharField(_("branch"), max_length=20, blank=True)
    channel = models.CharField(_("channel"), max_length=20)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    facet = models.CharField(_("subject"), max_length=60)
    row_id = models.BigIntegerField(_("entry"))
    fields = models.JSONField(_("fields"), default=list)
    cause = models.CharField(_("cause"), max_length=20)
    reason = models.CharField(_("reason"), max_length=200)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("unmasking")
        verbose_name_plural = _("unmaskings")
        indexes = [
            models.Index(fields=["user_id", "-at"], name="reveal_user"),
            models.Index(fields=["customer_id", "-at"], name="reveal_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor}"


class AlertRule(models.Model):
    """A pattern of access that raises an alarm: what is counted (`kind`), from how many on, in which time.

    `settings` holds what a kind needs besides: the hours of `OUT_OF_HOURS` (`begin`, `end`).
    """

    code = models.CharField(_("rule"), max_length=40, unique=True)
    kind = models.CharField(_("pattern"), max_length=20)
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    threshold = models.PositiveIntegerField(_("from this many on"), default=1)
    minutes = models.PositiveIntegerField(_("within minutes"), default=60)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    active = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name = _("alarm rule")
        verbose_name_plural = _("alarm rules")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Alert(models.Model):
    """One alarm: which rule, who, about which customer; closed by a person with a word on it."""

    at = models.DateTimeField(_("time"))
    rule = models.CharField(_("rule"), max_length=40)
    user_id = models.BigIntegerField(_("user"), null=True)
    actor = models.CharField(_("who"), max_length=80)
    org = models.ForeignKey(Organisation, models.PROTECT, null=True, verbose_name=_("branch"))
    customer_id = models.BigIntegerField(_("customer"), null=True)
    details = models.JSONField(_("details"), default=dict)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.CharField(_("closed by"), max_length=80, blank=True)
    finding = models.CharField(_("finding"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        indexes = [models.Index(fields=["-at", "-id"], name="alert_time")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.rule}"
