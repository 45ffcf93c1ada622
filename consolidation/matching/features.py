"""The texts of one record that become digests, column by column. The only place that sees clear values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from customers.rules import organisation_names, pinyin
from customers.rules.names import is_han, name_key, split_name

from .numbers import Number
from .placeholders import is_placeholder_email, is_placeholder_name, is_placeholder_phone
from .records import ORGANISATION, MatchRecord, RecordAddress, RecordName
from .words import bare, grams, head, key, sound, tail

Texts = dict[str, str]
_DIGITS, _NOT_DIGIT = re.compile(r"\d+"), re.compile(r"\D+")
_IN_BRACKETS = re.compile(r"[(（]\w{2,4}[)）]")  # a place, as in 明德（杭州）科技
_LOCAL_DIGITS = 8
_STREET_HAN = re.compile(r"^.*?(?:大道|路|街|巷|弄|村)")
_STREET_LATIN = re.compile(
    r"^.+?(?:STREET|ROAD|AVENUE|DRIVE|LANE|COURT|PLACE|CLOSE|CRESCENT|CIRCUIT|CIRCLE|WAY|TERRACE|PARADE|GROVE|"
    r"BOULEVARD|SQUARE|HIGHWAY|GARDENS|\b(?:ST|RD|AVE|DR|LN|CT|PL|CL|CRES|CCT|TCE|BLVD|SQ|HWY))\b"
)


def name_texts(record: MatchRecord) -> Texts:
    """Columns of the names: full, bag, sound, the two parts with their sounds and edges, other names."""
    if record.party_type == ORGANISATION:
        return _organisation_name(record)
    usable = [name for name in record.names if not is_placeholder_name(_whole(name))]
    return _person_name(usable[0], usable[1:]) if usable else {}


def _whole(name: RecordName) -> str:
    return key(name.full) or key(name.surname + name.given)


def _person_name(name: RecordName, others: Sequence[RecordName]) -> Texts:
    surname, given = _split(name)
    full = _canonical(name)
    texts = {"name": full, "name_bag": _bag(full, surname, given)}
    texts["name_sound"] = _full_sound(full, surname, given)
    texts |= _edges("surname", surname) | _edges("given", given)
    aliases = [_canonical(other) for other in others]
    if is_han(full):
        aliases.append("".join(sorted(_romanised(surname, given))))
    texts |= {f"alias{n}": alias for n, alias in enumerate(a for a in aliases[:2] if a != full)}
    return texts


def _split(name: RecordName) -> tuple[str, str]:
    if name.surname or name.given:
        return key(name.surname), key(name.given)
    parts = split_name(name.full)
    return key(parts.surname), key(parts.given_name)


def _canonical(name: RecordName) -> str:
    """The full name in a form that does not depend on which part a source writes first in Latin letters."""
    full = _whole(name)
    if is_han(full):
        return full
    parts = (
        [key(name.surname), key(name.given)] if name.surname or name.given else name_key(name.full).split()
    )
    return "".join(sorted(parts))


def _romanised(surname: str, given: str) -> tuple[str, str]:
    """A Chinese name as a passport spells it, to find the customer whose record has only that."""
    return pinyin.surname_reading(surname), "".join(pinyin.syllables(given))


def _bag(full: str, surname: str, given: str) -> str:
    return "".join(sorted(full)) if is_han(full) else " ".join(sorted((surname, given))).strip()


def _full_sound(full: str, surname: str, given: str) -> str:
    return sound(full) if is_han(full) else "+".join(sorted(sound(part) for part in (surname, given) if part))


def _edges(column: str, word: str) -> Texts:
    heard = _heard(word)
    if heard is None:
        return {}
    return {column: word, f"{column}_sound": heard[0], f"{column}_head": heard[1], f"{column}_tail": heard[2]}


@lru_cache(maxsize=1 << 14)
def _heard(word: str) -> tuple[str, str, str] | None:
    """Sound, head and tail of a part of a name; None of one that names nobody."""
    if is_placeholder_name(word) and not is_han(word):
        return None
    return sound(word), head(word), tail(word)


def _organisation_name(record: MatchRecord) -> Texts:
    full = key(record.registered_name)
    if is_placeholder_name(full):
        return {}
    core = organisation_core(record.registered_name)
    texts = {"name": full, "name_bag": core, "name_sound": sound(core), "surname": core}
    texts |= {"surname_sound": sound(core), "surname_head": core[:4], "surname_tail": core[-4:]}
    others = [key(name.full) for name in record.names if not is_placeholder_name(name.full)]
    return texts | {f"alias{n}": other for n, other in enumerate(o for o in others[:2] if o != full)}


def organisation_core(name: str) -> str:
    """A registered name without legal form and place, which sources write, move or leave out at will."""
    plain = _IN_BRACKETS.sub("", name)
    return key(organisation_names.without_place(organisation_names.organisation_key(plain)))


def number_texts(numbers: Sequence[Number]) -> Texts:
    """Columns of the three most trusted numbers; the parts are those of the first."""
    texts = {f"number{n}": number.text for n, number in enumerate(numbers[:3])}
    if numbers:
        texts |= {f"part{n}": part for n, part in enumerate(numbers[0].parts)}
        texts["core"] = next((number.core for number in numbers if number.core), "")
    return texts


def contact_texts(record: MatchRecord) -> Texts:
    """Columns of the first two phones and the first e-mail address."""
    digits = [_NOT_DIGIT.sub("", phone) for phone in record.phones]
    phones = list(dict.fromkeys(d for d in digits if not is_placeholder_phone(d)))[:2]
    texts = {f"phone{n}": phone for n, phone in enumerate(phones)}
    texts |= {f"phone_tail{n}": phone[-_LOCAL_DIGITS:] for n, phone in enumerate(phones)}
    mails = [mail.strip().casefold() for mail in record.emails]
    mails = [mail for mail in mails if "@" in mail and not is_placeholder_email(mail)]
    if mails:
        texts |= {"email": mails[0], "mailbox": mails[0].partition("@")[0]}
    return texts


def address_texts(address: RecordAddress | None) -> Texts:
    """Columns of one address: the whole, place, house, street."""
    if address is None:
        return {}
    detail, postcode = name_key(address.detail), key(address.postcode)
    numbers, street = _DIGITS.findall(detail), _street(detail)
    return {
        "address": bare(detail),
        "region": address.region_code or _place(address),
        "province": address.region_code[:2] or key(address.province),
        "city": key(address.district if is_han(address.district) else address.city or address.district),
        "postcode": postcode,
        "postcode_head": postcode[:2],
        "postcode_bag": "".join(sorted(postcode)),
        "house": numbers[0].lstrip("0") if numbers else "",
        "street": street,
        "street_sound": sound(street) if street else "",
    }


def _place(address: RecordAddress) -> str:
    """The names of an address without a code."""
    return "|".join([key(name) for name in (address.province, address.city, address.district) if name])


def _street(detail: str) -> str:
    """The street of an address: up to 路 or 街 in Chinese, to "street" and its like or two words in Latin."""
    plain = _DIGITS.sub("", detail).strip()
    if is_han(plain):
        found = _STREET_HAN.match(plain)
        return bare(found.group() if found else plain)
    found = _STREET_LATIN.match(plain)
    return bare(found.group() if found else " ".join(plain.split()[:2]))


def address_grams(texts: Texts) -> list[str]:
    """The pieces of the whole address that its sketch is made of; digits are left to the house column."""
    return grams(_DIGITS.sub("", texts.get("address", "")))
