"""Rules and fixes of addresses: region codes of GB/T 2260, postcodes, repeated and test text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.rules.placeholders import has_test_word
from mdm import codes
from mdm.codes.tables.region import place, same_place
from mdm.errors import Text
from mdm.quality.primitives import ascii_digits
from mdm.quality.rules import FINE, Context, Dimension, Fix, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import Bundle, Row

_FACET = ("address",)
_HOME = "CHN"
_POSTCODE = re.compile(r"\d{6}", re.ASCII)
_REPEATED = re.compile(r"(.{4,}?)\1+")
#: First two digits of a postcode to the first two of the region code (China Post's numbering).
_POSTCODE_PROVINCES: dict[str, str] = {
    prefix: province
    for province, prefixes in {
        "11": "10",
        "12": "30",
        "13": "05 06 07",
        "14": "03 04",
        "15": "01 02",
        "21": "11 12",
        "22": "13",
        "23": "15 16",
        "31": "20",
        "32": "21 22",
        "33": "31 32",
        "34": "23 24",
        "35": "35 36",
        "36": "33 34",
        "37": "25 26 27",
        "41": "45 46 47",
        "42": "43 44",
        "43": "41 42",
        "44": "51 52",
        "45": "53 54",
        "46": "57",
        "50": "40",
        "51": "61 62 63 64",
        "52": "55 56",
        "53": "65 66 67",
        "54": "85 86",
        "61": "71 72",
        "62": "73 74",
        "63": "81",
        "64": "75",
        "65": "83 84",
    }.items()
    for prefix in prefixes.split()
}


def is_home(row: Row) -> bool:
    """Whether an address is in mainland China, as far as it says."""
    return row.get("country") in (None, "", _HOME)


def _fill_from_region(row: Row, _bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    """Names of province, city and district where only the region code is given."""
    code = row.get("region_code")
    if not code or row.get("province") or row.get("city") or row.get("district") or not is_home(row):
        return None
    if code not in codes.get("region").known:
        return None
    return {level: name for level, name in place(code)._asdict().items() if name}


_RETIRED: Text = _("The region code is no longer in force.")


def _region(row: Row, context: Context) -> Sequence[Flaw]:
    code = row.get("region_code")
    if not code or codes.get("region").valid(code, context.business_date):
        return FINE
    if code in codes.get("region").known:
        return (Flaw("region_code", _RETIRED, severity=Severity.INFO),)
    return (Flaw("region_code"),)


def _province(row: Row, _context: Context) -> Sequence[Flaw]:
    code, written = row.get("region_code"), row.get("province")
    if not code or not written:
        return FINE
    official = codes.get("region").label(code[:2] + "0000", "zh")
    known = official != code[:2] + "0000"
    return (Flaw("province"),) if known and not same_place(written, official) else FINE


_ELSEWHERE: Text = _("The postcode belongs to another province than the region code.")


def _postcode(row: Row, _context: Context) -> Sequence[Flaw]:
    postcode, code = row.get("postcode"), row.get("region_code")
    if not postcode or not is_home(row):
        return FINE
    if not _POSTCODE.fullmatch(postcode):
        return (Flaw("postcode"),)
    province = _POSTCODE_PROVINCES.get(postcode[:2])
    if code and province and ascii_digits(code) and province != code[:2]:
        return (Flaw("postcode", _ELSEWHERE, severity=Severity.INFO),)
    return FINE


def _test_words(row: Row, _context: Context) -> Sequence[Flaw]:
    detail = row.get("detail")
    return (Flaw("detail"),) if detail and has_test_word(detail) else FINE


def _repeated(row: Row, _context: Context) -> Sequence[Flaw]:
    detail = row.get("detail")
    return (Flaw("detail"),) if detail and len(detail) >= 8 and _REPEATED.search(detail) else FINE


RULES = (
    RowRule(
        "V15",
        Dimension.VALIDITY,
        Severity.WARN,
        _FACET,
        _("The region code was never in GB/T 2260."),
        _region,
    ),
    RowRule(
        "V15.province",
        Dimension.CONSISTENCY,
        Severity.WARN,
        _FACET,
        _("The province is not the one of the region code."),
        _province,
    ),
    RowRule(
        "V18", Dimension.VALIDITY, Severity.WARN, _FACET, _("A Chinese postcode has six digits."), _postcode
    ),
    RowRule(
        "A02.address",
        Dimension.ACCURACY,
        Severity.WARN,
        _FACET,
        _("The address holds a test word."),
        _test_words,
    ),
    RowRule("A03", Dimension.ACCURACY, Severity.INFO, _FACET, _("The address repeats itself."), _repeated),
)


def register(rules: RuleBook) -> None:
    """Enter the rules and the fix of addresses."""
    rules.register(*RULES)
    rules.register_fix(Fix("F06", _FACET, _fill_from_region))
