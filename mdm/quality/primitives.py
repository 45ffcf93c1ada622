"""What all rules share about text: width, spaces, odd characters, digits, dates, amounts, match form.

Normalisation for matching follows the domain reference 1.7. Every function is pure and idempotent.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from mdm.quality.characters import SIMPLIFY

#: "Long-term" or "still open": how the product stores an end date that is not there.
OPEN_DATE: Final = date(9999, 12, 31)
_OPEN_TEXTS = frozenset({"99991231", "29991231"})

MIDDLE_DOT: Final = "·"
#: Middle dots that keyboards and old systems write between the parts of a name.
_MIDDLE_DOTS = "・•‧∙．･⋅ꞏ"
_BRACKETS = {
    "（": "(",
    "）": ")",
    "［": "[",
    "］": "]",
    "【": "[",
    "】": "]",
    "〔": "(",
    "〕": ")",
    "〈": "<",
    "〉": ">",
}

_WIDE: Final = {
    point: unicodedata.normalize("NFKC", chr(point))
    for point in (*range(0xFF01, 0xFFEF), 0x3000)
    if unicodedata.decomposition(chr(point)).startswith(("<wide>", "<narrow>"))
}
_WIDE_ALPHANUMERIC: Final = {
    point: text for point, text in _WIDE.items() if text.isascii() and text.isalnum()
}
#: Space separators, line ends, tabs: all of them read as one space.
_SPACES = re.compile(r"\s+")
#: Marks without a width that say nothing: soft hyphen, zero-width spaces and joiners, byte-order mark.
_INVISIBLE: Final = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_FOR_MATCHING: Final = {
    **SIMPLIFY,
    **_INVISIBLE,
    **{ord(dot): MIDDLE_DOT for dot in _MIDDLE_DOTS},
    **{ord(bracket): plain for bracket, plain in _BRACKETS.items()},
}

#: Control characters of C0 and C1 that are not white space: no text has them, PostgreSQL refuses NUL.
CONTROL: Final = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
#: Marks that turn the reading direction: they make a text look like another one.
DIRECTION: Final = r"\u202a-\u202e\u2066-\u2069\u200e\u200f"
#: Private-use characters (a bank's own glyphs) and the replacement character of a broken conversion.
PRIVATE_USE: Final = "\ue000-\uf8ff\U000f0000-\U0010ffff\ufffd"
#: Han characters outside the 20,902 of GBK: many systems cannot show them (JR/T 0253-2022).
RARE: Final = "\u3400-\u4dbf\u9fa6-\u9fff\U00020000-\U0003ffff"

_DATE_FORMS = (re.compile(r"^(\d{4})(\d\d)(\d\d)$"), re.compile(r"^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$"))
_AMOUNT = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$")


def legible(text: str) -> str:
    """A text without what PostgreSQL takes in none: NUL, and halves of characters (lone surrogates)."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "")


def fold_width(text: str) -> str:
    """Full-width and half-width forms as their ordinary characters (the width part of NFKC).

    Unlike the whole of NFKC it leaves `²` and `①` alone, which are not digits of a number.
    """
    return text if text.isascii() else text.translate(_WIDE)


def fold_alphanumeric(text: str) -> str:
    """Full-width Latin letters and digits as ASCII; brackets and other marks of Chinese writing stay."""
    return text if text.isascii() else text.translate(_WIDE_ALPHANUMERIC)


def drop_invisible(text: str) -> str:
    """The text without marks that have no width and no meaning."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def tidy_spaces(text: str) -> str:
    """Trimmed, with every run of white space (tabs, line ends, ideographic spaces) as one space."""
    return _SPACES.sub(" ", text).strip()


def without_spaces(text: str) -> str:
    """The text without any white space."""
    return _SPACES.sub("", text)


def ascii_digits(text: str) -> bool:
    """Whether the text is one or more of 0 to 9; `²` and `１`, which Python counts as digits, are not."""
    return text.isascii() and text.isdigit()


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, for comparing."""
    return text.translate(SIMPLIFY)


def match_form(text: str) -> str:
    """The form in which texts are compared: NFKC, upper case, simplified, one kind of dot and bracket."""
    if text.isascii():
        return tidy_spaces(text.upper())
    folded = unicodedata.normalize("NFKC", text.translate(_FOR_MATCHING)).upper()
    return tidy_spaces(unicodedata.normalize("NFKC", folded.translate(_FOR_MATCHING)))


def has_private_use(text: str) -> bool:
    """Whether a private-use or replacement character is in it."""
    return not text.isascii() and _PRIVATE_USE.search(text) is not None


def has_rare(text: str) -> bool:
    """Whether a Han character outside GBK is in it."""
    return not text.isascii() and _RARE.search(text) is not None


_PRIVATE_USE = re.compile(f"[{PRIVATE_USE}]")
_RARE = re.compile(f"[{RARE}]")


def parse_date(text: str) -> date | None:
    """A date written 20260131, 2026-01-31, 2026/1/31 or 2026.1.31; None for anything else, never a guess.

    99991231 and 29991231, in any of the forms, are "open" and give `OPEN_DATE`.
    """
    plain = fold_width(text).strip()
    for form in _DATE_FORMS:
        if (found := form.match(plain)) and plain.isascii():
            year, month, day = int(found[1]), int(found[form.groups - 1]), int(found[form.groups])
            return _date(year, month, day)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    if f"{year:04}{month:02}{day:02}" in _OPEN_TEXTS:
        return OPEN_DATE
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_amount(text: str) -> Decimal | None:
    """A decimal amount, with or without thousands commas; None for anything else (exponents, NaN, words)."""
    plain = fold_width(text).strip()
    if not plain.isascii() or not _AMOUNT.match(plain):
        return None
    try:
        return Decimal(plain.replace(",", ""))
    except InvalidOperation:
        return None


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def age_on(birth: date, day: date) -> int:
    """Completed years of life; who was born on 29 February completes a year on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
