"""One table of credential types (domain reference 1.4): form, check, normal form, what the number tells.

The mask of a number is `security.crypto.masking.id_kind`; labels are in the code list `credential_type`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from credentials.rules import numbers
from mdm.quality.primitives import drop_invisible, fold_width, without_spaces
from mdm.quality.rules import Audience

Dates = tuple[date, ...]
#: Signs that people put into numbers for the eye, beside brackets.
_SEPARATORS = re.compile(r"[-‐‑–—−_./\\()\[\]{}<>'\"·,:;*#]")
_OTHER_SIGNS = re.compile(r"[^0-9A-Z\u3400-\u9fff]")


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


def normalise(type: str, raw: str, country: str | None = None) -> str:
    """The form in which numbers of a type are compared and found: letters and digits only.

    The renewal count of a travel permit (P06) is left out; the dots of a GIIN are put where they
    belong. What has no letter or digit at all stays as printed. Idempotent.
    """
    printed = printed_form(raw)
    plain = _OTHER_SIGNS.sub("", _SEPARATORS.sub("", printed)) or printed
    entry = format_of(type, country)
    return entry.normal(plain) if entry is not None and entry.normal else plain


def format_of(type: str, country: str | None = None) -> Format | None:
    """The format of a type, for documents whose form depends on who issues them also by country."""
    return _FORMATS.get(f"{type}:{country}") or _FORMATS.get(type)


def is_valid(type: str, number: str, country: str | None = None) -> bool:
    """Whether a number in normal form can be one of its type."""
    entry = format_of(type, country)
    return entry is None or entry.fits(number)


def has_check_digit(type: str) -> bool:
    """Whether numbers of the type prove themselves: two different valid ones are two people (2.4)."""
    entry = _FORMATS.get(type)
    return entry is not None and entry.has_check_digit


def is_weak(type: str) -> bool:
    """Whether the number changes at renewal or is not unique; unknown types count as weak."""
    entry = _FORMATS.get(type)
    return entry is None or entry.weak


def birth_dates_of(type: str, number: str) -> Dates:
    """The birth dates that a valid number allows: one, two where it holds two digits of the year, or none."""
    entry = _FORMATS.get(type)
    return entry.birth_dates(number) if entry and entry.birth_dates and entry.fits(number) else ()


def sex_of(type: str, number: str) -> str | None:
    """M or F as a valid number tells it; None where it does not."""
    entry = _FORMATS.get(type)
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


def _person(type: str, rule: str = "", pattern: str = "", **more: object) -> Format:
    return Format(type, Audience.PERSONS, rule, _compiled(pattern), **more)  # type: ignore[arg-type]


def _organisation(type: str, rule: str = "", pattern: str = "", **more: object) -> Format:
    return Format(type, Audience.ORGANISATIONS, rule, _compiled(pattern), **more)  # type: ignore[arg-type]


def _compiled(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern, re.ASCII) if pattern else None


_CITIZEN = {
    "check": _citizen_check,
    "has_check_digit": True,
    "birth_dates": _citizen_birth,
    "sex": _citizen_sex,
}
_CN_PASSPORT = r"E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|1[45]\d{7}|(PE|SE|DE)\d{7}|[PS]\d{7}|S\d{8}"
_GIIN = r"[A-NP-Z0-9]{6}\.[A-NP-Z0-9]{5}\.(LE|SL|ME|BR|SP|SF|SD|SS|SB)\.\d{3}"

_FORMATS: dict[str, Format] = {
    "P01": _person("P01", "V01", **_CITIZEN),
    "P02": _person("P02", "V01", **_CITIZEN),
    "P03": _person("P03", "V01", **_CITIZEN),
    "P04": _person("P04", weak=True),
    "P05": _person("P05", weak=True),
    "P06": _person("P06", "V11", r"[HM]\d{8}", normal=_lifetime),
    "P06N": _person("P06N", "V11", r"[HM]A\d{7}"),
    "P07": _person("P07", "V11", r"\d{8}|\d{10}[A-Z]?"),
    "P08": _person("P08", "V02", **{**_CITIZEN, "check": numbers.residence_permit_is_valid}),
    "P09": _person(
        "P09",
        "V03",
        check=numbers.old_permanent_residence_is_valid,
        has_check_digit=True,
        birth_dates=_old_card_birth,
    ),
    "P10": _person("P10", "V04", **{**_CITIZEN, "check": numbers.permanent_residence_is_valid}),
    "P11": _person("P11", "V11", _CN_PASSPORT, weak=True),
    "P12": _person("P12", "V11", r"[A-Z0-9]{5,20}", weak=True),
    "P13": _person("P13", "V09", check=numbers.hong_kong_is_valid, has_check_digit=True),
    "P13:MAC": _person("P13", "V09", r"[1-9]\d{6,7}"),
    "P14": _person("P14", "V10", check=numbers.taiwan_is_valid, has_check_digit=True, sex=_taiwan_sex),
    "P15": _person("P15", weak=True),
    "P16": _person("P16", weak=True),
    "O01": _organisation("O01", "V05", check=numbers.social_credit_code_is_valid, has_check_digit=True),
    "O02": _organisation("O02", "V06", check=numbers.organisation_code_is_valid, has_check_digit=True),
    "O03": _organisation("O03", "V07", check=numbers.business_licence_is_valid, has_check_digit=True, weak=True),
    "O04": _organisation("O04", "V12", check=numbers.tax_registration_is_valid, has_check_digit=True),
    "O05": _organisation("O05", "V11", r"[JLZ]\d{13}"),
    "O06": _organisation("O06", weak=True),
    "O07": _organisation("O07", "V08", check=numbers.lei_is_valid, has_check_digit=True),
    "O08": _organisation("O08", "V11", check=numbers.bic_is_valid),
    "O09": _organisation("O09", "V11", _GIIN, normal=_giin),
}
