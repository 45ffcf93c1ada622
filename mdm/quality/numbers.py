"""Check digits of identity numbers, exactly as their standards say (domain reference 1.5).

Every function takes a number already in normal form: ASCII digits, upper-case letters, no spaces,
hyphens or brackets. A `…_is_valid` function never raises: anything malformed is not valid. The
small caches serve the several rules that look at one row; they are no store of numbers.
"""

import re
from datetime import date
from functools import lru_cache

from mdm.codes import get
from mdm.quality.primitives import ascii_digits

#: Values of signs in ICAO 9303, ISO 17442 and GB 11714: digits as they are, A = 10 … Z = 35.
_VALUES = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}

_GB11643_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_GB11643_SIGNS = "10X98765432"
#: For each place the weighted value of each digit sign: one look-up a place instead of int and product.
_GB11643 = tuple({str(digit): digit * weight for digit in range(10)} for weight in _GB11643_WEIGHTS)
_GB11643_FORM = re.compile(r"\d{17}[\dX]", re.ASCII)

_GB32100_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_GB32100_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_GB32100 = {sign: value for value, sign in enumerate(_GB32100_SIGNS)}
_GB32100_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}", re.ASCII)

_GB11714_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_GB11714_FORM = re.compile(r"[0-9A-Z]{8}[\dX]", re.ASCII)

_TAIWAN_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
#: The two digits of each first letter, in the order of the letters' introduction.
_TAIWAN = {letter: str(10 + place) for place, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO")}


def real_date(text: str) -> date | None:
    """The date of eight digits YYYYMMDD; None where the calendar has no such day."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None


def gb11643_sign(body: str) -> str:
    """The check sign of 17 digits (GB 11643-1999, ISO 7064 MOD 11-2). KeyError for anything but digits."""
    return _GB11643_SIGNS[sum([values[sign] for values, sign in zip(_GB11643, body, strict=True)]) % 11]


@lru_cache(maxsize=64)
def citizen_is_valid(number: str) -> bool:
    """An 18-digit number of GB 11643: form, a real birth date, the check sign (P01, P02, P03, P08)."""
    return (
        _GB11643_FORM.fullmatch(number) is not None
        and real_date(number[6:14]) is not None
        and gb11643_sign(number[:17]) == number[17]
    )


def upgrade_citizen(number: str) -> str | None:
    """The 18-digit form of a 15-digit number of before 1999; None where it is none.

    Sequence numbers 996 to 999 were kept for people over a hundred, who were born in 18xx.
    """
    if len(number) != 15 or not ascii_digits(number):
        return None
    century = "18" if number[12:] >= "996" else "19"
    body = number[:6] + century + number[6:]
    return body + gb11643_sign(body) if real_date(body[6:14]) else None


def downgrade_citizen(number: str) -> str | None:
    """The 15-digit form that an 18-digit number had before 1999; None where there was none."""
    if not citizen_is_valid(number):
        return None
    old = number[:6] + number[8:17]
    return old if upgrade_citizen(old) == number else None


def residence_permit_is_valid(number: str) -> bool:
    """P08: a citizen number whose region is Hong Kong, Macao or Taiwan."""
    return number[:6] in ("810000", "820000", "830000") and citizen_is_valid(number)


def permanent_residence_is_valid(number: str) -> bool:
    """P10, the 18-digit card: 9, province, a real ISO 3166-1 numeric country, birth date, sequence, check."""
    return number[:1] == "9" and number[3:6] in _numeric_countries() and citizen_is_valid(number)


@lru_cache(maxsize=1)
def _numeric_countries() -> dict[str, str]:
    """Alpha-3 code by numeric code."""
    return {alias: code for alias, code in get("country").aliases.items() if ascii_digits(alias)}


def country_of_permanent_residence(number: str) -> str | None:
    """The alpha-3 nationality that a P09 or P10 number holds."""
    return number[:3] if number[:3].isalpha() else _numeric_countries().get(number[3:6])


def mrz_sign(text: str) -> str:
    """The check digit of ICAO 9303 part 3 section 4.9: weights 7, 3, 1, `<` counts 0.

    KeyError for other signs.
    """
    total = sum(
        (0 if sign == "<" else _VALUES[sign]) * (7, 3, 1)[place % 3] for place, sign in enumerate(text)
    )
    return str(total % 10)


_OLD_CARD = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)


def old_permanent_residence_is_valid(number: str) -> bool:
    """P09, the 15-character card: country, region, YYMMDD, sequence, check digit of ICAO 9303."""
    return (
        _OLD_CARD.fullmatch(number) is not None
        and any(real_date(century + number[7:13]) for century in ("19", "20"))
        and mrz_sign(number[:14]) == number[14]
    )


def gb11714_sign(body: str) -> str:
    """The check sign of the eight signs of an organisation code (GB 11714-1997). KeyError for other signs."""
    check = 11 - sum(_VALUES[sign] * weight for sign, weight in zip(body, _GB11714_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def organisation_code_is_valid(number: str) -> bool:
    """O02: eight signs and their check sign."""
    return _GB11714_FORM.fullmatch(number) is not None and gb11714_sign(number[:8]) == number[8]


def gb32100_sign(body: str) -> str:
    """The check sign of 17 signs of a unified social credit code (GB 32100-2015).

    KeyError for other signs.
    """
    total = sum(_GB32100[sign] * weight for sign, weight in zip(body, _GB32100_WEIGHTS, strict=True))
    return _GB32100_SIGNS[-total % 31]


@lru_cache(maxsize=64)
def social_credit_code_is_valid(number: str) -> bool:
    """O01: form, check sign, and the organisation code inside (places 9 to 17) by its own standard."""
    return (
        _GB32100_FORM.fullmatch(number) is not None
        and gb32100_sign(number[:17]) == number[17]
        and organisation_code_is_valid(number[8:17])
    )


def business_licence_is_valid(number: str) -> bool:
    """O03: 15 digits, the last by ISO 7064 MOD 11,10 (GS15-2006). Real registries hold some that fail."""
    return len(number) == 15 and ascii_digits(number) and _mod_11_10(number[:14]) == number[14]


def _mod_11_10(digits: str) -> str:
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def tax_registration_is_valid(number: str) -> bool:
    """O04: a region code before an organisation code, or a unified social credit code."""
    if len(number) == 18:
        return social_credit_code_is_valid(number)
    return len(number) == 15 and ascii_digits(number[:6]) and organisation_code_is_valid(number[6:])


_LEI_FORM = re.compile(r"[0-9A-Z]{18}\d\d", re.ASCII)


def lei_is_valid(number: str) -> bool:
    """O07: 20 signs whose letters read as two digits give a number that leaves 1 modulo 97 (ISO 17442)."""
    return _LEI_FORM.fullmatch(number) is not None and _as_integer(number) % 97 == 1


def lei_digits(body: str) -> str:
    """The two check digits of the first 18 signs of an LEI."""
    return f"{98 - _as_integer(body + '00') % 97:02}"


def _as_integer(text: str) -> int:
    return int("".join(str(_VALUES[sign]) for sign in text))


_BIC_FORM = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)


def bic_is_valid(number: str) -> bool:
    """O08: eight or eleven signs, the fifth and sixth a country of ISO 3166-1 (ISO 9362)."""
    return _BIC_FORM.fullmatch(number) is not None and number[4:6] in get("country").aliases


_HONG_KONG_FORM = re.compile(r"[A-Z]{1,2}\d{6}[\dA]", re.ASCII)


def hong_kong_is_valid(number: str) -> bool:
    """P13: one or two letters, six digits, check sign (weights 9 to 2, a missing letter counts 36)."""
    return _HONG_KONG_FORM.fullmatch(number) is not None and _hong_kong_sign(number[:-1]) == number[-1]


def _hong_kong_sign(body: str) -> str:
    values = [36] * (8 - len(body)) + [_VALUES[sign] for sign in body]
    check = -sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) % 11
    return "A" if check == 10 else str(check)


_TAIWAN_FORM = re.compile(r"[A-Z]\d{9}", re.ASCII)


def taiwan_is_valid(number: str) -> bool:
    """P14: a letter, which counts as two digits, and nine digits; the weighted sum ends in 0."""
    if not _TAIWAN_FORM.fullmatch(number):
        return False
    digits = _TAIWAN[number[0]] + number[1:]
    return sum(int(d) * weight for d, weight in zip(digits, _TAIWAN_WEIGHTS, strict=True)) % 10 == 0


def card_is_valid(number: str) -> bool:
    """A bank card: 13 to 19 digits with the Luhn check digit (ISO/IEC 7812-1 annex B)."""
    if not 13 <= len(number) <= 19 or not ascii_digits(number):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
