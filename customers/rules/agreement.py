"""Rules of agreements, finances, ratings, restrictions, consents and events: dates in order, sums that add up."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.rules.retention import ENDED
from mdm.errors import Text
from mdm.quality.rules import FINE, Context, Dimension, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import Row

#: A sealed amount: a plain decimal number of at most two decimals, no separators.
_AMOUNT = re.compile(r"-?\d{1,16}(\.\d{1,2})?", re.ASCII)
_AMOUNTS = (
    "annual_income",
    "household_income",
    "financial_assets",
    "net_assets",
    "liabilities",
    "yearly_amount",
)
#: By how much assets may differ from liabilities and equity (rounding; domain 1.2, subject 7).
_ROUNDING = Decimal(1)


def normalise_account(text: str) -> str:
    """An account or card number as it is compared: letters and digits only, upper case."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def _in_order(first: str, later: str) -> Callable[[Row, Context], Sequence[Flaw]]:
    """A check that the day `later` is not before the day `first`, where both are told."""

    def check(row: Row, _context: Context) -> Sequence[Flaw]:
        one, other = row.get(first), row.get(later)
        return (Flaw(later),) if one and other and other < one else FINE

    return check


def _not_ahead(*names: str) -> Callable[[Row, Context], Sequence[Flaw]]:
    """A check that the days are not after the business date."""

    def check(row: Row, context: Context) -> Sequence[Flaw]:
        return [Flaw(name) for name in names if (day := row.get(name)) and day > context.business_date]

    return check


def _amounts(row: Row, _context: Context) -> Sequence[Flaw]:
    return [Flaw(n) for n in _AMOUNTS if (text := row.get(n)) and not _AMOUNT.fullmatch(str(text))]


def _adds_up(row: Row, _context: Context) -> Sequence[Flaw]:
    assets, owed, own = (row.get(n) for n in ("total_assets", "total_liabilities", "net_assets"))
    if assets is None or owed is None or own is None:
        return FINE
    return (Flaw("total_assets"),) if abs(assets - owed - own) > _ROUNDING else FINE


def is_open(agreement: Row) -> bool:
    """Whether the customer still holds what an agreement is about."""
    return agreement.get("agreement_status") != "CLOSED"


def _closed(row: Row, _context: Context) -> Sequence[Flaw]:
    return (Flaw("closed_on"),) if is_open(row) == bool(row.get("closed_on")) else FINE


def _withdrawn(row: Row, _context: Context) -> Sequence[Flaw]:
    withdrawn = row.get("decision") == "WITHDRAWN"
    return (Flaw("withdrawn_on"),) if withdrawn != bool(row.get("withdrawn_on")) else FINE


def _overdue(row: Row, context: Context) -> Sequence[Flaw]:
    ends = ("next_review_on", "expires_on")
    return [Flaw(name) for name in ends if (due := row.get(name)) and due < context.business_date]


def _over(context: Context) -> str:
    """The status of a customer whose relation is over; empty while it is there."""
    status = str(context.bundle.first("customer").get("lifecycle_status") or "")
    return status if status in ENDED else ""


def _held_by_closed(row: Row, context: Context) -> Sequence[Flaw]:
    """The accounts of somebody who died wait for the heirs."""
    over = is_open(row) and _over(context) in ("CLOSED", "DISSOLVED")
    return (Flaw("agreement_status"),) if over else FINE


def _channel_of_dead(row: Row, context: Context) -> Sequence[Flaw]:
    return (Flaw("agreement_status"),) if is_open(row) and _over(context) == "DECEASED" else FINE


def _written_to_dead(row: Row, context: Context) -> Sequence[Flaw]:
    return (Flaw("allowed"),) if row.get("allowed") and _over(context) == "DECEASED" else FINE


def _rule(code: str, dimension: Dimension, facet: str, message: Text, check: Any) -> RowRule:
    severity = Severity.INFO if dimension is Dimension.TIMELINESS else Severity.WARN
    return RowRule(code, dimension, severity, (facet,), message, check)


_ORDER: Text = _("The later date lies before the earlier one.")
_DIGITS: Text = _("An amount is digits with two decimals.")
_AHEAD: Text = _("The date is in the future.")
RULES = (
    _rule("V40.agreement", Dimension.VALIDITY, "agreement", _ORDER, _in_order("opened_on", "closed_on")),
    _rule("V40.consent", Dimension.VALIDITY, "consent", _ORDER, _in_order("decided_on", "withdrawn_on")),
    _rule("V40.rating", Dimension.VALIDITY, "rating", _ORDER, _in_order("assessed_on", "next_review_on")),
    _rule("V40.restriction", Dimension.VALIDITY, "restriction", _ORDER, _in_order("begun_on", "lifted_on")),
    _rule("V41.agreement", Dimension.VALIDITY, "agreement", _AHEAD, _not_ahead("opened_on", "closed_on")),
    _rule("V41.consent", Dimension.VALIDITY, "consent", _AHEAD, _not_ahead("decided_on", "withdrawn_on")),
    _rule("V41.rating", Dimension.VALIDITY, "rating", _AHEAD, _not_ahead("assessed_on")),
    _rule("V41.event", Dimension.VALIDITY, "customer_event", _AHEAD, _not_ahead("happened_on")),
    _rule("V41.statement", Dimension.VALIDITY, "financial_statement", _AHEAD, _not_ahead("period_end")),
    _rule("V41.income", Dimension.VALIDITY, "income", _AHEAD, _not_ahead("as_of")),
    _rule("V41.expected", Dimension.VALIDITY, "expected_activity", _AHEAD, _not_ahead("as_of")),
    _rule("V42.expected", Dimension.VALIDITY, "expected_activity", _DIGITS, _amounts),
    _rule("V42", Dimension.VALIDITY, "income", _DIGITS, _amounts),
    _rule(
        "K20",
        Dimension.CONSISTENCY,
        "financial_statement",
        _("Assets are not liabilities and net assets together."),
        _adds_up,
    ),
    _rule(
        "K21", Dimension.CONSISTENCY, "agreement", _("State and closing date do not go together."), _closed
    ),
    _rule(
        "K22", Dimension.CONSISTENCY, "consent", _("Decision and withdrawal do not go together."), _withdrawn
    ),
    _rule(
        "K04",
        Dimension.CONSISTENCY,
        "agreement",
        _("The customer is closed, the agreement is not."),
        _held_by_closed,
    ),
    RowRule(
        "K05",
        Dimension.CONSISTENCY,
        Severity.WARN,
        ("agreement",),
        _("The customer has died, the channel is open."),
        _channel_of_dead,
        kinds=frozenset({"EBANK", "MOBILE_BANK"}),
    ),
    _rule(
        "K05.contact",
        Dimension.CONSISTENCY,
        "channel_preference",
        _("The customer has died, and may be written to."),
        _written_to_dead,
    ),
    _rule(
        "T02",
        Dimension.TIMELINESS,
        "rating",
        _("The review is overdue, or the rating has expired."),
        _overdue,
    ),
)


def register(rules: RuleBook) -> None:
    """Enter the rules of what describes a customer's business with the bank."""
    rules.register(*RULES)
