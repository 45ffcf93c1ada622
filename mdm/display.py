"""How a value is shown: labels for codes, masks for what is sensitive; every screen, answer and diff."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Field
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mdm.codes import get as code_list
from mdm.extension.attributes import attribute_of, list_of
from mdm.history.models import SubjectModel
from security.access.sight import facet_name, sight_of
from security.crypto.fields import SealedField
from security.crypto.masking import STARS, id_kind, mask

AnyField = Field[Any, Any]
Shown = dict[str, Any]
#: The mask kind of attributes (`facet.x_name`), empty for one that is shown as it is.
Masks = Mapping[str, str]
_TODAY: Masks = {}


def sensitive(model: type[SubjectModel], field: AnyField) -> bool:
    """Whether a field is masked on display (data class C2 of JR/T 0171)."""
    return isinstance(field, SealedField) or bool(_told_mask(model, field))


def shown(
    model: type[SubjectModel],
    field: AnyField,
    value: Any,
    row: Mapping[str, Any],
    profile: str,
    masks: Masks = _TODAY,
) -> Shown:
    """`{"value", "text"}` of a clear `value`: masked where sensitive, with the label of a code.

    `row` gives the sibling columns that a mask depends on (the type of a document). `profile` is how the
    reader sees the customer (`Actor.sight`); of a field it hides nothing is told but that there is something.
    `masks` are those of attributes where they are not to be today's (`mdm.dictionary.versions.masks_of`).
    """
    if value is None or value == "":
        return {"value": None, "text": ""}
    way = _way(model, field, profile)
    if way.hidden:
        return {"value": None, "text": STARS}
    kind = mask_kind(model, field, row, masks) if way.varies or masks else way.kind
    if kind is not None:
        masked = mask(kind, str(_plain(value)), way.profile)
        return {"value": masked, "text": masked}
    return {"value": _plain(value), "text": label(model, field, value)}


class _Way(NamedTuple):
    """How a field is shown to who sees a customer in one way: what neither the value nor its row decides.

    `kind` is today's mask, unless it `varies` with the row.
    """

    hidden: bool
    profile: str
    kind: str | None
    varies: bool


@lru_cache(maxsize=16_384, typed=True)  # a sight and a text that reads the same are two
def _way(model: type[SubjectModel], field: AnyField, profile: str) -> _Way:
    sight = sight_of(profile)
    varies = isinstance(field, SealedField) and bool(field.kind_from)
    kind = None if varies else mask_kind(model, field, {})
    return _Way(sight.hides(facet_name(model.__name__), field.attname), sight.profile, kind, varies)


@lru_cache(maxsize=4096)
def _named(field: AnyField, _language: str | None) -> str:
    return str(field.verbose_name)


def field_label(field: AnyField) -> str:
    """What a field is called, in the active language."""
    return _named(field, get_language())


def mask_kind(
    model: type[SubjectModel], field: AnyField, row: Mapping[str, Any], masks: Masks = _TODAY
) -> str | None:
    """The mask of a field; None where it is shown as it is."""
    if isinstance(field, SealedField):
        return id_kind(row.get(field.kind_from)) if field.kind_from else field.kind
    return _told_mask(model, field, masks)


def _told_mask(model: type[SubjectModel], field: AnyField, masks: Masks = _TODAY) -> str | None:
    """The mask of a field that is no sealed column: as the model says, or who defined the attribute."""
    attribute = attribute_of(field)
    if attribute is None:
        return model.MASKS.get(field.name)
    return masks.get(f"{attribute.told.facet}.{attribute.key}", attribute.told.mask) or None


def label(model: type[SubjectModel], field: AnyField, value: Any) -> str:
    """A clear value as a person reads it, in the active language."""
    if codes := list_of(model, field):
        return code_list(codes).label(str(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.related_model is not None:
        return str(field.related_model._default_manager.filter(pk=value).first() or value)
    if isinstance(value, bool):
        return _yes_or_no(value, get_language())
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date) and value.year == 9999:
        return _("long-term")
    return f"{value:,}" if isinstance(value, Decimal) else str(value)


@lru_cache
def _yes_or_no(value: bool, _language: str | None) -> str:
    return _("yes") if value else _("no")


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
