"""Words made comparable by equality: keys, sounds, heads and tails, of Latin and Chinese words alike."""

from __future__ import annotations

import re
from functools import lru_cache

from customers.rules import pinyin
from customers.rules.names import is_han, name_key

_NOT_WORD = re.compile(r"[\W_]+")
_SOUNDS = ("BFPVW", "CGJKQSXZ", "DT", "L", "MN", "R")
_SOUND_GROUPS = {letter: str(code) for code, group in enumerate(_SOUNDS, 1) for letter in group}
_SOUND_LETTERS = 5
EDGE_LATIN, EDGE_HAN = 3, 1


@lru_cache(maxsize=1 << 17)
def key(text: str) -> str:
    """Letters and digits only, in the form names are compared in: "Evans-Zijlstra" is "EVANSZIJLSTRA"."""
    return bare(name_key(text))


def bare(name_key: str) -> str:
    """Letters and digits only, of a text in the form names are compared in."""
    return _NOT_WORD.sub("", name_key)


@lru_cache(maxsize=1 << 16)
def sound(word: str) -> str:
    """How a key sounds: toneless pinyin of Chinese, a Soundex without the special first letter for Latin.

    Equal sounds catch same-sounding characters (晓 and 小) and most single typing errors in vowels.
    """
    return "".join(pinyin.syllables(word)) if is_han(word) else _latin_sound(word)


def _latin_sound(word: str) -> str:
    codes, last = [], ""
    for position, letter in enumerate(word):
        code = _SOUND_GROUPS.get(letter, "")
        if position == 0 and not code:
            codes.append("V" if letter in "AEIOUYH" else letter)
        elif code and code != last:
            codes.append(code)
        if letter not in "HW":  # as in Soundex: they do not separate equal codes
            last = code
    return "".join(codes[:_SOUND_LETTERS])


def head(word: str) -> str:
    """The first three letters, or the first character of Chinese; the whole of a shorter word."""
    return word[: EDGE_HAN if is_han(word) else EDGE_LATIN]


def tail(word: str) -> str:
    """The last three letters, or the last character of Chinese."""
    return word[-(EDGE_HAN if is_han(word) else EDGE_LATIN) :]


def grams(word: str) -> list[str]:
    """Every pair of neighbours in Chinese, every triple in Latin: what sketches are made of."""
    size = 2 if is_han(word) else 3
    return [word[i : i + size] for i in range(max(1, len(word) - size + 1))] if word else []
