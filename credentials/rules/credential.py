"""The rules on credentials: V01 to V12 by type, agreement with the person, dates, placeholders.

A number that fails its check is kept with an issue (WARN): old registries hold wrong numbers and the
customer exists all the same. Nothing here rejects a record.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from credentials.rules.formats import birth_dates_of, format_of, normalise, sex_of, types
from credentials.rules.lifecycle import EXPIRING_DAYS
from credentials.rules.placeholders import is_placeholder_number
from credentials.rules.recognition import holder_birth_date
from credentials.rules.validity import Verdict, judge_citizen_term, judge_other_term
from mdm import codes
from mdm.errors import Text
from mdm.quality.primitives import OPEN_DATE, age_on
from mdm.quality.rules import (
    FINE,
    Audience,
    Check,
    Context,
    Dimension,
    Flaw,
    RowRule,
    Severity,
    audience_of,
)
from mdm.subjects import Row

_FACET = ("credential",)
#: States in which a document no longer speaks for its holder.
_GONE = frozenset({"SUPERSEDED", "VOID", "REVOKED", "LOST"})
#: Party types that are identified by documents of persons and of organisations alike.
_BOTH_KINDS = frozenset({"SOLE_TRADER", "INDIVIDUAL_BUSINESS"})
_CITIZEN_TYPES = frozenset({"P01", "P02", "P03"})


@lru_cache(maxsize=64)
def _normal(type: str, raw: str, country: str | None) -> str:
    """The normal form; the small cache serves the several rules that look at one row."""
    return normalise(type, raw, country)


def _number(row: Row) -> str:
    """The number of a row in normal form; empty where there is none or it is a placeholder."""
    raw, type = row.get("number"), row.get("type")
    if not raw or not type:
        return ""
    number = _normal(type, raw, row.get("issuing_country"))
    return "" if is_placeholder_number(number) else number


def _by_type(rule: str) -> Check:
    """The check of V01 to V12: the types whose format names that rule."""
    judged = frozenset(t for t in types() if (entry := format_of(t)) is not None and entry.rule == rule)

    def check(row: Row, _context: Context) -> Sequence[Flaw]:
        if row.get("type") not in judged or not (number := _number(row)):
            return FINE
        entry = format_of(row["type"], row.get("issuing_country"))
        return FINE if entry is None or entry.fits(number) else (Flaw("number"),)

    return check


def _birth_date(row: Row, context: Context) -> Sequence[Flaw]:
    told = context.bundle.first("person_profile").get("birth_date")
    if not told or not (number := _number(row)):
        return FINE
    births = birth_dates_of(row["type"], number)
    return FINE if not births or told in births else (Flaw("birth_date"),)


def _sex(row: Row, context: Context) -> Sequence[Flaw]:
    told = context.bundle.first("person_profile").get("sex")
    if told not in ("M", "F") or not (number := _number(row)):
        return FINE
    sex = sex_of(row["type"], number)
    return FINE if sex is None or sex == told else (Flaw("sex"),)


def _region(row: Row, _context: Context) -> Sequence[Flaw]:
    if row.get("type") not in _CITIZEN_TYPES or not (number := _number(row)):
        return FINE
    return FINE if number[:6] in codes.get("region").known else (Flaw("number"),)


def _dates(row: Row, _context: Context) -> Sequence[Flaw]:
    issued, expires = row.get("issue_date"), row.get("expiry_date")
    return (Flaw("expiry_date"),) if issued and expires and expires < issued else FINE


_NEAR_BIRTHDAY: Text = _("The term fits the age a few weeks before or after issue; look at the card.")


def _term(row: Row, context: Context) -> Sequence[Flaw]:
    issued, expires = row.get("issue_date"), row.get("expiry_date")
    if not issued or not expires or expires < issued:
        return FINE
    verdict = _judge_term(row, context, issued, expires)
    if verdict is Verdict.FITS:
        return FINE
    if verdict is Verdict.NEAR_BIRTHDAY:
        return (Flaw("expiry_date", _NEAR_BIRTHDAY, severity=Severity.INFO),)
    return (Flaw("expiry_date", severity=None if row["type"] in _CITIZEN_TYPES else Severity.INFO),)


def _judge_term(row: Row, context: Context, issued: date, expires: date) -> Verdict:
    if row.get("type") != "P01":
        return judge_other_term(row.get("type") or "", issued, expires)
    birth = holder_birth_date("P01", _number(row)) or context.bundle.first("person_profile").get("birth_date")
    return judge_citizen_term(birth, issued, expires) if birth else Verdict.FITS


def _issued_in_future(row: Row, context: Context) -> Sequence[Flaw]:
    issued = row.get("issue_date")
    return (Flaw("issue_date"),) if issued and issued > context.business_date else FINE


_EXPIRED: Text = _("The document has expired.")


def _expiring(row: Row, context: Context) -> Sequence[Flaw]:
    expires = row.get("expiry_date")
    if not expires or expires == OPEN_DATE or row.get("lifecycle_state") in _GONE or row.get("type") == "O07":
        return FINE
    days = expires - context.business_date
    if days < timedelta(0):
        return (Flaw("expiry_date", _EXPIRED, severity=Severity.WARN),)
    return (Flaw("expiry_date"),) if days <= timedelta(days=EXPIRING_DAYS) else FINE


def _lei_lapsed(row: Row, context: Context) -> Sequence[Flaw]:
    expires = row.get("expiry_date")
    lapsed = row.get("type") == "O07" and expires and expires < context.business_date
    return (Flaw("expiry_date"),) if lapsed else FINE


def _placeholder(row: Row, _context: Context) -> Sequence[Flaw]:
    raw = row.get("number")
    if not raw:
        return FINE
    number = _normal(row.get("type") or "", raw, row.get("issuing_country"))
    return (Flaw("number"),) if is_placeholder_number(number) else FINE


def _holder(row: Row, context: Context) -> Sequence[Flaw]:
    party_type = context.bundle.party_type
    entry = format_of(row.get("type") or "")
    if entry is None or party_type in _BOTH_KINDS or entry.holder is audience_of(party_type):
        return FINE
    return (Flaw("type"),)


def _household_register(row: Row, context: Context) -> Sequence[Flaw]:
    if row.get("type") != "P03" or not row.get("is_primary") or not (number := _number(row)):
        return FINE
    birth = holder_birth_date("P03", number)
    return (Flaw("type"),) if birth and age_on(birth, context.business_date) >= 16 else FINE


def _only_temporary(_row: Row, context: Context) -> Sequence[Flaw]:
    rows = context.bundle.rows("credential")
    alone = bool(rows) and all(row.get("type") == "P02" for row in rows)
    return (Flaw("type", facet="credential"),) if alone else FINE


def _none(_row: Row, context: Context) -> Sequence[Flaw]:
    rows = context.bundle.rows("credential")
    return FINE if any(row.get("number") for row in rows) else (Flaw("number", facet="credential"),)


_BY_TYPE: tuple[tuple[str, Severity, Text], ...] = (
    ("V01", Severity.WARN, _("The citizen number is not valid (GB 11643): length, birth date or check digit.")),
    ("V02", Severity.WARN, _("The residence permit number is not valid (GB 11643, regions 81 to 83).")),
    ("V03", Severity.WARN, _("The 15-character permanent residence number is not valid (ICAO 9303).")),
    ("V04", Severity.WARN, _("The 18-digit permanent residence number is not valid (GB 11643, country).")),
    ("V05", Severity.WARN, _("The unified social credit code is not valid (GB 32100, GB 11714).")),
    ("V06", Severity.WARN, _("The organisation code is not valid (GB 11714).")),
    ("V07", Severity.INFO, _("The business licence number fails its check digit (GS 15).")),
    ("V08", Severity.WARN, _("The Legal Entity Identifier is not valid (ISO 17442).")),
    ("V09", Severity.WARN, _("The Hong Kong or Macao identity card number is not valid.")),
    ("V10", Severity.WARN, _("The Taiwan identity card number is not valid.")),
    ("V11", Severity.WARN, _("The number does not have the form of its document type.")),
    ("V12", Severity.INFO, _("The tax registration number holds no valid organisation code.")),
)


def _rule(
    code: str,
    severity: Severity,
    dimension: Dimension,
    message: Text,
    check: Check,
    facets: tuple[str, ...] = _FACET,
    audience: Audience = Audience.ALL,
) -> RowRule:
    return RowRule(code, dimension, severity, facets, message, check, audience=audience)


RULES: tuple[RowRule, ...] = (
    *(_rule(code, severity, Dimension.VALIDITY, text, _by_type(code)) for code, severity, text in _BY_TYPE),
    _rule(
        "V13",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The birth date is not the one in the document number."),
        _birth_date,
        audience=Audience.PERSONS,
    ),
    _rule(
        "V14",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The sex is not the one in the document number."),
        _sex,
        audience=Audience.PERSONS,
    ),
    _rule(
        "V15.number",
        Severity.INFO,
        Dimension.VALIDITY,
        _("The region in the citizen number was never in GB/T 2260."),
        _region,
        audience=Audience.PERSONS,
    ),
    _rule(
        "V19", Severity.WARN, Dimension.CONSISTENCY, _("The document expires before it was issued."), _dates
    ),
    _rule(
        "V19.future", Severity.WARN, Dimension.VALIDITY, _("The day of issue is in the future."), _issued_in_future
    ),
    _rule(
        "V20",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The term of validity does not fit the type and the age at issue."),
        _term,
    ),
    _rule("V25", Severity.WARN, Dimension.CONSISTENCY, _("Not a document of this kind of customer."), _holder),
    _rule(
        "V26",
        Severity.WARN,
        Dimension.VALIDITY,
        _("A household register identifies only children under 16; an identity card must replace it."),
        _household_register,
        audience=Audience.PERSONS,
    ),
    _rule(
        "V27",
        Severity.INFO,
        Dimension.COMPLETENESS,
        _("A temporary identity card is the only document."),
        _only_temporary,
        (),
        Audience.PERSONS,
    ),
    _rule("T01", Severity.INFO, Dimension.TIMELINESS, _("The document expires within 90 days."), _expiring),
    _rule("T04", Severity.WARN, Dimension.TIMELINESS, _("The LEI was not renewed."), _lei_lapsed),
    _rule("A01.number", Severity.WARN, Dimension.ACCURACY, _("The number is a placeholder."), _placeholder),
    _rule("C06", Severity.INFO, Dimension.COMPLETENESS, _("There is no identity document."), _none, ()),
)
