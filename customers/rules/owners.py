"""Whether it is told who owns or controls an organisation in the end (令〔2024〕第3号 of the central bank).

Whom the order exempts where all holders are persons, the capital is small and nobody else controls is told by the
facts alone: the undertaking itself is on paper.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from customers.rules.ownership import THRESHOLD
from customers.rules.relationship import in_force
from mdm.subjects import Row

#: Kinds of customer that have owners to file: public bodies have none, sole traders are their own.
FILING = frozenset({"CORPORATE", "SME", "FI", "NBFI"})
#: Registered capital in yuan up to which an organisation may be exempt (article 3).
SMALL = Decimal(10_000_000)
_TOLD = frozenset({"BENEFICIAL_OWNER", "CONTROLLER"})


def owner_missing(party_type: str, profile: Row, relations: Sequence[Row], day: date) -> bool:
    """Whether an organisation that is not exempt names nobody who owns or controls it on a day."""
    if party_type not in FILING:
        return False
    holding = [row for row in relations if in_force(row, day)]
    return not any(_leads_to_owner(row) for row in holding) and not _exempt(profile, holding)


def _leads_to_owner(row: Row) -> bool:
    """A person with a share that suffices, or another organisation that is a customer, whose own owners are told."""
    if row.get("kind") in _TOLD:
        return True
    enough = max(row.get(name) or Decimal(0) for name in ("ownership_pct", "voting_pct", "income_pct"))
    sure = _is_person(row) or bool(row.get("other_no"))
    return row.get("kind") == "SHAREHOLDER" and enough >= THRESHOLD and sure


def _exempt(profile: Row, relations: Sequence[Row]) -> bool:
    capital, currency = profile.get("registered_capital"), profile.get("capital_currency") or "CNY"
    holders = [row for row in relations if row.get("kind") == "SHAREHOLDER"]
    small = capital is not None and capital <= SMALL and currency == "CNY"
    return small and bool(holders) and all(_is_person(row) for row in holders)


def _is_person(row: Row) -> bool:
    """Who is not called an organisation is a person, as the column has it."""
    return row.get("other_is_person") is not False
