"""Coded fields: foreign codes become ours, as far as that is certain.

A text that is no code, no other standard's code and no name of one goes to `raw_values`; nothing is
guessed. Where a row cannot be without the field, the model's default or a fallback stands in its place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mdm import codes
from mdm.extension.attributes import Stamp, current
from mdm.quality.limits import KEPT, CodedField, coded_fields
from mdm.quality.rules import Fix
from mdm.subjects import Bundle, Row

Fallback = Callable[[Bundle], str]
_Own = tuple[tuple[CodedField, frozenset[str]], ...]

_fallbacks: dict[tuple[str, str], Fallback] = {}
_own: dict[tuple[str, str], tuple[tuple[int, Stamp], _Own]] = {}


def fall_back(facet: str, field: str, choose: Fallback) -> None:
    """Say what stands in a required coded field without a default when its code is unknown."""
    _fallbacks[(facet, field)] = choose


def is_coded(facet: str, field: str) -> bool:
    """Whether the field follows a code list."""
    return any(entry.field == field for entry in coded_fields(facet))


def translate(row: Row, bundle: Bundle, facet: str) -> Mapping[str, Any]:
    """The fix F02: our codes for those of the source, of other standards, or for their names."""
    updates: dict[str, Any] = {}
    for entry, own in _own_codes(facet, bundle.source_system):
        text = row.get(entry.field)
        if text and text not in own:
            _translate(entry, str(text), bundle, facet, updates)
    return updates


def _own_codes(facet: str, source_system: str) -> _Own:
    """For each coded field the codes that need no translation when they come from that source."""
    revision, key = (codes.revision(), current().stamp), (facet, source_system)
    known = _own.get(key)
    if known is None or known[0] != revision:
        found = tuple((entry, _settled(entry.list_name, source_system)) for entry in _translated(facet))
        known = (revision, found)
        if found:
            _own[key] = known
    return known[1]


def _translated(facet: str) -> list[CodedField]:
    return [entry for entry in coded_fields(facet) if entry.list_name not in KEPT]


def _settled(list_name: str, source_system: str) -> frozenset[str]:
    theirs = codes.mapping(source_system, list_name)
    return codes.get(list_name).known - {code for code, ours in theirs.items() if code != ours}


def _translate(entry: CodedField, text: str, bundle: Bundle, facet: str, updates: dict[str, Any]) -> None:
    ours = codes.get(entry.list_name).resolve(text, bundle.source_system)
    if ours is None:
        updates.setdefault("raw_values", {})[entry.field] = text
        choose = _fallbacks.get((facet, entry.field))
        ours = choose(bundle) if choose else entry.fallback
    updates[entry.field] = ours


FIX = Fix("F02", (), translate)
