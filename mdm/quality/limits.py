"""What the model of a facet, the only definition of a field, says about texts: length, code list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mdm.extension.attributes import current
from mdm.subjects import registry

if TYPE_CHECKING:
    from django.db import models

    from mdm.history.models import SubjectModel

    AnyField = models.Field[Any, Any]

#: Characters for a text that no model bounds (a free text, or a facet that is not registered).
UNBOUNDED = 4000
#: Texts up to this length fit everywhere but in the fields of `short_limits`.
SHORT = 40


@dataclass(frozen=True, slots=True)
class CodedField:
    """A field that follows a code list; `fallback` is the model's default where a row must have one."""

    field: str
    list_name: str
    fallback: str | None


#: Lists whose unknown values stay where they are, for their own rules judge them (S01, V15).
KEPT = frozenset({"party_type", "region"})

T = TypeVar("T")
_lengths: dict[str, dict[str, int]] = {}
_short: dict[str, tuple[tuple[str, int], ...]] = {}
_coded: dict[str, tuple[CodedField, ...]] = {}


def limits(facet: str) -> dict[str, int]:
    """Characters allowed in each bounded field of a facet; empty for a facet that is not registered."""
    found = _lengths.get(facet)
    if found is None:
        found = {f.name: length for f in _fields(facet) if (length := getattr(f, "max_length", None))}
        _remember(_lengths, facet, found)
    return found


def short_limits(facet: str) -> tuple[tuple[str, int], ...]:
    """The fields of a facet that take fewer than `SHORT` characters and are not coded, with their limits.

    Codes fit their fields once they are translated.
    """
    found = _short.get(facet)
    if found is None:
        codes = {entry.field for entry in coded_fields(facet) if entry.list_name not in KEPT}
        found = tuple((f, n) for f, n in limits(facet).items() if n < SHORT and f not in codes)
        _remember(_short, facet, found)
    return found


def some_short_too_long(facets: Mapping[str, Sequence[Mapping[str, object]]]) -> bool:
    """Whether a text is too long for a field that takes fewer than `SHORT` characters."""
    for facet, rows in facets.items():
        fields = _short.get(facet)
        for field, limit in short_limits(facet) if fields is None else fields:
            for row in rows:
                text = row.get(field)
                if text and type(text) is str and len(text) > limit:
                    return True
    return False


def coded_fields(facet: str) -> tuple[CodedField, ...]:
    """The coded fields of a facet, its attributes among them; none for a facet that is not registered."""
    grown = current().by_facet.get(facet)
    if not grown:
        return _built_in(facet)
    return (*_built_in(facet), *(CodedField(a.key, a.list_name, None) for a in grown if a.list_name))


def _built_in(facet: str) -> tuple[CodedField, ...]:
    """Those that the model declares."""
    found = _coded.get(facet)
    if found is None:
        model = _model(facet)
        lists = model.CODES if model else {}
        found = tuple(_coded_field(f, lists[f.name]) for f in _fields(facet) if f.name in lists)
        _remember(_coded, facet, found)
    return found


def _remember(kept: dict[str, T], facet: str, found: T) -> None:
    if _model(facet):
        kept[facet] = found


def _model(facet: str) -> "type[SubjectModel] | None":
    return next((entry.model for entry in registry.facets() if entry.name == facet), None)


def _fields(facet: str) -> "list[AnyField]":
    """The fields that a source fills; what the writer fills itself is not judged."""
    from mdm.history.models import TECHNICAL

    model = _model(facet)
    fields = model._meta.fields if model else ()
    return [field for field in fields if field.name == "slot" or field.name not in TECHNICAL | {"status"}]


def _coded_field(field: "AnyField", list_name: str) -> CodedField:
    default = field.get_default() if field.has_default() else None
    return CodedField(field.name, list_name, str(default) if default else None)
