"""The model dictionary as data: subjects, facets, fields, code lists, attributes; and what two versions differ in."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.utils.translation import override

from mdm import codes
from mdm.bulk.tables import built_in_fields
from mdm.dictionary.words import type_of
from mdm.display import sensitive
from mdm.extension.attributes import Attribute, list_of
from mdm.subjects import Facet, registry

Json = dict[str, Any]
#: Codes up to which a list is told code by code; of a longer one a digest says whether it changed.
LISTED = 60
#: What a definition says, by the names of its columns.
TOLD = (
    "kind",
    "label_zh",
    "label_en",
    "length",
    "minimum",
    "maximum",
    "pattern",
    "code_list",
    "codes",
    "required",
    "severity",
    "mask",
    "searchable",
    "valid_from",
    "valid_to",
    "columns",
)


def content(attributes: tuple[Attribute, ...]) -> Json:
    """The whole dictionary with these attributes, JSON-ready."""
    return {
        "subjects": {subject.name: in_both(subject.label) for subject in registry.subjects},
        "facets": {f.name: _facet(f, s.name) for s in registry.subjects for f in s.facets},
        "codes": {name: _codes(name) for name in codes.names()},
        "attributes": {f"{a.told.facet}.{a.key}": definition(a.told) for a in attributes},
    }


def definition(told: Any) -> Json:
    """What a definition says, JSON-ready."""
    values = {name: getattr(told, name) for name in TOLD}
    return {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in values.items()}


def digest(told: Json) -> str:
    """Tells two contents apart."""
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _facet(facet: Facet, subject: str) -> Json:
    fields = {field.attname: _field(facet, field) for field in built_in_fields(facet.model)}
    return {
        "subject": subject,
        **in_both(facet.model._meta.verbose_name),
        "multiple": facet.multiple,
        "fields": fields,
    }


def _field(facet: Facet, field: Any) -> Json:
    return {
        **in_both(field.verbose_name),
        "type": type_of(field),
        "needed": not (field.null or field.blank or field.has_default()),
        "masked": sensitive(facet.model, field),
        "codes": list_of(facet.model, field),
    }


def _codes(name: str) -> Json:
    known = codes.get(name)
    told = {
        code: f"{known.label(code, 'zh')} / {known.label(code, 'en')}{_validity(known, code)}"
        for code in known
    }
    inside: Json = {"codes": told} if len(told) <= LISTED else {"digest": digest(told)}
    return {**in_both(known.title), "count": len(told), **inside}


def _validity(known: codes.CodeList, code: str) -> str:
    """When a code is in force, where it is not always."""
    entry = known.version(code)
    if entry is None or not known.dated:
        return ""
    ends = (
        day.isoformat() if day not in (date.min, date.max) else ""
        for day in (entry.valid_from, entry.valid_to)
    )
    told = "|".join(ends)
    return f" {told}" if told != "|" else ""


def in_both(text: Any) -> dict[str, str]:
    """A text in Chinese and in English."""
    return {"zh": _in("zh-hans", lambda: str(text)), "en": _in("en", lambda: str(text))}


def _in(language: str, say: Callable[[], str]) -> str:
    with override(language):
        return say()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs: `place` as a JSON Pointer, None where there is nothing on that side."""

    place: str
    before: Any
    after: Any


def differences(before: Json, after: Json) -> list[Difference]:
    """Every place at which two contents differ, in the order of the places."""
    one, other = dict(_flat(before)), dict(_flat(after))
    places = sorted(one.keys() | other.keys())
    return [Difference(p, one.get(p), other.get(p)) for p in places if one.get(p) != other.get(p)]


def _flat(told: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, place)
        else:
            yield place, value
