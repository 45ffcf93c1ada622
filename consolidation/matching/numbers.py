"""Identity numbers of one record: kinds, order of trust, the parts that survive one typing error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from credentials.rules.placeholders import is_placeholder_number
from mdm.quality.numbers import upgrade_citizen

from .records import RecordCredential
from .words import key

# Kinds in the order of trust, persons' first. Types whose holders have the same number share a kind.
CITIZEN, PERMANENT, PERMANENT_OLD, HONGKONG_MACAU, TAIWAN, PASSPORT, MILITARY = range(1, 8)
HONGKONG_ID, TAIWAN_ID, SUPPORTING = range(8, 11)
USCC, ORG_CODE, LICENCE, TAX, LEI, OTHER_ORGANISATION = range(11, 17)
_KINDS = {
    **dict.fromkeys(("P01", "P02", "P03", "P08"), CITIZEN),
    "P10": PERMANENT,
    "P09": PERMANENT_OLD,
    "P06": HONGKONG_MACAU,
    "P06N": HONGKONG_MACAU,
    "P07": TAIWAN,
    "P11": PASSPORT,
    "P12": PASSPORT,
    "P04": MILITARY,
    "P05": MILITARY,
    "P13": HONGKONG_ID,
    "P14": TAIWAN_ID,
    "O01": USCC,
    "O02": ORG_CODE,
    "O03": LICENCE,
    "O04": TAX,
    "O07": LEI,
}
PRIMARY = (CITIZEN, PERMANENT, PERMANENT_OLD, HONGKONG_MACAU, TAIWAN, PASSPORT, MILITARY, USCC, ORG_CODE, LEI)
# One holder has one number of these kinds for life, so two different ones that are proven mean two holders.
EXCLUSIVE = frozenset(range(CITIZEN, TAIWAN_ID + 1)) - {PASSPORT, MILITARY} | {USCC, ORG_CODE, LEI}
_ORG_CODE_AT = {USCC: (18, 8), ORG_CODE: (9, 0), TAX: (15, 6)}  # length of the number, where the code starts
VALID, VERIFIED, SHORT_FORM, PROVEN = 1, 2, 4, 8  # PROVEN: exclusive kind, and valid or verified
_SHORTEST, _LONG = 3, 15


class Number(NamedTuple):
    """One number made comparable: equal `text` means the same document of the same kind."""

    kind: int
    text: str
    state: int  # VALID | VERIFIED | SHORT_FORM | PROVEN
    parts: tuple[str, str, str]  # three pairs of thirds: one typing error leaves one pair whole
    core: str  # what survives a renewal of the document, or ""
    birth: int = 0  # YYYYMMDD that a checked number proves
    sex: str = ""


def comparable_numbers(credentials: Sequence[RecordCredential]) -> list[Number]:
    """The numbers of a record, most trusted kind first, without placeholders and repetitions."""
    numbers = {n.text: n for n in map(_number, credentials) if n is not None}
    return sorted(numbers.values(), key=lambda n: (n.kind, -(n.state & (VALID | VERIFIED)), n.text))


def _number(credential: RecordCredential) -> Number | None:
    text = key(credential.number)
    if _names_nobody(text):
        return None
    kind = _KINDS.get(credential.type, OTHER_ORGANISATION if credential.type.startswith("O") else SUPPORTING)
    state = VALID * credential.valid_check | VERIFIED * credential.verified
    if kind == TAX and len(text) == 18:
        kind = USCC
    if kind == CITIZEN and (long := upgrade_citizen(text)):
        text, state = long, state | SHORT_FORM
    return _with_facts(kind, text, state, credential.country)


def _names_nobody(text: str) -> bool:
    """A placeholder as a whole, or but for what stands in the place of its check digit."""
    placeholder = is_placeholder_number(text) or (len(text) >= _LONG and is_placeholder_number(text[:-1]))
    return placeholder or len(text) < _SHORTEST


def _with_facts(kind: int, text: str, state: int, country: str) -> Number:
    state |= PROVEN * (kind in EXCLUSIVE and bool(state & (VALID | VERIFIED)))
    citizen = kind in (CITIZEN, PERMANENT) and len(text) == 18 and state & VALID
    place = country if kind in (PASSPORT, HONGKONG_ID, SUPPORTING) else ""
    return Number(
        kind=kind,
        text=f"{kind}|{place}|{text}",
        state=state,
        parts=_parts(kind, text),
        core=_core(kind, text),
        birth=_digits(text[6:14]) if citizen and kind == CITIZEN else 0,
        sex=("F", "M")[_digits(text[16]) % 2] if citizen and kind == CITIZEN else "",
    )


def _digits(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _parts(kind: int, text: str) -> tuple[str, str, str]:
    if kind == CITIZEN and len(text) == 18:
        first, middle, last = text[:6], text[6:14], text[14:17]
    else:
        third = max(1, round(len(text) / 3))
        first, middle, last = text[:third], text[third:-third], text[-third:]
    return f"{kind}|{first}+{middle}", f"{kind}|{middle}~{last}", f"{kind}|{first}_{last}"


def _core(kind: int, text: str) -> str:
    """The lifetime digits of a permit (M05), the organisation code inside a longer number (M07)."""
    if kind == HONGKONG_MACAU:  # letter and eight lifetime digits, then the renewal count
        return f"permit|{text[:9]}"
    if kind == TAIWAN:
        return f"permit|{text[:8]}"
    length, start = _ORG_CODE_AT.get(kind, (0, 0))
    return f"org|{text[start : start + 9]}" if length and len(text) == length else ""
