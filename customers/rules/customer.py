"""Rules and fixes of the customer as such: who may enter at all, names, life cycle."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.rules.lifecycle import REFUSALS
from customers.rules.names import is_han
from customers.rules.placeholders import TEST_WORD_HINTS, TEST_WORDS, is_placeholder_name
from mdm import codes
from mdm.errors import Text
from mdm.quality.rules import (
    FINE,
    Audience,
    Context,
    Dimension,
    Fix,
    Flaw,
    RowRule,
    RuleBook,
    Severity,
    TextRule,
    audience_of,
)
from mdm.subjects import Bundle, Row

#: Characters of `source_system` and `source_key` that the tables take.
SYSTEM_LENGTH, KEY_LENGTH = 32, 120
#: What a broken conversion leaves in a name, or no name has.
_UNREADABLE = re.compile(r"[?？□■�]")
_DIGIT = re.compile(r"\d")
_NAME_FIELDS = ("full_name", "surname", "given_name")


def has_name(bundle: Bundle) -> bool:
    """Whether any name with at least one letter or character is told."""
    for row in bundle.rows("customer_name"):
        if _has_letter(row.get("full_name")):
            return True
    profile = bundle.first("organisation_profile")
    return any(_has_letter(profile.get(field)) for field in ("registered_name", "english_name", "short_name"))


def _has_letter(name: str | None) -> bool:
    return name is not None and name != "" and (name[0].isalpha() or any(map(str.isalpha, name)))


def _map_party_type(row: Row, bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    """Our party type for the source's own, on the bundle and on its row."""
    ours = codes.get("party_type").resolve(bundle.party_type, bundle.source_system) or bundle.party_type
    bundle.party_type = ours
    return {"party_type": ours} if row.get("party_type") != ours else None


def _compose_name(row: Row, _bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    """The full name from its parts: Chinese surname first, otherwise given name first."""
    surname, given = row.get("surname") or "", row.get("given_name") or ""
    if row.get("full_name") or not (surname or given):
        return None
    han = is_han(surname + given)
    return {"full_name": surname + given if han else f"{given} {surname}".strip()}


def _party_type(_row: Row, context: Context) -> Sequence[Flaw]:
    known = context.bundle.party_type in codes.get("party_type").versions
    return FINE if known else (Flaw("party_type", facet="customer"),)


def _identifiable(_row: Row, context: Context) -> Sequence[Flaw]:
    bundle = context.bundle
    if has_name(bundle):
        return FINE
    person = audience_of(bundle.party_type) is Audience.PERSONS
    if person and any(row.get("number") for row in bundle.rows("credential")):
        return FINE
    facet, field = ("customer_name", "full_name") if person else ("organisation_profile", "registered_name")
    return (Flaw(field, facet=facet),)


def _nameless(_row: Row, context: Context) -> Sequence[Flaw]:
    return FINE if has_name(context.bundle) else (Flaw("full_name", facet="customer_name"),)


_KEY_MISSING: Text = _("The record has no key in its source.")


def _keys(_row: Row, context: Context) -> Sequence[Flaw]:
    system, key = context.bundle.source_system, context.bundle.source_key
    if not system or not key:
        return (Flaw("source_key", _KEY_MISSING, facet="customer"),)
    fits = len(system) <= SYSTEM_LENGTH and len(key) <= KEY_LENGTH
    return FINE if fits else (Flaw("source_key", facet="customer"),)


def _placeholder(row: Row, _context: Context) -> Sequence[Flaw]:
    name = row.get("full_name")
    return (Flaw("full_name"),) if name and is_placeholder_name(name) else FINE


def _unreadable(row: Row, _context: Context) -> Sequence[Flaw]:
    return [Flaw(field) for field in _NAME_FIELDS if (name := row.get(field)) and _UNREADABLE.search(name)]


def _digits(row: Row, _context: Context) -> Sequence[Flaw]:
    name = row.get("full_name")
    return (Flaw("full_name"),) if name and _DIGIT.search(name) else FINE


def _opened(row: Row, context: Context) -> Sequence[Flaw]:
    opened = row.get("opened_on")
    return (Flaw("opened_on"),) if opened and opened > context.business_date else FINE


def _end(row: Row, context: Context) -> Sequence[Flaw]:
    """DECEASED is for persons, DISSOLVED for organisations; a date of death goes with the status."""
    status = row.get("lifecycle_status")
    person = audience_of(context.bundle.party_type) is Audience.PERSONS
    if status == ("DISSOLVED" if person else "DECEASED"):
        return (Flaw("lifecycle_status"),)
    died = context.bundle.first("person_profile").get("deceased_on")
    alive = status in ("ACTIVE", "PENDING", "POTENTIAL", "DORMANT")
    return (Flaw("lifecycle_status"),) if died and alive else FINE


def _merged(row: Row, _context: Context) -> Sequence[Flaw]:
    return (Flaw("lifecycle_status"),) if row.get("lifecycle_status") == "MERGED" else FINE


_NAME = ("customer_name",)

RULES = (
    RowRule("S01", Dimension.VALIDITY, Severity.BLOCK, (), _("The party type is unknown."), _party_type),
    RowRule(
        "S02",
        Dimension.COMPLETENESS,
        Severity.BLOCK,
        (),
        _("There is neither a name nor a document number, or the organisation has no name."),
        _identifiable,
    ),
    RowRule("S05", Dimension.VALIDITY, Severity.BLOCK, (), _("The key in the source is too long."), _keys),
    RowRule(
        "S08",
        Dimension.VALIDITY,
        Severity.BLOCK,
        ("customer",),
        REFUSALS["status.merging"],
        _merged,
    ),
    RowRule(
        "C07",
        Dimension.COMPLETENESS,
        Severity.WARN,
        (),
        _("The person has no name."),
        _nameless,
        audience=Audience.PERSONS,
    ),
    RowRule(
        "A01.name", Dimension.ACCURACY, Severity.WARN, _NAME, _("The name is a placeholder."), _placeholder
    ),
    TextRule(
        "A02",
        Severity.WARN,
        _("A word of testers stands in the text."),
        TEST_WORDS,
        words=TEST_WORD_HINTS,
        only=frozenset(
            {
                ("customer_name", "full_name"),
                ("organisation_profile", "registered_name"),
                ("address", "detail"),
            }
        ),
        dimension=Dimension.ACCURACY,
    ),
    RowRule(
        "V28",
        Dimension.VALIDITY,
        Severity.WARN,
        _NAME,
        _("A character of the name was lost in a conversion."),
        _unreadable,
    ),
    RowRule(
        "V29",
        Dimension.VALIDITY,
        Severity.INFO,
        _NAME,
        _("A digit stands in the name of a person."),
        _digits,
        audience=Audience.PERSONS,
    ),
    RowRule(
        "V34",
        Dimension.CONSISTENCY,
        Severity.WARN,
        ("customer",),
        _("The status does not fit the kind of customer, or the date of death."),
        _end,
    ),
    RowRule(
        "V35",
        Dimension.VALIDITY,
        Severity.WARN,
        ("customer",),
        _("The first day as a customer is in the future."),
        _opened,
    ),
)


def register(rules: RuleBook) -> None:
    """Enter the rules and fixes of the customer and the names."""
    rules.register(*RULES)
    rules.register_fix(Fix("F07", ("customer",), _map_party_type), Fix("F08", _NAME, _compose_name))
