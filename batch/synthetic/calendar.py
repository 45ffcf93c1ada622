"""Days as files write them: YYYYMMDD, looked up instead of formatted, because there are many of them."""

from datetime import date, timedelta

_FIRST = date(1900, 1, 1)
_DAYS = [(_FIRST + timedelta(days=number)).strftime("%Y%m%d") for number in range(55_500)]
_FIRST_ORDINAL = _FIRST.toordinal()
OPEN = "99991231"


def day_text(ordinal: int) -> str:
    """The text of a day given as `date.toordinal`, between 1900 and 2051."""
    return _DAYS[ordinal - _FIRST_ORDINAL]


def ordinal_of(text: str) -> int:
    """`date.toordinal` of a day written YYYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()


def years_later(text: str, years: int) -> str:
    """The same day that many years later; 28 February for 29 February where there is none."""
    year = int(text[:4]) + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{year:04}0228" if text[4:] == "0229" and not leap else f"{year:04}{text[4:]}"


def age(birth: str, on: str) -> int:
    """Completed years between two days written YYYYMMDD."""
    return int(on[:4]) - int(birth[:4]) - (on[4:] < birth[4:])
