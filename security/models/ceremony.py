"""Key ceremonies: what one person proposes and another confirms before a key may change (dual control)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CeremonyAction(models.TextChoices):
    """What a ceremony does; `revoke` alone is done by one person, because it cannot wait."""

    CREATE = "create", _("make a new version")
    ACTIVATE = "activate", _("put into use")
    ROTATE = "rotate", _("rotate")
    DISABLE = "disable", _("disable")
    REINSTATE = "reinstate", _("take back from disabled")
    DESTROY = "destroy", _("destroy")
    RESHARE = "reshare", _("change how the root key is unsealed")
    REVOKE = "revoke", _("revoke at once")


class CeremonyState(models.TextChoices):
    """Where a ceremony stands."""

    PROPOSED = "proposed", _("waits for a second person")
    CONFIRMED = "confirmed", _("being carried out")
    DONE = "done", _("done")
    FAILED = "failed", _("could not be done")
    WITHDRAWN = "withdrawn", _("taken back")


#: States of a ceremony that is not over.
OPEN_STATES = (CeremonyState.PROPOSED, CeremonyState.CONFIRMED)


class KeyCeremony(models.Model):
    """One ceremony. `target` names the key, by level: a version (L1, "" for a new one), `domain` or `domain#id`
    (L2), `purpose` or `purpose#id` (L3).

    `mac` authenticates what was agreed under a data key, so that who can only write to the database can
    neither propose nor confirm.
    """

    action = models.CharField(_("ceremony"), max_length=12, choices=CeremonyAction.choices)
    level = models.CharField(_("level"), max_length=2)
    target = models.CharField(_("key"), max_length=160, blank=True)
    parameters = models.JSONField(_("details"), default=dict)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=CeremonyState.choices)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    proposed_by_id = models.BigIntegerField()
    proposed_at = models.DateTimeField(_("proposed at"))
    confirmed_by = models.CharField(_("confirmed by"), max_length=150, blank=True)
    confirmed_by_id = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    problem = models.CharField(_("problem"), max_length=60, blank=True)
    result = models.JSONField(_("result"), default=dict)
    mac = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("key ceremony")
        verbose_name_plural = _("key ceremonies")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(confirmed_by_id=None) | ~Q(confirmed_by_id=F("proposed_by_id")),
                name="ceremony_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "withdrawn"])
                | Q(confirmed_by_id__isnull=False)
                | Q(action="revoke"),
                name="ceremony_confirmed",
            ),
            models.UniqueConstraint(
                fields=["action", "level", "target"],
                condition=Q(state__in=["proposed", "confirmed"]),
                name="ceremony_once",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.action} {self.level} {self.target}"
