"""What the model of a facet says about its fields' texts: length, code list. The model is the only definition."""

from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from mdm.subjects import registry

#: Characters for a text that no model bounds (a free text, or a facet that is not registered).
UNBOUNDED = 4000


@dataclass(frozen=True, slots=True)
class CodedField:
    """A field that follows a code list; `fallback` is the model's default where a row must have one."""

    field: str
    list_name: str
    fallback: str | None


T = TypeVar("T")
_lengths: dict[str, dict[str, int]] = {}
_coded: dict[str, tuple[CodedField, ...]] = {}


def limits(facet: str) -> dict[str, int]:
    """Characters allowed in each bounded field of a facet; empty for a facet that is not registered."""
    found = _lengths.get(facet)
    if found is None:
        found = {field.name: length for field in _fields(facet) if (length := getattr(field, "max_length", None))}
        _remember(_lengths, facet, found)
    return found


def coded_fields(facet: str) -> tuple[CodedField, ...]:
    """The coded fields of a facet; none for a facet that is not registered."""
    found = _coded.get(facet)
    if found is None:
        found = tuple(_coded_field(field) for field in _fields(facet) if field.name in field.model.CODES)
        _remember(_coded, facet, found)
    return found


def _remember(kept: dict[str, T], facet: str, found: T) -> None:
    if _fields(facet):
        kept[facet] = found


def _fields(facet: str) -> list["models.Field[object, object]"]:
    found = [entry.model for entry in registry.facets() if entry.name == facet]
    return list(found[0]._meta.fields) if found else []


def _coded_field(field: "models.Field[object, object]") -> CodedField:
    default = field.get_default() if field.has_default() else None
    return CodedField(field.name, field.model.CODES[field.name], str(default) if default else None)
