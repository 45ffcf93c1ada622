"""Names of organisations: the form in which they are compared and the terms under which they are found."""

import re
from functools import cache

from customers.rules import pinyin
from mdm import codes
from mdm.codes.tables.organisation import LEGAL_FORMS_LATIN, LEGAL_FORMS_ZH
from mdm.quality.primitives import match_form, without_spaces

_BRACKETS = re.compile(r"[()\[\]<>「」『』《》]")
_MARKS = re.compile(r"[^\w]+|_")
_LEGAL_FORM = re.compile(f"(?:{'|'.join(sorted(LEGAL_FORMS_ZH, key=len, reverse=True))})$")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_KIND_OF_PLACE = re.compile(r"^(?:省|市|自治区|特别行政区|区|县|自治州|州)")


def organisation_key(name: str) -> str:
    """The form in which names of organisations are compared: without brackets, spaces, marks and legal form.

    A name that is nothing but a legal form stays as it is. Idempotent.
    """
    text = _BRACKETS.sub("", match_form(name)).replace(".", "")
    return _han_key(without_spaces(text)) if _HAN.search(text) else _latin_key(text)


def _han_key(text: str) -> str:
    plain = _MARKS.sub("", text)
    while (found := _LEGAL_FORM.search(plain)) and found.start() > 1:
        plain = plain[: found.start()]
    return plain


def _latin_key(text: str) -> str:
    words = _MARKS.sub(" ", text.replace("'", "")).split()
    kept = list(words)
    while len(kept) > 1 and kept[-1] in LEGAL_FORMS_LATIN:
        kept.pop()
    return " ".join(kept)


def without_place(key: str) -> str:
    """The key without the region it begins with (深圳市腾讯 is 腾讯), if more than one character remains."""
    rest = key
    for _level in range(3):
        place = next((p for n in (4, 3, 2) if (p := rest[:n]) in _places()), "")
        shorter = _KIND_OF_PLACE.sub("", rest[len(place) :]) if place else rest
        if shorter == rest or len(shorter) < 2:
            return rest
        rest = shorter
    return rest


@cache
def _places() -> frozenset[str]:
    """Provinces, cities and districts by their names, without the kind of division."""
    regions = codes.get("region")
    names = (regions.label(code, "zh") for code in regions if code[4:] == "00" or code[2:4] != "00")
    stems = (re.sub(r"(?:省|市|盟|地区|区|县|.{0,3}自治[区州县])$", "", name) for name in names)
    return frozenset(stem for stem in stems if 2 <= len(stem) <= 4) | {"中国"}


def terms(name: str, prefix: int) -> list[str]:
    """Search terms of a Chinese name: beginnings of the key, with and without its place, pinyin, initials."""
    key = organisation_key(name)
    core = without_place(key)
    sounds = pinyin.syllables(core[:prefix])
    spoken = ["".join(sounds[:n]) for n in (2, 4, prefix)]
    written = [text[:n] for text in (core, key) for n in range(2, min(len(text), prefix) + 1)]
    return [*dict.fromkeys(written), "".join([sound[0] for sound in sounds]), *spoken]
