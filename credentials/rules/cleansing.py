"""Safe fixes of credentials: the number in upper case, half-width, without spaces.

The number stays the one that was given: a 15-digit citizen number is not upgraded (its 18-digit
equivalent is found all the same), brackets and hyphens stay as printed.
"""

from collections.abc import Mapping
from typing import Any

from credentials.rules.formats import format_of, printed_form
from mdm.quality.coded import fall_back
from mdm.quality.rules import Audience, Fix, RuleBook, audience_of
from mdm.subjects import Bundle, Row


def _other_document(bundle: Bundle) -> str:
    """The type of a document whose received type is unknown."""
    return "P15" if audience_of(bundle.party_type) is Audience.PERSONS else "O06"


def _print(row: Row, _bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    """Numbers of types that have a form are folded; free texts keep their spaces and case."""
    raw, entry = row.get("number"), format_of(row.get("type") or "")
    if not raw or entry is None or not entry.rule:
        return None
    printed = printed_form(raw)
    return {"number": printed} if printed != raw else None


def register(rules: RuleBook) -> None:
    """Enter the fix of numbers and what stands for an unknown type."""
    fall_back("credential", "type", _other_document)
    rules.register_fix(Fix("F03", ("credential",), _print))
