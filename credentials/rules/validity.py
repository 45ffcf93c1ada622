"""How long documents are valid: the term of a resident identity card by age at issue, and of others."""

from bisect import bisect_right
from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

from mdm.quality.primitives import OPEN_DATE, add_years, age_on

#: (age from which, years; None is long-term): art. 5 of the Resident Identity Card Law.
CITIZEN_TERMS: tuple[tuple[int, int | None], ...] = ((0, 5), (16, 10), (26, 20), (46, None))
_TERM_AGES = [since for since, _years in CITIZEN_TERMS]
#: A card applied for before such a birthday may be issued after it, or the other way round.
BIRTHDAY_TOLERANCE = timedelta(days=60)
_DAY = timedelta(days=1)
#: Months a temporary card is valid.
TEMPORARY_MONTHS = 3
#: Terms in years printed on other documents (domain reference 1.4; parameters, not law).
OTHER_TERMS: dict[str, tuple[int, ...]] = {
    "P06": (3, 5, 10),
    "P06N": (5,),
    "P07": (5,),
    "P08": (5,),
    "P09": (5, 10),
    "P10": (5, 10),
    "P11": (5, 10),
}


class Verdict(StrEnum):
    """What the dates of a document say: right, right for the age a few weeks off, or wrong."""

    FITS = "FITS"
    NEAR_BIRTHDAY = "NEAR_BIRTHDAY"
    MISMATCH = "MISMATCH"


def citizen_term(age: int) -> int | None:
    """Years a resident identity card issued at that age (0 or more) is valid; None for long-term."""
    return CITIZEN_TERMS[bisect_right(_TERM_AGES, age) - 1][1]


def expected_expiries(birth: date, issue: date) -> frozenset[date]:
    """The expiry dates that fit a card: the same day at the end of the term.

    A card issued on 29 February may end on 28 or 29 February or 1 March. ValueError if issued before birth.
    """
    if issue < birth:
        raise ValueError("issued before birth")
    return _expiries(issue, citizen_term(age_on(birth, issue)))


def _expiries(issue: date, years: int | None) -> frozenset[date]:
    if years is None:
        return frozenset({OPEN_DATE})
    end = add_years(issue, years)
    if (issue.month, issue.day) != (2, 29):
        return frozenset({end})
    return frozenset({end, date(end.year, 2, 28), date(end.year, 3, 1)})


def judge_citizen_term(birth: date, issue: date, expiry: date) -> Verdict:
    """Whether the expiry date of a resident identity card fits the holder's age at issue."""
    if issue < birth:
        return Verdict.MISMATCH
    if expiry in expected_expiries(birth, issue):
        return Verdict.FITS
    neighbours = (issue - BIRTHDAY_TOLERANCE, issue + BIRTHDAY_TOLERANCE)
    terms = {citizen_term(age_on(birth, max(day, birth))) for day in neighbours}
    near = any(expiry in _expiries(issue, years) for years in terms)
    return Verdict.NEAR_BIRTHDAY if near else Verdict.MISMATCH


def judge_other_term(kind: str, issue: date, expiry: date) -> Verdict:
    """Whether the term of another document is one of its type's; a day less or more is right too."""
    if kind == "P02":
        return Verdict.FITS if expiry <= add_months(issue, TEMPORARY_MONTHS) + _DAY else Verdict.MISMATCH
    terms = OTHER_TERMS.get(kind)
    if terms is None or any(abs(expiry - add_years(issue, years)) <= _DAY for years in terms):
        return Verdict.FITS
    return Verdict.MISMATCH


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
