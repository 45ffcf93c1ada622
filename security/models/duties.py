"""Duties that must lie in different hands, and access in an emergency."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from security.models.user import Grant, Role, User


class DutyPair(models.Model):
    """Two permissions that one person must not hold together (domain 5.1: segregation of duties)."""

    one = models.CharField(_("right"), max_length=60)
    other = models.CharField(_("and right"), max_length=60)
    why_zh = models.CharField(_("Chinese explanation"), max_length=120)
    why_en = models.CharField(_("English explanation"), max_length=120)
    active = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name = _("separation of duties")
        verbose_name_plural = _("separations of duties")
        ordering = ["one", "other"]
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="duty_pair_once")]

    def __str__(self) -> str:
        return f"{self.one} / {self.other}"


class BreakGlassState(models.TextChoices):
    """Where a request for emergency access stands."""

    ASKED = "ASKED", _("asked for")
    OPEN = "OPEN", _("open")
    REFUSED = "REFUSED", _("refused")
    CLOSED = "CLOSED", _("closed")


class BreakGlass(models.Model):
    """Emergency access: a role for minutes, asked for with a reason, allowed by two others, alarmed, reviewed."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("user"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="+", verbose_name=_("role"))
    minutes = models.PositiveIntegerField(_("minutes"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=BreakGlassState.choices, default="ASKED")
    asked_at = models.DateTimeField(_("asked at"))
    allowed_by = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("allowed by"))
    #: The persons behind these accounts when they asked and allowed (`security.access.persons.person_of`).
    person = models.CharField(_("person"), max_length=32, blank=True)
    allowed_persons = ArrayField(
        models.CharField(max_length=32), default=list, verbose_name=_("persons who allowed it")
    )
    grant = models.ForeignKey(
        Grant, models.PROTECT, null=True, related_name="+", verbose_name=_("role grant")
    )
    ends_at = models.DateTimeField(_("ends at"), null=True)

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency access")

    def __str__(self) -> str:
        return f"{self.user} / {self.role}"
