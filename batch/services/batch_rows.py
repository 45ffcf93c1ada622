"""How a row of a batch keeps its refusals: where the sender finds the place, and in every language."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import translation

from batch.layouts.customer_rows import column_of
from mdm.errors import FieldError, Text
from mdm.rest.facets import told_place
from mdm.subjects import Bundle, registry

Json = dict[str, Any]


def kept_errors(errors: Iterable[FieldError]) -> list[Json]:
    """Refusals as a row keeps them: field, code and the text in every language (readers differ)."""
    return [{"field": one.pointer, "code": one.code, "texts": in_all(one.detail)} for one in errors]


def in_all(text: Text) -> dict[str, str]:
    """A text by language."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = str(text)
    return found


def place_of(bundle: Bundle, pointer: str, *, tabular: bool) -> str:
    """A place in a bundle as the sender knows it: a column of the table, or a place in the JSON of the row."""
    if not pointer:
        return ""
    return column_of(bundle, pointer) if tabular else told_place(registry.facets(), pointer)
