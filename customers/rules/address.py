"""Rules and fixes of addresses: region codes of GB/T 2260, postcodes, repeated text."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm import codes
from mdm.codes.tables.region import place, same_place
from mdm.errors import Text
from mdm.quality.primitives import ascii_digits
from mdm.quality.rules import FINE, Context, Dimension, Fix, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import Bundle, Row

_FACET = ("address",)
_HOME = "CHN"
_POSTCODE = re.compile(r"\d{6}", re.ASCII)
#: Characters from which an address that is one text written several times is doubted.
_SHORTEST_REPEATED = 8
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
    return _judge_region(code, context.business_date) if code else FINE


@lru_cache(maxsize=16_384)
def _judge_region(code: str, on: date) -> tuple[Flaw, ...]:
    regions = codes.get("region")
    if regions.valid(code, on):
        return FINE
    return (
        Flaw("region_code", _RETIRED, severity=Severity.INFO) if code in regions else Flaw("region_code"),
    )


def _province(row: Row, _context: Context) -> Sequence[Flaw]:
    code, written = row.get("region_code"), row.get("province")
    return (Flaw("province"),) if code and written and not _agree(written, code[:2] + "0000") else FINE


@lru_cache(maxsize=4096)
def _agree(written: str, province: str) -> bool:
    """Whether the written name is that of the province; one that is not in the list is not judged."""
    regions = codes.get("region")
    return province not in regions or same_place(written, regions.label(province, "zh"))


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


def _repeated(row: Row, _context: Context) -> Sequence[Flaw]:
    detail = row.get("detail") or ""
    twice = len(detail) >= _SHORTEST_REPEATED and detail in (detail + detail)[1:-1]
    return (Flaw("detail"),) if twice else FINE


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
    RowRule("A03", Dimension.ACCURACY, Severity.INFO, _FACET, _("The address repeats itself."), _repeated),
)


def register(rules: RuleBook) -> None:
    """Enter the rules and the fix of addresses."""
    rules.register(*RULES)
    rules.register_fix(Fix("F06", _FACET, _fill_from_region))
