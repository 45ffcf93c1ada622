"""Names: the form in which they are compared, their parts, and the terms under which they are found.

What is stored is always the name as on the document; everything here is derived from it.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from customers.rules import organisation_names, pinyin
from customers.rules.surnames import COMPOUND
from mdm.quality.primitives import MIDDLE_DOT, match_form, simplify

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_HAN = re.compile(f"[{_HAN}]")
#: The usual Chinese name: nothing in it but the ordinary characters.
_PLAIN_HAN = re.compile(r"[\u4e00-\u9fa5]{2,6}")
_WORD = re.compile(r"[^\W_]+")
_DROPPED = str.maketrans("", "", "'’‘ʼ`´")
#: Longest beginning of a name or word that is a term; what is typed beyond it is not asked for.
PREFIX = 10
#: Most terms of one name.
TERMS = 24
#: A Chinese text longer than this is no one's full name without a middle dot: an organisation's.
_LONGEST_PERSON = 6


class NameParts(NamedTuple):
    """Surname and given name; an undivided name has an empty surname."""

    surname: str
    given_name: str


def is_han(name: str) -> bool:
    """Whether a Chinese character is in the name."""
    return _HAS_HAN.search(name) is not None


@lru_cache(maxsize=1 << 15)
def name_key(name: str) -> str:
    """The form in which names are compared (domain reference 1.7).

    Upper case, simplified, one kind of middle dot; Chinese names without spaces, Latin ones without
    accents and punctuation. Idempotent.
    """
    if _PLAIN_HAN.fullmatch(name):
        return simplify(name)
    key = match_form(name)
    if is_han(key):
        return unicodedata.normalize("NFC", key.replace(" ", "").replace(".", MIDDLE_DOT))
    return " ".join(_words(key))


def _words(key: str) -> list[str]:
    """The words of a Latin (Cyrillic, Greek …) text in upper case without accents."""
    plain = key.translate(_DROPPED)
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).upper()
    return _WORD.findall(plain)


def split_name(name: str) -> NameParts:
    """Surname and given name of a person's full name.

    Chinese: two characters of a compound surname, else one; a name with a middle dot is not divided.
    Latin: what stands before a comma, else the last word, is the surname.
    """
    text = name.strip()
    if is_han(text):
        return _split_han(name_key(text))
    before, comma, after = text.partition(",")
    if comma and before.strip():
        return NameParts(before.strip(), after.strip())
    given, _, surname = text.rpartition(" ")
    return NameParts(surname, given.strip()) if given else NameParts("", text)


def _split_han(key: str) -> NameParts:
    if MIDDLE_DOT in key or len(key) < 2:
        return NameParts("", key)
    cut = 2 if len(key) > 2 and key[:2] in COMPOUND else 1
    return NameParts(key[:cut], key[cut:])


def search_terms(name: str) -> list[str]:
    """The terms under which a name is found: at most `TERMS`, each of at least two signs.

    Chinese: beginnings from two characters on, the full pinyin in both orders, its initials.
    Latin: the words, all of them joined in both orders, beginnings of words from two letters on.
    """
    key = name_key(name)
    if not is_han(key):
        return _capped(_latin_terms(key.split()))
    plain = key.replace(MIDDLE_DOT, "")
    if len(plain) > _LONGEST_PERSON and plain == key:
        return _capped(organisation_names.terms(name, PREFIX))
    return _capped([*(plain[:n] for n in range(2, min(len(plain), PREFIX) + 1)), *_sounds(_split_han(key))])


def _sounds(parts: NameParts) -> list[str]:
    """Pinyin of a Chinese person's name: surname first, given name first, initials."""
    given = pinyin.syllables(parts.given_name.replace(MIDDLE_DOT, ""))
    rest = "".join(given)
    surname = pinyin.surname_reading(parts.surname)
    usual = pinyin.syllables(parts.surname)
    initials = "".join([s[0] for s in (*usual, *given)])
    terms = [surname + rest, rest + surname, (surname[:1] or initials[:1]) + initials[1:]]
    if len(usual) == 1 and usual[0] != surname:
        terms += [usual[0] + rest, initials]
    return [
        *terms,
        *[spelt for term in terms if "V" in term and (spelt := pinyin.passport_spelling(term)) != term],
    ]


def _latin_terms(words: list[str]) -> list[str]:
    if not words:
        return []
    joined = ["".join(words), "".join([words[-1], *words[:-1]])]
    beginnings = [word[:n] for n in range(2, PREFIX) for word in words if n < len(word)]
    return [*(word[:PREFIX] for word in words), *joined, *beginnings]


def _capped(terms: list[str]) -> list[str]:
    return [term for term in dict.fromkeys(terms) if len(term) > 1][:TERMS]


def query_words(text: str) -> list[str]:
    """The other reading of Latin text: words of an organisation's name, each for itself, not one pinyin phrase."""
    key = name_key(text)
    return [] if is_han(key) else [word[:PREFIX] for word in key.split() if len(word) > 1]


def query_terms(text: str) -> list[str]:
    """What to ask for when `text` was typed as a name: all of these must be among a name's terms.

    Empty where the text is no name (digits only, one sign). Pinyin typed in several words is one term.
    """
    key = name_key(text)
    if is_han(key):
        plain = organisation_names.organisation_key(text) if len(key) > _LONGEST_PERSON else key
        plain = plain.replace(MIDDLE_DOT, "")
        return [plain[:PREFIX]] if len(plain) > 1 else []
    words = key.split()
    if not any(word.isalpha() for word in words):
        return []
    joined = "".join(words)
    if len(joined) > 1 and (pinyin.is_phrase(joined) or len(words) == len(joined)):
        return [joined]
    return [word[:PREFIX] for word in words if len(word) > 1]
