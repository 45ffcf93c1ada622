"""From a number to others that name the same holder, and from a typed text to the numbers it may be."""

import re
from datetime import date
from typing import NamedTuple

from credentials.rules.formats import birth_dates_of, format_of, normalise
from mdm.quality import numbers
from mdm.quality.primitives import ascii_digits


class Equivalent(NamedTuple):
    """Another number under which the same holder may be found.

    `sure`: the standards say that both numbers name the same holder (M03, M05, M07); otherwise it
    is a hint that needs more evidence (M04), and a number of our own making.
    """

    type: str
    number: str
    sure: bool = True


class Recognised(NamedTuple):
    """What a typed text may be: a credential type and the number in normal form; `certain` by its check."""

    kind: str
    normalised: str
    certain: bool = False


def equivalents(kind: str, number: str) -> list[Equivalent]:
    """Numbers equivalent to one in normal form, towards the newer or narrower form only.

    Who stores the equivalents with each number and asks for a number with its equivalents finds
    every pair: a 15-digit citizen number leads to its 18 digits (not back), a temporary card and a
    household register to the citizen number, a unified social credit code and a tax number to the
    organisation code inside, an old Taiwan permit to its lifetime number. Both cards of permanent
    residence lead to a hint of nationality, province and birth date.
    """
    find = _EQUIVALENTS.get(kind)
    return find(number) if find else []


def _citizen(number: str) -> list[Equivalent]:
    upgraded = numbers.upgrade_citizen(number)
    return [Equivalent("P01", upgraded)] if upgraded else []


def _holds_citizen(number: str) -> list[Equivalent]:
    full = numbers.upgrade_citizen(number) or number
    return [Equivalent("P01", full)] if numbers.citizen_is_valid(full) else []


def _taiwan_permit(number: str) -> list[Equivalent]:
    old = re.fullmatch(r"(\d{8})\d\d[A-Z]?", number, re.ASCII)
    return [Equivalent("P07", old[1])] if old else []


def _permanent_residence(number: str) -> list[Equivalent]:
    kind = "P09" if number[:1].isalpha() else "P10"
    country = numbers.country_of_permanent_residence(number)
    province = number[3:5] if kind == "P09" else number[1:3]
    births = birth_dates_of(kind, number)
    if not births or not country:
        return []
    return [Equivalent("P09-P10", f"{country}{province}{births[0]:%y%m%d}", sure=False)]


def _credit_code(number: str) -> list[Equivalent]:
    return [Equivalent("O02", number[8:17])] if numbers.social_credit_code_is_valid(number) else []


def _tax_number(number: str) -> list[Equivalent]:
    if not numbers.tax_registration_is_valid(number):
        return []
    if len(number) == 18:
        return [Equivalent("O01", number), Equivalent("O02", number[8:17])]
    return [Equivalent("O02", number[6:])]


_EQUIVALENTS = {
    "P01": _citizen,
    "P02": _holds_citizen,
    "P03": _holds_citizen,
    "P07": _taiwan_permit,
    "P09": _permanent_residence,
    "P10": _permanent_residence,
    "O01": _credit_code,
    "O04": _tax_number,
}

#: Types tried on a typed text, the ones that prove themselves first.
_PROVEN = ("P01", "P08", "P10", "P09", "P13", "P14", "O01", "O02", "O03", "O04", "O07")
_SHAPED = ("P06", "P06N", "P07", "P11", "O05", "O08", "O09")


def recognise(text: str) -> list[Recognised]:
    """What a typed text may be, the likeliest first; an empty list where it is no number at all.

    A text of the right length whose check digit is wrong is recognised too, as uncertain: numbers
    that fail their check are kept and must be found.
    """
    proven = [Recognised(t, n, True) for t in _PROVEN if (n := _fit(t, text))]
    shaped = [Recognised(t, n) for t in _SHAPED if (n := _fit(t, text)) and _meant(t, text)]
    plain = normalise("P15", text)
    known = [*proven, *shaped, *([] if proven else _mistyped(plain))]
    return known if any(one.normalised == plain for one in known) else [*known, *_free(plain)]


def _fit(kind: str, text: str) -> str:
    entry = format_of(kind)
    number = normalise(kind, text)
    return number if entry is not None and entry.fits(number) else ""


def _meant(kind: str, text: str) -> bool:
    """Whether the writing speaks for the type: a BIC in small letters is rather somebody's name."""
    return kind != "O08" or text.strip().isupper()


def _mistyped(plain: str) -> list[Recognised]:
    if len(plain) == 15 and ascii_digits(plain):
        return [Recognised("P01", plain), Recognised("O03", plain)]
    if len(plain) != 18 or not plain.isascii():
        return []
    citizen = ascii_digits(plain[:17])
    return [Recognised("P01", plain)] if citizen else [Recognised("O01", plain)]


def _free(plain: str) -> list[Recognised]:
    """A text with digits may be a foreign number though nothing tells."""
    digits = sum(sign in "0123456789" for sign in plain)
    if not 4 <= len(plain) <= 24 or digits < 3:
        return []
    return [Recognised("P16" if ascii_digits(plain) else "P12", plain)]


def holder_birth_date(kind: str, number: str) -> date | None:
    """The birth date that a number tells without doubt."""
    births = birth_dates_of(kind, number)
    return births[0] if len(births) == 1 else None
