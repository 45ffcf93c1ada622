"""Rules and the fix of organisations: names, dates, numbers of size."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.rules.placeholders import is_placeholder_name
from mdm.quality.rules import FINE, Audience, Context, Dimension, Fix, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import Bundle, Row

_FACET = ("organisation_profile",)


def _registered_name(row: Row, bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    """The legal name as registered name, where the source tells it only among the names."""
    if row.get("registered_name"):
        return None
    legal = (entry.get("full_name") for entry in bundle.rows("customer_name") if entry.get("kind") == "LEGAL")
    name = next(filter(None, legal), None)
    return {"registered_name": name} if name else None


def _established(row: Row, context: Context) -> Sequence[Flaw]:
    since = row.get("established_on")
    return (Flaw("established_on"),) if since and since > context.business_date else FINE


def _sizes(row: Row, _context: Context) -> Sequence[Flaw]:
    return [Flaw(f) for f in ("staff_count", "registered_capital") if (size := row.get(f)) and size < 0]


def _currency(row: Row, _context: Context) -> Sequence[Flaw]:
    missing = row.get("registered_capital") and not row.get("capital_currency")
    return (Flaw("capital_currency"),) if missing else FINE


def _placeholder(row: Row, _context: Context) -> Sequence[Flaw]:
    name = row.get("registered_name")
    return (Flaw("registered_name"),) if name and is_placeholder_name(name) else FINE


def _rule(code: str, dimension: Dimension, severity: Severity, message: Any, check: Any) -> RowRule:
    return RowRule(code, dimension, severity, _FACET, message, check, audience=Audience.ORGANISATIONS)


RULES = (
    _rule(
        "V32",
        Dimension.VALIDITY,
        Severity.WARN,
        _("The date of establishment is in the future."),
        _established,
    ),
    _rule("V33", Dimension.VALIDITY, Severity.WARN, _("The number is negative."), _sizes),
    _rule(
        "C08",
        Dimension.COMPLETENESS,
        Severity.INFO,
        _("The registered capital has no currency."),
        _currency,
    ),
    _rule(
        "A01.organisation",
        Dimension.ACCURACY,
        Severity.WARN,
        _("The name of the organisation is a placeholder."),
        _placeholder,
    ),
)


def register(rules: RuleBook) -> None:
    """Enter the rules and the fix of organisations."""
    rules.register(*RULES)
    rules.register_fix(Fix("F09", _FACET, _registered_name))
