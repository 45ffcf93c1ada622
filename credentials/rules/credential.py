"""The rules on credentials: V01 to V12 by type, agreement with the person, dates, placeholders.

A number that fails its check is kept with an issue (WARN): old registries hold wrong numbers and the
customer exists all the same. Nothing here rejects a record.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from credentials.rules.formats import format_of, types
from credentials.rules.lifecycle import EXPIRING_DAYS
from credentials.rules.telling import tell
from credentials.rules.validity import OTHER_TERMS, Verdict, judge_citizen_term, judge_other_term
from mdm import codes
from mdm.codes.tables.credential import GONE_STATES
from mdm.errors import Text
from mdm.quality.primitives import OPEN_DATE, age_on
from mdm.quality.rules import (
    FINE,
    AcrossRule,
    Audience,
    Check,
    Context,
    Dimension,
    Flaw,
    RowRule,
    Severity,
    audience_of,
)
from mdm.subjects import Row, registry

_FACET = ("credential",)
#: Party types that are identified by documents of persons and of organisations alike.
_BOTH_KINDS = frozenset({"SOLE_TRADER", "INDIVIDUAL_BUSINESS"})
#: Age from which a household register no longer identifies (实名制 art. 5).
REGISTER_AGE = 16
_CITIZEN_TYPES = frozenset({"P01", "P02", "P03"})
_TELL_BIRTH = frozenset(t for t in types() if (entry := format_of(t)) is not None and entry.birth_dates)
_TELL_SEX = frozenset(t for t in types() if (entry := format_of(t)) is not None and entry.sex)


def _form(row: Row, context: Context) -> Sequence[Flaw]:
    """V01 to V12: form, check digit and dates of the number."""
    return FINE if not row.get("number") or tell(context.bundle, row).fits else (Flaw("number"),)


def _birth_date(row: Row, context: Context) -> Sequence[Flaw]:
    born = context.bundle.first("person_profile").get("birth_date")
    if not born:
        return FINE
    births = tell(context.bundle, row).births
    return FINE if not births or born in births else (Flaw("birth_date"),)


def _sex(row: Row, context: Context) -> Sequence[Flaw]:
    stated = context.bundle.first("person_profile").get("sex")
    if stated not in ("M", "F"):
        return FINE
    sex = tell(context.bundle, row).sex
    return FINE if sex is None or sex == stated else (Flaw("sex"),)


def _region(row: Row, context: Context) -> Sequence[Flaw]:
    told = tell(context.bundle, row)
    known = not told.number or told.placeholder or told.number[:6] in codes.get("region").known
    return FINE if known else (Flaw("number"),)


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
    births = tell(context.bundle, row).births
    birth = births[0] if births else context.bundle.first("person_profile").get("birth_date")
    return judge_citizen_term(birth, issued, expires) if birth else Verdict.FITS


def _issued_in_future(row: Row, context: Context) -> Sequence[Flaw]:
    issued = row.get("issue_date")
    return (Flaw("issue_date"),) if issued and issued > context.business_date else FINE


_EXPIRED: Text = _("The document has expired.")


def _expiring(row: Row, context: Context) -> Sequence[Flaw]:
    expires = row.get("expiry_date")
    if not expires or expires == OPEN_DATE or row.get("lifecycle_state") in GONE_STATES:
        return FINE
    days = expires - context.business_date
    if days < timedelta(0):
        return (Flaw("expiry_date", _EXPIRED, severity=Severity.WARN),)
    return (Flaw("expiry_date"),) if days <= timedelta(days=EXPIRING_DAYS) else FINE


def _lei_lapsed(row: Row, context: Context) -> Sequence[Flaw]:
    expires = row.get("expiry_date")
    return (Flaw("expiry_date"),) if expires and expires < context.business_date else FINE


def _placeholder(row: Row, context: Context) -> Sequence[Flaw]:
    return (Flaw("number"),) if row.get("number") and tell(context.bundle, row).placeholder else FINE


def _holder(row: Row, context: Context) -> Sequence[Flaw]:
    party_type = context.bundle.party_type
    entry = format_of(row.get("type") or "")
    if entry is None or party_type in _BOTH_KINDS or entry.holder is audience_of(party_type):
        return FINE
    return (Flaw("type"),)


def _household_register(row: Row, context: Context) -> Sequence[Flaw]:
    births = tell(context.bundle, row).births if row.get("is_primary") else ()
    grown = bool(births) and age_on(births[0], context.business_date) >= REGISTER_AGE
    return (Flaw("type"),) if grown else FINE


def _only_temporary(_row: Row, context: Context) -> Sequence[Flaw]:
    rows = context.bundle.rows("credential")
    alone = bool(rows) and all(row.get("type") == "P02" for row in rows)
    return (Flaw("type", facet="credential"),) if alone else FINE


def _none(_row: Row, context: Context) -> Sequence[Flaw]:
    rows = context.bundle.rows("credential")
    return FINE if any(row.get("number") for row in rows) else (Flaw("number", facet="credential"),)


_BY_TYPE: tuple[tuple[str, Severity, Text], ...] = (
    (
        "V01",
        Severity.WARN,
        _("The citizen number is not valid (GB 11643): length, birth date or check digit."),
    ),
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


def _judged_by(rule: str) -> frozenset[str]:
    """The credential types whose format names that rule."""
    return frozenset(t for t in types() if (entry := format_of(t)) is not None and entry.rule == rule)


def _rule(
    code: str,
    severity: Severity,
    dimension: Dimension,
    message: Text,
    check: Check,
    kinds: frozenset[str] = frozenset(),
    audience: Audience = Audience.ALL,
) -> RowRule:
    return RowRule(code, dimension, severity, _FACET, message, check, audience=audience, kinds=kinds)


RULES: tuple[RowRule, ...] = (
    *(
        _rule(code, grade, Dimension.VALIDITY, text, _form, _judged_by(code))
        for code, grade, text in _BY_TYPE
    ),
    _rule(
        "V13",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The birth date is not the one in the document number."),
        _birth_date,
        _TELL_BIRTH,
        Audience.PERSONS,
    ),
    _rule(
        "V14",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The sex is not the one in the document number."),
        _sex,
        _TELL_SEX,
        Audience.PERSONS,
    ),
    _rule(
        "V15.number",
        Severity.INFO,
        Dimension.VALIDITY,
        _("The region in the citizen number was never in GB/T 2260."),
        _region,
        _CITIZEN_TYPES,
    ),
    _rule(
        "V19",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The document expires before it was issued."),
        _dates,
    ),
    _rule(
        "V19.future",
        Severity.WARN,
        Dimension.VALIDITY,
        _("The day of issue is in the future."),
        _issued_in_future,
    ),
    _rule(
        "V20",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("The term of validity does not fit the type and the age at issue."),
        _term,
        frozenset({"P01", "P02", *OTHER_TERMS}),
    ),
    _rule(
        "V25",
        Severity.WARN,
        Dimension.CONSISTENCY,
        _("Not a document of this kind of customer."),
        _holder,
    ),
    _rule(
        "V26",
        Severity.WARN,
        Dimension.VALIDITY,
        _("A household register identifies only children under 16; an identity card must replace it."),
        _household_register,
        frozenset({"P03"}),
    ),
    _rule(
        "T01",
        Severity.INFO,
        Dimension.TIMELINESS,
        _("The document expires within 90 days."),
        _expiring,
        frozenset(types()) - {"O07"},
    ),
    _rule(
        "T04",
        Severity.WARN,
        Dimension.TIMELINESS,
        _("The LEI was not renewed."),
        _lei_lapsed,
        frozenset({"O07"}),
    ),
    _rule(
        "A01.number",
        Severity.WARN,
        Dimension.ACCURACY,
        _("The number is a placeholder."),
        _placeholder,
    ),
    RowRule(
        "V27",
        Dimension.COMPLETENESS,
        Severity.INFO,
        (),
        _("A temporary identity card is the only document."),
        _only_temporary,
        audience=Audience.PERSONS,
    ),
    RowRule("C06", Dimension.COMPLETENESS, Severity.INFO, (), _("There is no identity document."), _none),
)

#: `{rows}` holds lookup entries; the same number on another customer is a match to be decided, not an error.
SHARED_NUMBER = AcrossRule(
    "U01",
    Dimension.UNIQUENESS,
    Severity.WARN,
    "lookup_entry",
    _("Another customer has the same document number."),
    """
    SELECT r.customer_id, r.row_id, 'number'
    FROM {rows} r WHERE r.kind = %(kind)s AND EXISTS (
        SELECT FROM mdm_lookupentry l
        WHERE l.kind = r.kind AND l.digest = r.digest AND l.customer_id <> r.customer_id
        AND panorama_golden_of(l.customer_id) <> panorama_golden_of(r.customer_id))
    """,
    params=lambda: {"kind": registry.lookup("CREDENTIAL").number},
    about="credential",
)
