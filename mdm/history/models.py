"""The base of every facet: technical columns and a history table."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from security.crypto.fields import SealedJSONField

#: Characters of a reason in history. People's have 200; a load adds the names of all fields that it kept as staff made
#: them, and the next load reads them there (`mdm.bulk.last_told`).
REASON_LENGTH = 2000


class Status(models.TextChoices):
    """Whether a row still holds."""

    ACTIVE = "ACTIVE", _("in force")
    ENDED = "ENDED", _("ended")


def _get_actor(history: Any) -> str | None:
    """simple-history's hook: who changed the row, as recorded on the history row."""
    return str(history.history_user_id) if history.history_user_id else None


def _set_actor(history: Any, user: Any) -> None:
    """simple-history's hook: the actor's name, set on the instance by `save_with_history`."""
    history.history_user_id = user


def _actor_of(instance: Any, **_kwargs: Any) -> str | None:
    """simple-history's hook: the actor that `save_with_history` set on the instance."""
    return getattr(instance, "_history_user", None)


class FacetHistory(HistoricalRecords):  # type: ignore[misc]
    """simple-history's records, leaving out the columns that a model computes (`DERIVED`)."""

    def fields_included(self, model: Any) -> list[models.Field[Any, Any]]:
        """The fields that history rows copy."""
        derived: frozenset[str] = getattr(model, "DERIVED", frozenset())
        return [field for field in super().fields_included(model) if field.name not in derived]


class SubjectModel(models.Model):
    """One row of a facet: its own fields, where it comes from, when it holds, who verified and changed it.

    `slot` says which row of the source record it is. `valid_from` and `valid_to` are business time: each version of a
    row says since when it is as it stands, so that the versions before it tell what was true earlier. System time is in
    the history table, together with actor and reason; request and channel are columns here and so of the history rows
    too.
    """

    #: Columns computed from others: not input, not history.
    DERIVED: ClassVar[frozenset[str]] = frozenset()
    #: Field -> code list (`mdm.codes`) that its values come from: choices of forms, labels of displays.
    CODES: ClassVar[dict[str, str]] = {}
    #: Fields that change only by an operation of their own (verify, close …), never by filling in a form.
    OPERATED: ClassVar[frozenset[str]] = frozenset()
    #: Field -> the field (one of `OPERATED`) that names who told it.
    SIGNED: ClassVar[dict[str, str]] = {}
    #: Those of them that a new row may begin with: field -> codes, the usual one first.
    FIRST: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: Whether a row stands as it was recorded (what a check told): nobody changes or ends it.
    RECORDED: ClassVar[bool] = False
    #: Fields of which the earliest value holds for a customer of several records.
    EARLIEST: ClassVar[frozenset[str]] = frozenset()
    #: Clear field -> mask kind (`security.crypto.masking`) under which it is shown.
    MASKS: ClassVar[dict[str, str]] = {}

    #: Fields that hold the number of another customer, which must be there and visible to who tells it.
    OTHERS: ClassVar[frozenset[str]] = frozenset()

    source_system = models.CharField(_("source system"), max_length=32)
    source_key = models.CharField(_("key in the source"), max_length=120)
    slot = models.CharField(_("row of the source record"), max_length=40, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    status = models.CharField(
        _("state of the row"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    verified_by = models.CharField(_("verified by"), max_length=80, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_how = models.CharField(_("verified how"), max_length=40, blank=True)
    extension = SealedJSONField(_("further attributes"), kind="free_text", null=True, blank=True)
    raw_values = SealedJSONField(_("values as received"), kind="free_text", null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80)
    created_org = models.CharField(_("created at branch"), max_length=20, blank=True)
    created_channel = models.CharField(_("created through"), max_length=20)
    updated_at = models.DateTimeField(_("changed at"))
    updated_by = models.CharField(_("changed by"), max_length=80)
    updated_org = models.CharField(_("changed at branch"), max_length=20, blank=True)
    updated_channel = models.CharField(_("changed through"), max_length=20)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    history = FacetHistory(
        inherit=True,
        history_id_field=models.BigAutoField(primary_key=True),
        history_user_id_field=models.CharField(max_length=80, null=True),
        history_user_getter=_get_actor,
        history_user_setter=_set_actor,
        get_user=_actor_of,
        history_change_reason_field=models.CharField(max_length=REASON_LENGTH, null=True),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


#: Since when a row is as it stands: told with an entry or a change beside its own fields.
SINCE = "valid_from"
#: Columns that say nothing about the customer; diffs and comparisons leave them out.
TECHNICAL = frozenset(
    field.name for field in SubjectModel._meta.local_fields if field.name not in ("status", "extension")
) | {"id", "customer"}
