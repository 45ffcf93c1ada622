"""What a credential number tells, worked out once for all that look at it: rules, search, matching."""

from datetime import date
from typing import NamedTuple

from credentials.rules.formats import format_of, normalise
from credentials.rules.placeholders import is_placeholder_number
from mdm.subjects import Bundle, Row


class Told(NamedTuple):
    """The number in normal form; whether it names nobody, and can be one of its type; whom it describes."""

    number: str
    placeholder: bool
    fits: bool
    births: tuple[date, ...]
    sex: str | None


def tell(bundle: Bundle, row: Row) -> Told:
    """What the number of a credential row of the bundle tells; kept with the bundle, nowhere else."""
    key = (Told, row.get("type") or "", row.get("number") or "", row.get("issuing_country"))
    known: Told | None = bundle.memo.get(key)
    if known is None:
        known = bundle.memo[key] = _told(*key[1:])
    return known


def _told(kind: str, raw: str, country: str | None) -> Told:
    number, entry = normalise(kind, raw, country), format_of(kind, country)
    placeholder = is_placeholder_number(number)
    if placeholder or entry is None or not entry.fits(number):
        return Told(number, placeholder, placeholder or entry is None, (), None)
    births = entry.birth_dates(number) if entry.birth_dates else ()
    return Told(number, False, True, births, entry.sex(number) if entry.sex else None)


#: Documents that citizens only have, under the citizen number.
_CITIZEN = frozenset({"P01", "P02", "P03"})


def told_of_holder(kind: str, number: str) -> Row:
    """What a number alone tells of its holder (`customers.ports.told_by_number`): sex, birth date, nationality."""
    told = _told(kind, number, None)
    found: Row = {"sex": told.sex, "birth_date": told.births[0] if len(told.births) == 1 else None}
    if kind in _CITIZEN and told.births:
        found["nationality"] = "CHN"
    return {name: value for name, value in found.items() if value}
