"""One table of credential types (domain reference 1.4): form, check, normal form, what the number tells.

The mask of a number is `security.crypto.masking.id_kind`; labels are in the code list `credential_type`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypedDict, Unpack

from mdm.quality import numbers
from mdm.quality.primitives import drop_invisible, fold_width, without_spaces
from mdm.quality.rules import Audience

Dates = tuple[date, ...]
#: What is neither a letter, a digit nor a Chinese character.
_OTHER_SIGNS = re.compile(r"[\W_]")


@dataclass(frozen=True, slots=True)
class Format:
    """How numbers of one type look in normal form.

    `rule` is the quality rule that judges them. `check` proves a number (check digit, dates); a type
    without one has only a `pattern`, or nothing (free text). `weak`: the number changes at renewal or
    is not unique, so that two different ones say nothing about two people.
    """

    type: str
    holder: Audience
    rule: str = ""
    pattern: re.Pattern[str] | None = None
    check: Callable[[str], bool] | None = None
    normal: Callable[[str], str] | None = None
    has_check_digit: bool = False
    weak: bool = False
    birth_dates: Callable[[str], Dates] | None = None
    sex: Callable[[str], str | None] | None = None

    def fits(self, number: str) -> bool:
        """Whether a number in normal form has the form and passes the check of the type."""
        if self.check is not None:
            return self.check(number)
        return self.pattern is None or self.pattern.fullmatch(number) is not None


def printed_form(raw: str) -> str:
    """The number as it is stored: as given, but upper case, half-width, without spaces."""
    return without_spaces(drop_invisible(fold_width(raw))).upper()


def normalise(kind: str, raw: str, country: str | None = None) -> str:
    """The form in which numbers of a type are compared and found: letters and digits only.

    The renewal count of a travel permit (P06) is left out; the dots of a GIIN are put where they
    belong. What has no letter or digit at all stays as printed. Idempotent.
    """
    entry = format_of(kind, country)
    plain = _plain(raw)
    return entry.normal(plain) if entry is not None and entry.normal else plain


def _plain(raw: str) -> str:
    if raw.isascii() and raw.isalnum():
        return raw.upper()
    printed = printed_form(raw)
    return _OTHER_SIGNS.sub("", printed) or printed


def format_of(kind: str, country: str | None = None) -> Format | None:
    """The format of a type, for documents whose form depends on who issues them also by country."""
    return _FORMATS.get(f"{kind}:{country}") or _FORMATS.get(kind)


def is_valid(kind: str, number: str, country: str | None = None) -> bool:
    """Whether a number in normal form can be one of its type."""
    entry = format_of(kind, country)
    return entry is None or entry.fits(number)


def has_check_digit(kind: str) -> bool:
    """Whether numbers of the type prove themselves: two different valid ones are two people (2.4)."""
    entry = _FORMATS.get(kind)
    return entry is not None and entry.has_check_digit


def is_weak(kind: str) -> bool:
    """Whether the number changes at renewal or is not unique; unknown types count as weak."""
    entry = _FORMATS.get(kind)
    return entry is None or entry.weak


def birth_dates_of(kind: str, number: str) -> Dates:
    """The birth dates that a valid number allows: one, two where it holds two digits of the year, or none."""
    entry = _FORMATS.get(kind)
    return entry.birth_dates(number) if entry and entry.birth_dates and entry.fits(number) else ()


def sex_of(kind: str, number: str) -> str | None:
    """M or F as a valid number tells it; None where it does not."""
    entry = _FORMATS.get(kind)
    return entry.sex(number) if entry and entry.sex and entry.fits(number) else None


def types() -> list[str]:
    """All credential types of the table."""
    return [key for key in _FORMATS if ":" not in key]


def _citizen(number: str) -> str:
    """The 18-digit form of a citizen number of either length."""
    return numbers.upgrade_citizen(number) or number


def _citizen_check(number: str) -> bool:
    return numbers.citizen_is_valid(_citizen(number))


def _citizen_birth(number: str) -> Dates:
    found = numbers.real_date(_citizen(number)[6:14])
    return (found,) if found else ()


def _citizen_sex(number: str) -> str | None:
    return "M" if int(_citizen(number)[16]) % 2 else "F"


def _old_card_birth(number: str) -> Dates:
    return tuple(filter(None, (numbers.real_date(century + number[7:13]) for century in ("19", "20"))))


def _taiwan_sex(number: str) -> str | None:
    return {"1": "M", "2": "F"}.get(number[1])


def _lifetime(number: str) -> str:
    """The letter and eight digits that stay for life; the last two of eleven count renewals."""
    return number[:9] if re.fullmatch(r"[HM]\d{10}", number, re.ASCII) else number


def _giin(plain: str) -> str:
    found = re.fullmatch(r"([A-Z0-9]{6})([A-Z0-9]{5})([A-Z]{2})(\d{3})", plain, re.ASCII)
    return ".".join(found.groups()) if found else plain


class _Facts(TypedDict, total=False):
    """What a line of the table may say besides type, rule and pattern."""

    check: Callable[[str], bool]
    normal: Callable[[str], str]
    has_check_digit: bool
    weak: bool
    birth_dates: Callable[[str], Dates]
    sex: Callable[[str], str | None]


def _format(kind: str, rule: str = "", pattern: str = "", **facts: Unpack[_Facts]) -> Format:
    holder = Audience.PERSONS if kind.startswith("P") else Audience.ORGANISATIONS
    return Format(kind, holder, rule, re.compile(pattern, re.ASCII) if pattern else None, **facts)


def _citizen_format(kind: str, rule: str, check: Callable[[str], bool] = _citizen_check) -> Format:
    return _format(
        kind, rule, check=check, has_check_digit=True, birth_dates=_citizen_birth, sex=_citizen_sex
    )


_CN_PASSPORT = r"E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|1[45]\d{7}|(PE|SE|DE)\d{7}|[PS]\d{7}|S\d{8}"
_GIIN = r"[A-NP-Z0-9]{6}\.[A-NP-Z0-9]{5}\.(LE|SL|ME|BR|SP|SF|SD|SS|SB)\.\d{3}"

_FORMATS: dict[str, Format] = {
    "P01": _citizen_format("P01", "V01"),
    "P02": _citizen_format("P02", "V01"),
    "P03": _citizen_format("P03", "V01"),
    "P04": _format("P04", weak=True),
    "P05": _format("P05", weak=True),
    "P06": _format("P06", "V11", r"[HM]\d{8}", normal=_lifetime),
    "P06N": _format("P06N", "V11", r"[HM]A\d{7}"),
    "P07": _format("P07", "V11", r"\d{8}|\d{10}[A-Z]?"),
    "P08": _citizen_format("P08", "V02", numbers.residence_permit_is_valid),
    "P09": _format(
        "P09",
        "V03",
        check=numbers.old_permanent_residence_is_valid,
        has_check_digit=True,
        birth_dates=_old_card_birth,
    ),
    "P10": _citizen_format("P10", "V04", numbers.permanent_residence_is_valid),
    "P11": _format("P11", "V11", _CN_PASSPORT, weak=True),
    "P12": _format("P12", "V11", r"[A-Z0-9]{5,20}", weak=True),
    "P13": _format("P13", "V09", check=numbers.hong_kong_is_valid, has_check_digit=True),
    "P13:MAC": _format("P13", "V09", r"[1-9]\d{6,7}"),
    "P14": _format("P14", "V10", check=numbers.taiwan_is_valid, has_check_digit=True, sex=_taiwan_sex),
    "P15": _format("P15", weak=True),
    "P16": _format("P16", weak=True),
    "O01": _format("O01", "V05", check=numbers.social_credit_code_is_valid, has_check_digit=True),
    "O02": _format("O02", "V06", check=numbers.organisation_code_is_valid, has_check_digit=True),
    "O03": _format("O03", "V07", check=numbers.business_licence_is_valid, has_check_digit=True, weak=True),
    "O04": _format("O04", "V12", check=numbers.tax_registration_is_valid, has_check_digit=True),
    "O05": _format("O05", "V11", r"[JLZ]\d{13}"),
    "O06": _format("O06", weak=True),
    "O07": _format("O07", "V08", check=numbers.lei_is_valid, has_check_digit=True),
    "O08": _format("O08", "V11", check=numbers.bic_is_valid),
    "O09": _format("O09", "V11", _GIIN, normal=_giin),
}
