"""The term of a resident identity card: the vectors of the domain reference 1.11, as they are there."""

from datetime import date

import pytest

from credentials.rules.validity import (
    Verdict,
    add_months,
    citizen_term,
    expected_expiries,
    judge_citizen_term,
    judge_other_term,
)
from mdm.quality.primitives import OPEN_DATE, age_on

VECTORS = """
# birth | issue | age | expected term | expected expiry
2000-05-01|2016-04-30|15|5y|2021-04-30
2000-05-01|2016-05-01|16|10y|2026-05-01
2000-05-01|2026-04-30|25|10y|2036-04-30
2000-05-01|2026-05-01|26|20y|2046-05-01
1980-05-01|2026-04-30|45|20y|2046-04-30
1980-05-01|2026-05-01|46|long|9999-12-31
1980-02-29|2026-02-28|45|20y|2046-02-28
1980-02-29|2026-03-01|46|long|9999-12-31
2020-02-29|2024-02-29|4|5y|2029-02-28 or 2029-03-01 (accept both)
"""
_ROWS = [line.split("|") for line in VECTORS.strip().splitlines() if not line.startswith("#")]
_DAY = date.fromisoformat


@pytest.mark.parametrize(("birth", "issue", "age", "term", "expiry"), _ROWS)
def test_vector(birth: str, issue: str, age: str, term: str, expiry: str) -> None:
    born, issued = _DAY(birth), _DAY(issue)
    accepted = {
        _DAY(text) for text in expiry.replace("(accept both)", "").split(" or ") for text in [text.strip()]
    }
    years = citizen_term(int(age))
    assert age_on(born, issued) == int(age)
    assert ("long" if years is None else f"{years}y") == term
    assert accepted <= expected_expiries(born, issued)
    assert all(judge_citizen_term(born, issued, day) is Verdict.FITS for day in accepted)


def test_another_day_of_the_right_year_does_not_fit() -> None:
    born, issued = _DAY("2000-05-01"), _DAY("2018-08-20")
    assert judge_citizen_term(born, issued, _DAY("2028-08-20")) is Verdict.FITS
    assert judge_citizen_term(born, issued, _DAY("2028-08-21")) is Verdict.MISMATCH
    assert judge_citizen_term(born, issued, _DAY("2038-08-20")) is Verdict.MISMATCH


@pytest.mark.parametrize(
    ("issue", "expiry", "verdict"),
    [
        ("2026-06-20", "2036-06-20", Verdict.NEAR_BIRTHDAY),  # applied for at 25, issued at 26
        ("2026-03-05", "2046-03-05", Verdict.NEAR_BIRTHDAY),  # 57 days before the birthday
        ("2026-07-01", "2036-07-01", Verdict.MISMATCH),  # 61 days after it
        ("2026-06-20", "2031-06-20", Verdict.MISMATCH),  # a child's term
    ],
)
def test_sixty_days_around_a_birthday(issue: str, expiry: str, verdict: Verdict) -> None:
    assert judge_citizen_term(_DAY("2000-05-01"), _DAY(issue), _DAY(expiry)) is verdict


def test_issued_before_birth() -> None:
    with pytest.raises(ValueError, match="before birth"):
        expected_expiries(_DAY("2000-05-01"), _DAY("2000-04-30"))
    assert judge_citizen_term(_DAY("2000-05-01"), _DAY("2000-04-30"), OPEN_DATE) is Verdict.MISMATCH


@pytest.mark.parametrize(
    ("kind", "issue", "expiry", "verdict"),
    [
        ("P02", "2026-01-31", "2026-04-30", Verdict.FITS),
        ("P02", "2026-01-31", "2026-05-02", Verdict.MISMATCH),
        ("P11", "2016-03-27", "2026-03-26", Verdict.FITS),
        ("P11", "2016-03-27", "2026-03-27", Verdict.FITS),
        ("P11", "2016-03-27", "2024-03-27", Verdict.MISMATCH),
        ("P07", "2020-02-29", "2025-02-28", Verdict.FITS),
        ("P12", "2016-03-27", "2017-01-01", Verdict.FITS),
    ],
)
def test_terms_of_other_documents(kind: str, issue: str, expiry: str, verdict: Verdict) -> None:
    assert judge_other_term(kind, _DAY(issue), _DAY(expiry)) is verdict


def test_months_end_where_the_month_ends() -> None:
    assert add_months(_DAY("2025-11-30"), 3) == _DAY("2026-02-28")
    assert add_months(_DAY("2026-01-15"), 12) == _DAY("2027-01-15")
    assert add_months(_DAY("2026-12-01"), 1) == _DAY("2027-01-01")
