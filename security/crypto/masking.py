"""What may be shown of a sensitive value: one mask a kind (domain 5.4), applied on the server.

A mask tells nothing by its length: the number of stars is fixed for the kind, except where every
value of the kind has the same length anyway (resident numbers, cards).
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

#: standard: enough to recognise a value one knows; strict: enough to tell two apart at most;
#: surname: standard, with persons' family name kept instead of the last character.
PROFILES = ("standard", "strict", "surname")

STARS = "****"

Mask = Callable[[str, str], str]


def mask(kind: str, text: str, profile: str = "standard") -> str:
    """The text as people without the right to see it get it; an unknown kind shows nothing of it.

    `profile` is one of PROFILES; any other is taken as strict.
    """
    text, profile = text.strip(), profile if profile in PROFILES else "strict"
    return _MASKS.get(kind, _free_text)(text, profile) if text else ""


def kinds() -> frozenset[str]:
    """The kinds that have a mask of their own."""
    return frozenset(_MASKS)


def id_kind(credential_type: str | None) -> str:
    """The mask kind of a credential number, by credential type (domain 1.4); unknown types as other_id."""
    return _CREDENTIAL_KINDS.get(credential_type or "", "other_id")


_CREDENTIAL_KINDS = {
    **dict.fromkeys(("P01", "P02", "P03", "P08", "P10"), "resident_id"),
    **dict.fromkeys(("P06", "P06N", "P07", "P09", "P11", "P12"), "passport"),
    "O01": "uscc",
    **dict.fromkeys(("O02", "O03", "O04", "O07", "O08", "O09"), "public_id"),
}

_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def _person_name(text: str, profile: str) -> str:
    """Chinese: the last character, from three on behind two stars; others: first and last initial."""
    if not _HAN.search(text):
        return _latin_name(text, profile)
    if len(text) == 1 or profile == "strict":
        return "**"
    stars = "*" if len(text) == 2 else "**"
    return text[0] + stars if profile == "surname" else stars + text[-1]


def _latin_name(text: str, profile: str) -> str:
    if profile == "strict":
        return "***"
    parts = text.split()
    shown = parts if len(parts) <= 2 else [parts[0], parts[-1]]
    return " ".join(f"{part[0]}***" if len(part) > 1 else "***" for part in shown)


def _public(text: str, profile: str) -> str:
    """Published by the state or the bank itself."""
    return text


def _resident_id(text: str, profile: str) -> str:
    if len(text) not in (15, 18):
        return _other_id(text, profile)
    head, tail = (1, 1) if profile == "strict" else (3, 4)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


def _passport(text: str, profile: str) -> str:
    if profile == "strict" or len(text) < 8:
        return _other_id(text, "strict")
    return f"{text[:2]}*****{text[-2:]}"


def _other_id(text: str, profile: str) -> str:
    """Two and two of a long number, one and one of a shorter one, nothing of less than six characters."""
    if len(text) < 6:
        return "*****"
    shown = 1 if profile == "strict" or len(text) < 10 else 2
    return f"{text[:shown]}*****{text[-shown:]}"


def _digits(text: str) -> str:
    return re.sub(r"[^\d+]", "", text)


def _mobile(text: str, profile: str) -> str:
    """A Chinese mobile number 3 + 4, a foreign one country prefix + 4."""
    number = re.sub(r"^(?:\+86|0086|86(?=1\d{10}$))", "", _digits(text))
    if re.fullmatch(r"1\d{10}", number):
        return f"{number[:3] if profile != 'strict' else '1**'}****{number[-4:]}"
    return _foreign_number(number, profile)


def _foreign_number(number: str, profile: str) -> str:
    if len(number) < 9:
        return STARS + number[-2:] if len(number) >= 7 else STARS
    head = number[:3] if number.startswith("+") and profile != "strict" else ""
    return f"{head}{STARS}{number[-4:]}"


def _landline(text: str, profile: str) -> str:
    """Area code and the last four digits; area codes of three digits are 010 and 02x."""
    number = re.sub(r"^(?:\+86|0086)(?=[1-9])", "0", _digits(text))
    if re.fullmatch(r"0?1[3-9]\d{9}", number):
        return _mobile(number.lstrip("0"), profile)
    found = re.fullmatch(r"(010|02\d|0[3-9]\d{2})\d{3,4}(\d{4})", number)
    if not found:
        return _foreign_number(number, profile)
    area = found[1] if profile != "strict" else "0**"
    return f"{area}-****{found[2]}"


def _phone(text: str, profile: str) -> str:
    """A number that may be either: mobile numbers are told by their shape."""
    return _landline(text, profile)


def _email(text: str, profile: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or profile == "strict":
        return "***@***"
    return f"{local[0]}***@{domain}"


def _card(text: str, profile: str) -> str:
    """First six and last four of a card (12 to 19 digits); the last four of shorter accounts."""
    number = re.sub(r"[\s-]", "", text)
    if profile == "strict" or len(number) not in range(12, 20):
        return STARS + number[-4:] if len(number) >= 8 else STARS
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


#: Province and city, then the district; a district alone is not shown, as it may be a street's name.
_REGION = re.compile(
    r"(?P<upper>(?:[^\d省市区县]{2,7}(?:省|自治区|特别行政区|市))(?:[^\d省市区县]{1,10}(?:市|自治州|地区|盟))?)"
    r"(?P<district>[^\d省市区县]{1,8}(?:区|县|旗))?"
)


def _address(text: str, profile: str) -> str:
    found = _REGION.match(text)
    if not found or profile == "strict":
        return STARS
    return found["upper"] + (found["district"] or "") + STARS


def _birth_date(text: str, profile: str) -> str:
    year = re.match(r"(?:18|19|20)\d{2}", text)
    return f"{year[0] if year and profile != 'strict' else '****'}-**-**"


#: Upper ends of the bands in which amounts are shown, in currency units.
_BANDS = [n * 10**power for power in range(4, 9) for n in (1, 3, 5)]


def _amount(text: str, profile: str) -> str:
    """The band an amount lies in, such as 300-500k; the lower end belongs to it."""
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return STARS
    if profile == "strict" or not amount.is_finite():
        return STARS
    if amount < 0:
        return "<0"
    upper = next((band for band in _BANDS if amount < band), None)
    if upper is None:
        return f"≥{_short(_BANDS[-1])}"
    place = _BANDS.index(upper)
    return _band(_BANDS[place - 1], upper) if place else f"<{_short(upper)}"


def _band(lower: int, upper: int) -> str:
    one, other = _short(lower), _short(upper)
    return f"{one[:-1] if one[-1] == other[-1] else one}–{other}"


def _short(amount: int) -> str:
    return f"{amount // 10**6}M" if amount >= 10**6 else f"{amount // 1000}k"


def _free_text(text: str, profile: str) -> str:
    return STARS


_MASKS: dict[str, Mask] = {
    "person_name": _person_name,
    "org_name": _public,
    "resident_id": _resident_id,
    "passport": _passport,
    "uscc": _public,
    "public_id": _public,
    "other_id": _other_id,
    "credential": _other_id,
    "mobile": _mobile,
    "landline": _landline,
    "phone": _phone,
    "email": _email,
    "card": _card,
    "address": _address,
    "address_detail": _free_text,
    "birth_date": _birth_date,
    "amount": _amount,
    "free_text": _free_text,
}
