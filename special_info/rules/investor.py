"""Who is a qualified investor: three regimes, each with its versions, never mixed (domain 1.9).

A regime is data: branches, any of which suffices, and what is asked besides. The product evaluates and shows
which branch is met and what shows it; a person confirms. An amount counts with evidence only, and an amount in
another currency than the yuan does not count: no rate is guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.subjects import Row

WAN = 10_000
#: Years for which an assessment holds unless the evidence ends earlier [K].
VALID_YEARS = 1
YUAN = "CNY"


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the ways to qualify: each amount field with what it must come to, in yuan."""

    code: str
    amounts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What a regime asks of persons or of organisations: one of the branches, and all the others.

    `years` of investing are asked besides; `or_work` lets relevant work or position stand in for them.
    `capable`: able to identify and bear the risk.
    """

    branches: tuple[Branch, ...]
    years: int = 0
    or_work: bool = False
    capable: bool = False


@dataclass(frozen=True, slots=True)
class Regime:
    """One version of a regime, in force from a day on; `minimum` is the least investment of one fund, in yuan."""

    code: str
    version: str
    since: date
    person: Side
    entity: Side
    deemed: frozenset[str]
    minimum: int = 0


_EVERY_DEEMED = frozenset({"PENSION", "CHARITY", "PRODUCT", "STAFF"})
#: Every version of every regime, oldest first.
REGIMES: tuple[Regime, ...] = (
    Regime(
        "PF2014",
        "2014",
        date(2014, 8, 21),
        Side(
            (
                Branch("ASSETS", (("financial_assets", 300 * WAN),)),
                Branch("INCOME", (("average_income", 50 * WAN),)),
            ),
            capable=True,
        ),
        Side((Branch("ENTITY_ASSETS", (("net_assets", 1000 * WAN),)),), capable=True),
        _EVERY_DEEMED,
        minimum=100 * WAN,
    ),
    Regime(
        "PI2017",
        "2017",
        date(2017, 7, 1),
        Side(
            (
                Branch("ASSETS", (("financial_assets", 500 * WAN),)),
                Branch("INCOME", (("average_income", 50 * WAN),)),
            ),
            years=2,
            or_work=True,
        ),
        Side(
            (Branch("ENTITY_ASSETS", (("net_assets", 2000 * WAN), ("financial_assets", 1000 * WAN))),),
            years=2,
        ),
        frozenset({"PENSION", "CHARITY", "PRODUCT"}),
    ),
    Regime(
        "AM2018",
        "2018",
        date(2018, 4, 27),
        Side(
            (
                Branch("NET_ASSETS", (("net_financial_assets", 300 * WAN),)),
                Branch("ASSETS", (("financial_assets", 500 * WAN),)),
                Branch("INCOME", (("average_income", 40 * WAN),)),
            ),
            years=2,
        ),
        Side((Branch("ENTITY_ASSETS", (("net_assets", 1000 * WAN),)),)),
        frozenset({"PENSION", "CHARITY", "PRODUCT"}),
    ),
)

#: Amount -> the field that names its evidence.
EVIDENCE: Mapping[str, str] = {
    "financial_assets": "assets_evidence",
    "net_financial_assets": "assets_evidence",
    "net_assets": "assets_evidence",
    "average_income": "income_evidence",
    "experience_years": "experience_evidence",
    "work_years": "experience_evidence",
    "senior": "experience_evidence",
}

#: Why a criterion does not count.
TOO_LOW, NO_EVIDENCE, EVIDENCE_OVER, FOREIGN, UNTOLD = "LOW", "EVIDENCE", "OVER", "CURRENCY", "UNTOLD"
WHY: dict[str, Text] = {
    TOO_LOW: _("below what is asked"),
    NO_EVIDENCE: _("no evidence is named"),
    EVIDENCE_OVER: _("the evidence is no longer valid"),
    FOREIGN: _("not in yuan"),
    UNTOLD: _("not told"),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that a branch or the regime asks: the field, what it must come to, whether it does, why not."""

    branch: str
    field: str
    needed: int
    met: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What comes of an assessment: whether it qualifies, by which branch, on which evidence, until when.

    `missing` are fields of what is asked besides and is not there.
    """

    regime: Regime
    met: bool
    branch: str
    criteria: Sequence[Criterion]
    missing: Sequence[str]
    evidence: Sequence[str]
    until: date | None


def regime_on(code: str, day: date) -> Regime | None:
    """The version of a regime in force on a day; None where there is none yet."""
    fitting = [regime for regime in REGIMES if regime.code == code and regime.since <= day]
    return fitting[-1] if fitting else None


def evaluate(regime: Regime, row: Row, *, person: bool, day: date) -> Evaluation:
    """An assessment under a regime on a day; the first branch that is met is the one."""
    missing = list(_undertaken(row))
    if row.get("deemed") in regime.deemed:
        return _evaluation(regime, "DEEMED", (), missing, ["deemed"], row, day)
    side = regime.person if person else regime.entity
    found = [criterion for branch in side.branches for criterion in _branch(branch, row, day)]
    met = next((b.code for b in side.branches if all(c.met for c in found if c.branch == b.code)), "")
    besides = list(_experience(side, row, day))
    if side.capable and not row.get("risk_identified"):
        missing.append("risk_identified")
    missing += [] if not besides or any(c.met for c in besides) else ["experience_years"]
    used = [c.field for c in found if c.branch == met] + [c.field for c in besides if c.met]
    return _evaluation(regime, met, [*found, *besides], missing, used, row, day)


def _evaluation(
    regime: Regime,
    branch: str,
    criteria: Sequence[Criterion],
    missing: list[str],
    used: list[str],
    row: Row,
    day: date,
) -> Evaluation:
    met = bool(branch) and not missing
    names = list(dict.fromkeys(EVIDENCE[name] for name in used if name in EVIDENCE))
    told = [str(row[name]) for name in names if row.get(name)]
    until = _until(row, day) if met else None
    return Evaluation(regime, met, branch, criteria, missing, told, until)


def _until(row: Row, day: date) -> date:
    """A year from today at most, and no longer than the evidence holds."""
    year = day.year + VALID_YEARS
    leap = (day.month, day.day) == (2, 29)
    last = date(year, 2, 28) if leap else day.replace(year=year)
    ends: date | None = row.get("evidence_valid_to")
    return min(last, ends) if ends else last


def _undertaken(row: Row) -> Iterator[str]:
    """What every regime asks: the undertaking, and money that is not borrowed."""
    for name in ("undertaking_signed", "own_money"):
        if not row.get(name):
            yield name


def _branch(branch: Branch, row: Row, day: date) -> Iterator[Criterion]:
    for name, needed in branch.amounts:
        why = _why_not(name, needed, row, day)
        yield Criterion(branch.code, name, needed, not why, why)


def _why_not(name: str, needed: int, row: Row, day: date) -> str:
    amount = _amount(row.get(name))
    if amount is None:
        return UNTOLD
    if (row.get("currency") or YUAN) != YUAN:
        return FOREIGN
    return TOO_LOW if amount < needed else _unproved(name, row, day)


def _unproved(name: str, row: Row, day: date) -> str:
    if not row.get(EVIDENCE[name]):
        return NO_EVIDENCE
    ends = row.get("evidence_valid_to")
    return EVIDENCE_OVER if ends and ends < day else ""


def _experience(side: Side, row: Row, day: date) -> Iterator[Criterion]:
    """What may show the experience asked for; one of them has to."""
    if not side.years:
        return
    names = ("experience_years", "work_years", "senior") if side.or_work else ("experience_years",)
    for name in names:
        needed = 1 if name == "senior" else side.years
        why = TOO_LOW if int(row.get(name) or 0) < needed else _unproved(name, row, day)
        yield Criterion("", name, needed, not why, why)


def _amount(value: object) -> Decimal | None:
    """A sealed amount as a number; None for what is none."""
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
