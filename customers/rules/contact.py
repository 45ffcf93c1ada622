"""Telephone numbers and e-mail addresses: normal form, recognition, rules and fixes.

Mainland mobile numbers take a short way; every other number goes through Google's libphonenumber.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import phonenumbers
from django.utils.translation import gettext_lazy as _

from customers.rules.regions import region_of
from mdm.quality.primitives import ascii_digits, drop_invisible, fold_width, without_spaces
from mdm.quality.rules import FINE, AcrossRule, Context, Dimension, Fix, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import UNVERIFIED, Bundle, Row, registry

_CN_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
#: Cities whose area code has two digits: eight digits follow, as libphonenumber has it too.
_CN_CITY = re.compile(r"0(10|2[0-57-9])([2-8]\d{7})", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_E164_CN_MOBILE = re.compile(r"\+861[3-9]\d{9}", re.ASCII)
#: Mainland numbers in E.164 in which there is nothing to strip: mobiles, and what no trunk or carrier prefix begins.
_E164_CN = re.compile(r"\+86(?:1[3-9]\d{9}|[2-9]\d{7,11})", re.ASCII)
_PUNCTUATION = re.compile(r"[-()‐‑–—.·/]")
_EXTENSION = re.compile(r"^(.*\d.*?)(?:转|分机|EXT\.?|X|#|,|;EXT=)(\d{1,6})$", re.IGNORECASE)
#: RFC 5321 and 5322 in what banks meet: no comments, no quoted local parts.
_EMAIL = re.compile(
    r"[^\s@<>()\[\]\\,;:\"']{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}", re.UNICODE
)
#: RFC 5321, section 4.5.3.1.3.
EMAIL_LENGTH = 254

_PLACEHOLDER_PHONES = frozenset(
    "+86" + number
    for number in (
        "13800138000 13800000000 13900000000 13000000000 13100000000 13500000000 13600000000 13700000000"
        " 15000000000 18000000000 18800000000 13912345678 13812345678 13712345678 13612345678 13512345678"
        " 15012345678 18012345678 13012345678 13123456789 13888888888 13999999999 13666666666"
    ).split()
)
_SAME_DIGIT = re.compile(r"\+?(?:86)?(\d)\1{6,}", re.ASCII)
_PLACEHOLDER_EMAILS = frozenset({"a@a.com", "test@test.com", "123@qq.com", "123456@qq.com", "none@none.com"})


class Phone(NamedTuple):
    """A number in E.164 where it could be read as one, else as given; and an extension."""

    number: str
    extension: str = ""


@lru_cache(maxsize=1 << 15)
def parse_phone(raw: str, region: str = "CN") -> Phone:
    """Read a number as it is dialled in `region` (ISO 3166-1 alpha-2).

    A mainland mobile number is one wherever it was written down. What cannot be read stays as given,
    with its spaces tidied.
    """
    plain = _plain(raw)
    if mobile := _CN_MOBILE.fullmatch(plain):
        return Phone("+86" + mobile[1])
    if region == "CN" and (city := _CN_CITY.fullmatch(plain)):
        return Phone(f"+86{city[1]}{city[2]}")
    apart = _EXTENSION.fullmatch(plain)
    number, extension = (apart[1], apart[2]) if apart else (plain, "")
    found = _e164(number, region)
    return Phone(found, extension) if found else Phone(" ".join(raw.split()))


def _plain(raw: str) -> str:
    plain = without_spaces(drop_invisible(fold_width(raw)))
    return plain if plain.isascii() and plain.isalnum() else _PUNCTUATION.sub("", plain)


def _e164(number: str, region: str) -> str:
    """The number in E.164 as libphonenumber reads it; empty where it is no possible number."""
    dialled = "+" + number[2:] if number.startswith("00") and region == "CN" else number
    if not dialled.lstrip("+").isascii() or not ascii_digits(dialled.lstrip("+")):
        return ""
    try:
        parsed = phonenumbers.parse(dialled, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=1 << 15)
def normalise_phone(raw: str, region: str = "CN") -> str:
    """The form in which telephone numbers are compared and found: E.164, else the digits as given."""
    if _E164_CN.fullmatch(raw):
        return raw
    number = parse_phone(raw, region).number
    if _E164.fullmatch(number):
        return number
    digits = re.sub(r"\D", "", number)
    return _e164(digits, region) or digits or number


def normalise_email(raw: str) -> str:
    """The form in which e-mail addresses are compared and found: lower case, half-width, no spaces."""
    return without_spaces(drop_invisible(fold_width(raw))).lower()


def is_email(text: str) -> bool:
    """Whether the text has the form of an e-mail address and a length that mail systems take."""
    return len(text) <= EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None


def is_placeholder_phone(number: str) -> bool:
    """Whether a number in normal form is one that people type to get past the field."""
    return number in _PLACEHOLDER_PHONES or _SAME_DIGIT.fullmatch(number) is not None


def is_placeholder_email(address: str) -> bool:
    """Whether an address in normal form is one that people type to get past the field."""
    return address in _PLACEHOLDER_EMAILS


class RecognisedContact(NamedTuple):
    """A typed text as a telephone number or e-mail address: PHONE or EMAIL and its normal form."""

    kind: str
    normalised: str


def recognise(text: str) -> list[RecognisedContact]:
    """What a typed text may be among contacts; empty where it is neither number nor address."""
    address = normalise_email(text)
    if is_email(address):
        return [RecognisedContact("EMAIL", address)]
    number = parse_phone(text).number
    return [RecognisedContact("PHONE", number)] if _E164.fullmatch(number) else []


def _to_e164(row: Row, bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    raw = row.get("number")
    if not raw or _E164.fullmatch(raw):
        return None
    phone = parse_phone(raw, region_of(bundle))
    if not _E164.fullmatch(phone.number):
        return None
    updates = {"number": phone.number}
    if phone.extension and not row.get("extension_no"):
        updates["extension_no"] = phone.extension
    return updates


def _fold_email(row: Row, _bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    """Half-width, no spaces, domain in lower case; the local part keeps its case (RFC 5321, section 2.4)."""
    raw = row.get("address")
    if not raw:
        return None
    local, at, domain = without_spaces(fold_width(raw)).rpartition("@")
    folded = local + at + domain.lower() if at else domain
    return {"address": folded} if folded != raw else None


def _readable(row: Row, _context: Context) -> Sequence[Flaw]:
    number = row.get("number")
    if not number:
        return FINE
    if _E164_CN_MOBILE.fullmatch(number):
        return FINE
    mobile_at_home = row.get("kind") == "MOBILE" and number.startswith("+86")
    return (Flaw("number"),) if mobile_at_home or not _E164.fullmatch(number) else FINE


def _email_form(row: Row, _context: Context) -> Sequence[Flaw]:
    address = row.get("address")
    return (Flaw("address"),) if address and not is_email(address) else FINE


def _placeholder_phone(row: Row, _context: Context) -> Sequence[Flaw]:
    number = row.get("number")
    return (Flaw("number"),) if number and is_placeholder_phone(number) else FINE


def _placeholder_email(row: Row, _context: Context) -> Sequence[Flaw]:
    address = row.get("address")
    return (Flaw("address"),) if address and is_placeholder_email(address.lower()) else FINE


RULES = (
    RowRule(
        "V16",
        Dimension.VALIDITY,
        Severity.WARN,
        ("phone",),
        _("This is no telephone number that can be dialled, or no mobile number."),
        _readable,
    ),
    RowRule(
        "V17",
        Dimension.VALIDITY,
        Severity.WARN,
        ("email",),
        _("This is no e-mail address."),
        _email_form,
    ),
    RowRule(
        "A01.phone",
        Dimension.ACCURACY,
        Severity.WARN,
        ("phone",),
        _("The telephone number is a placeholder."),
        _placeholder_phone,
    ),
    RowRule(
        "A01.email",
        Dimension.ACCURACY,
        Severity.WARN,
        ("email",),
        _("The e-mail address is a placeholder."),
        _placeholder_email,
    ),
)


#: Customers that may share a telephone number before somebody looks at it (domain reference, subject 3).
MOST_SHARING = 5

#: `{rows}` holds lookup entries; customers that were merged count once. Whom they were merged with is asked only
#: where there are enough of them.
SHARED_PHONE = AcrossRule(
    "U02",
    Dimension.UNIQUENESS,
    Severity.WARN,
    "lookup_entry",
    _("More than five customers have this telephone number."),
    """
    SELECT r.customer_id, r.row_id, 'number' FROM {rows} r
    WHERE r.kind = %(kind)s AND CASE WHEN (
        SELECT count(*) FROM (
            SELECT FROM mdm_lookupentry x WHERE x.kind = r.kind AND x.digest = r.digest LIMIT %(most)s + 1
        ) few) > %(most)s THEN (
        SELECT count(DISTINCT panorama_golden_of(l.customer_id)) FROM (
            SELECT customer_id FROM mdm_lookupentry x WHERE x.kind = r.kind AND x.digest = r.digest LIMIT %(looked_at)s
        ) l) > %(most)s END
    """,
    params=lambda: {
        "kind": registry.lookup("PHONE").number,
        "most": MOST_SHARING,
        "looked_at": 10 * MOST_SHARING,
    },
    about="phone",
)


#: What a confirmation is of, in one facet or another.
_REACHED_AT = ("number", "address", "reach")


def follows(before: Row, after: Row) -> Row:
    """What follows where a number or an address is changed: who confirmed the old one says nothing of the new one."""
    if any((after.get(name) or "") != (before.get(name) or "") for name in _REACHED_AT):
        return {"verified_state": "", **UNVERIFIED}
    return {}


def register(rules: RuleBook) -> None:
    """Enter the rules and fixes of contacts."""
    rules.register(*RULES, SHARED_PHONE)
    rules.register_fix(Fix("F04", ("phone",), _to_e164), Fix("F05", ("email",), _fold_email))
