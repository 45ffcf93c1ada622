"""Change requests, the steps of their life, who stands in for whom, and the bank's own rules."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from security.approvals.states import OPEN, Move, State
from security.crypto.fields import SealedJSONField
from security.models import User


class ChangeRequest(models.Model):
    """An operation that waits for others to agree.

    `arguments` are what the service is called with, `base` what stood there when it was asked; both may
    hold customers' values and are sealed. `versions` maps each row that it builds on to its version,
    `facts` what the rules looked at (never a value). `target` is what it is about: two open requests
    about the same thing would undo each other. Row scope is `org_path`, as everywhere.
    """

    operation = models.CharField(_("operation"), max_length=60)
    target = models.CharField(_("about"), max_length=120)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    org_path = ArrayField(models.IntegerField(), default=list)
    org_code = models.CharField(_("branch"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    version = models.PositiveIntegerField(_("version"), default=1)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    maker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    maker_person = models.CharField(_("person who asked"), max_length=40)
    channel = models.CharField(_("asked through"), max_length=20)
    arguments = SealedJSONField(_("what is to be done"), domain="approval", null=True)
    base = SealedJSONField(_("what it builds on"), domain="approval", null=True)
    fields = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("fields"))
    versions = models.JSONField(_("versions it builds on"), default=dict)
    facts = models.JSONField(_("facts"), default=dict)
    rules = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("rules"))
    reason = models.CharField(_("reason"), max_length=200)
    checkers = models.PositiveSmallIntegerField(_("approvals needed"), default=1)
    levels = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("levels"))
    level = models.PositiveSmallIntegerField(_("level"), default=0)
    hours = models.PositiveSmallIntegerField(_("hours a level has"), default=24)
    opened_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("to be decided by"))
    expires_at = models.DateTimeField(_("expires"))
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["target"], condition=Q(state__in=OPEN), name="request_open_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state"),
            models.CheckConstraint(condition=Q(checkers__gte=1), name="request_checkers"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="request_inbox"),
            models.Index(fields=["maker", "-id"], name="request_maker"),
            models.Index(fields=["customer_id", "-id"], name="request_customer"),
            models.Index(fields=["due_at"], condition=Q(state__in=OPEN), name="request_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people and history rows name it."""
        return f"CR-{self.pk}"

    @property
    def rights(self) -> tuple[str, ...]:
        """The rights that let decide it now: that of its level, and those of the levels it has passed."""
        return tuple(self.levels[: self.level + 1])


class Step(models.Model):
    """One move of a request: who, when, why. Append-only; `round` counts how often it was submitted."""

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="steps")
    move = models.CharField(_("step"), max_length=10, choices=Move.choices)
    round = models.PositiveSmallIntegerField(_("round"))
    level = models.PositiveSmallIntegerField(_("level"))
    actor = models.CharField(_("who"), max_length=150)
    person = models.CharField(_("person"), max_length=40, blank=True)
    for_whom = models.CharField(_("on behalf of"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("step of a request")
        verbose_name_plural = _("steps of requests")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "round", "person"],
                condition=Q(move__in=[Move.ASSENT, Move.APPROVE]),
                name="approval_once_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.move}"


class Delegation(models.Model):
    """Somebody decides in somebody else's stead for a time: only what both may decide."""

    giver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("stands back"))
    taker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("stands in"))
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(giver=models.F("taker")), name="delegation_to_another"),
        ]
        indexes: ClassVar = [models.Index(fields=["taker", "ends_at"], name="delegation_taker")]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id}"


class ApprovalRule(models.Model):
    """A line of the bank's own four-eyes matrix, in place of the shipped one of its operation and name.

    The web role only reads them: whoever takes over a web process does not change who has to agree.
    """

    operation = models.CharField(_("operation"), max_length=60)
    name = models.CharField(_("rule"), max_length=40)
    when = models.JSONField(_("where"), default=dict, blank=True)
    unless = models.JSONField(_("unless"), default=dict, blank=True)
    checkers = models.PositiveSmallIntegerField(_("approvals needed"), default=1)
    levels = ArrayField(models.CharField(max_length=60), verbose_name=_("levels"))
    hours = models.PositiveSmallIntegerField(_("hours a level has"), default=24)
    days = models.PositiveSmallIntegerField(_("days until it expires"), default=30)
    active = models.BooleanField(_("in force"), default=True)
    #: The request under which it was last changed on screen; 0 for one that the operator wrote.
    source = models.BigIntegerField(_("change request"), default=0)

    class Meta:
        verbose_name = _("approval rule")
        verbose_name_plural = _("approval rules")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operation", "name"], name="approval_rule_once"),
            models.CheckConstraint(condition=Q(checkers__gte=1), name="approval_rule_checkers"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.name}"
