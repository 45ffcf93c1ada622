"""Fields that read JSON strictly: a text is a text, a number a number, an unknown name a refusal."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Fields(serializers.Serializer[Any]):
    """Members of a JSON object; a member that is not declared is refused, never ignored.

    A declaration may end in an underscore (`label_`) where serializers have an attribute of that name.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The members by the names they have in JSON."""
        return {name.removesuffix("_"): field for name, field in super().get_fields().items()}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                error = [serializers.ErrorDetail("", code="unknown")]
                raise serializers.ValidationError(dict.fromkeys(unknown, error))
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string, kept exactly as it was sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction: 7 and 7.0 are the same number in JSON."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input="")
        return data


class Day(serializers.DateField):
    """A date as YYYY-MM-DD (RFC 3339 full-date) and in no other of the forms of ISO 8601."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Amount(serializers.DecimalField):
    """A decimal number, as a string or as a JSON number."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FieldErrorFields(Fields):
    """One refused place."""

    pointer = serializers.CharField(help_text=_("JSON Pointer into what was sent; empty for the whole."))
    code = serializers.CharField(help_text=_("What is wrong with it."))
    detail = serializers.CharField(help_text=_("The same for people; never holds the value."))


class ProblemFields(Fields):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text=_("Address of the page that explains the code."))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text=_("Stable; programs decide by it."))
    trace_id = serializers.CharField(
        help_text=_("The same as “X-Request-Id”; operators find the request by it.")
    )
    errors_ = FieldErrorFields(many=True)
