"""A bundle as one text, which is sealed while its row of a batch waits."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from mdm.subjects import Bundle


def packed(bundle: Bundle, *, tabular: bool) -> str:
    """A bundle as a text, from which `unpacked` makes it again with every value as it was."""
    told = [bundle.source_system, bundle.source_key, bundle.party_type, bundle.facets, tabular]
    return json.dumps(told, ensure_ascii=False, default=_tagged)


def unpacked(kept: str) -> tuple[Bundle, bool]:
    """The bundle of a kept text, and whether it came in a table."""
    source_system, source_key, party_type, facets, tabular = json.loads(kept, object_hook=_value)
    return Bundle(source_system, source_key, party_type, facets), tabular


def _tagged(value: object) -> dict[str, str]:
    match value:
        case date():
            return {"~date": value.isoformat()}
        case Decimal():
            return {"~decimal": str(value)}
    raise TypeError(f"a bundle holds no {type(value).__name__}")


def _value(told: dict[str, Any]) -> Any:
    match told:
        case {"~date": day}:
            return date.fromisoformat(day)
        case {"~decimal": amount}:
            return Decimal(amount)
    return told
