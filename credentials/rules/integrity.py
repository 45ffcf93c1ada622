"""What is not as it should be about one customer: missing, invalid, inconsistent, unverified, expired; and a score.

A pure function of the rows in force, the rules of data quality and the day.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from credentials.rules.completeness import Element, elements
from credentials.rules.lifecycle import IDENTIFYING
from credentials.rules.standing import over
from customers.rules.owners import owner_missing
from customers.rules.relationship import guardian_missing
from mdm.conf import conf
from mdm.errors import Text
from mdm.quality.engine import screen
from mdm.quality.rules import Dimension, Severity
from mdm.subjects import Bundle, Row

MISSING, INVALID, INCONSISTENT = "MISSING", "INVALID", "INCONSISTENT"
UNVERIFIED, EXPIRED = "UNVERIFIED", "EXPIRED"
#: The kinds of what is found, and what each finding takes off the score of 100.
WEIGHTS: Mapping[str, int] = {MISSING: 8, INVALID: 6, INCONSISTENT: 6, UNVERIFIED: 3, EXPIRED: 10}
LABELS: Mapping[str, Text] = {
    MISSING: _("Missing"),
    INVALID: _("Invalid"),
    INCONSISTENT: _("Inconsistent"),
    UNVERIFIED: _("Unverified"),
    EXPIRED: _("Expired"),
}
_KIND_OF = {
    Dimension.COMPLETENESS: MISSING,
    Dimension.VALIDITY: INVALID,
    Dimension.ACCURACY: INVALID,
    Dimension.CONSISTENCY: INCONSISTENT,
    Dimension.UNIQUENESS: INCONSISTENT,
    Dimension.TIMELINESS: EXPIRED,
}
#: Rules whose matter is judged here from the document itself.
_JUDGED_HERE = frozenset({"T01"})


class Found(NamedTuple):
    """One thing that is not as it should be; names the place, never the value."""

    kind: str
    facet: str
    slot: str
    field: str
    code: str
    text: Text


class Report(NamedTuple):
    """What was found of one customer."""

    score: int
    elements: list[Element]
    found: list[Found]
    counts: Counter[str]


def judge(bundle: Bundle, day: date, across: Iterable[Found] = ()) -> Report:
    """The report of one customer, whose rows of all members are one bundle; `across` is what rules that look at
    other customers have found."""
    asked = elements(bundle, day)
    found = [
        *_elements(asked),
        *_people(bundle, day),
        *_screened(bundle, day),
        *across,
        *_documents(bundle, day),
        *_contacts(bundle),
        *_checks(bundle, day),
    ]
    once = list({(one.kind, one.facet, one.slot, one.field): one for one in reversed(found)}.values())[::-1]
    counts = Counter(one.kind for one in once)
    score = max(0, 100 - sum(WEIGHTS[kind] * count for kind, count in counts.items()))
    return Report(score, asked, once, counts)


def _elements(asked: Iterable[Element]) -> list[Found]:
    """Elements that are missing; those that have run out are told by the document."""
    return [
        Found(MISSING, one.facet, "", one.code, "C01", one.label) for one in asked if one.state == MISSING
    ]


def _people(bundle: Bundle, day: date) -> list[Found]:
    """Who must be known besides: the owners of an organisation, the guardian of a minor."""
    relations, found = bundle.rows("relationship"), []
    if owner_missing(bundle.party_type, bundle.first("organisation_profile"), relations, day):
        told = _("No beneficial owner is told.")
        found.append(Found(MISSING, "relationship", "", "beneficial_owner", "C03", told))
    if guardian_missing(bundle.party_type, bundle.first("person_profile"), relations, day):
        text = _("The guardian of a minor is not told.")
        found.append(Found(MISSING, "relationship", "", "guardian", "C05", text))
    return found


def _checks(bundle: Bundle, day: date) -> list[Found]:
    """Documents were verified once, but long ago."""
    told = [row["checked_at"] for row in bundle.rows("credential_verification") if row.get("checked_at")]
    if not told or (day - max(told).date()).days <= conf.reverification_days:
        return []
    text = _("The customer was not verified again for a long time.")
    return [Found(EXPIRED, "credential_verification", "", "checked_at", "T03", text)]


def _screened(bundle: Bundle, day: date) -> list[Found]:
    """What the rules of data quality find; notes are none but where something is missing or does not agree."""
    return [
        Found(_KIND_OF[one.dimension], one.facet, one.slot, one.field, one.rule, one.text)
        for one in screen(bundle, day)
        if one.rule not in _JUDGED_HERE and one.severity is not Severity.INFO
    ]


def _documents(bundle: Bundle, day: date) -> list[Found]:
    found = []
    for row in bundle.rows("credential"):
        state = row.get("lifecycle_state") or "PENDING_VERIFY"
        if state in ("PENDING_VERIFY", "VERIFY_FAILED", "DRAFT"):
            found.append(
                _of(row, UNVERIFIED, "credential", "lifecycle_state", _("The document is not verified."))
            )
        if state in IDENTIFYING and over(row.get("expiry_date"), day):
            found.append(_of(row, EXPIRED, "credential", "expiry_date", _("The document has expired.")))
    return found


def _contacts(bundle: Bundle) -> list[Found]:
    """First choices that nobody has confirmed."""
    return [
        _of(row, UNVERIFIED, facet, "verified_state", _("The contact is not confirmed."))
        for facet in ("phone", "email")
        for row in bundle.rows(facet)
        if row.get("is_primary") and row.get("verified_state") != "VERIFIED"
    ]


def _of(row: Row, kind: str, facet: str, field: str, text: Text) -> Found:
    return Found(kind, facet, str(row.get("slot") or ""), field, f"{kind}.{field}", text)
