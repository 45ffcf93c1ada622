"""The kinds of values that fields hold, in words."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from security.crypto.fields import SealedField

AnyField = models.Field[Any, Any]


def type_of(field: AnyField) -> str:
    """The kind of values a field holds, in words."""
    match field:
        case ArrayField():
            return f"list of {type_of(field.base_field)}s"
        case models.ForeignKey():
            return f"id of `{field.related_model._meta.label_lower}`"
        case models.BinaryField() if not isinstance(field, SealedField):
            return "bytes"
        case models.DecimalField():
            return f"amount, {field.max_digits} digits, {field.decimal_places} decimals"
        case _ if isinstance(field, SealedField):
            return f"{'JSON' if field.codec == 'json' else 'text'}{_length(field)}"
        case _:
            return next((name for kind, name in _NAMES if isinstance(field, kind)), "text") + _length(field)


_NAMES: tuple[tuple[type[AnyField], str], ...] = (
    (models.DateTimeField, "time"),
    (models.DateField, "date"),
    (models.BooleanField, "yes or no"),
    (models.JSONField, "JSON"),
    (models.IntegerField, "whole number"),
    (models.FloatField, "number"),
    (models.GenericIPAddressField, "network address"),
)


def _length(field: AnyField) -> str:
    if not field.max_length:
        return ""
    return f", {field.max_length} characters" if field.max_length > 1 else ", 1 character"
