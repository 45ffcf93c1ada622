"""A search of several pieces: a name (or a whole number) and what else is known, such as “张伟 1980 138 深圳”.

Every piece that is not the name only narrows whom the name finds. A piece may say
what it is: “born:1980”, “尾号:1234”.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from mdm import codes
from mdm.codes.tables.region import romanised
from mdm.quality.primitives import fold_width, legible, parse_date

#: What a piece may say that it is: word -> kind. Kinds are also the names of REST's parameters.
MARKS: Mapping[str, str] = {
    **dict.fromkeys(("born", "生日", "出生"), "born"),
    **dict.fromkeys(("ends", "尾号", "末四位"), "ends"),
    **dict.fromkeys(("phone", "手机", "电话"), "phone"),
    **dict.fromkeys(("place", "city", "城市", "地区"), "place"),
    **dict.fromkeys(("branch", "org", "机构", "网点"), "branch"),
}
KINDS = tuple(dict.fromkeys(MARKS.values()))
_MARKED = re.compile(rf"({'|'.join(MARKS)})[:：](\S{{1,40}})", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,，;；、+＋]+")
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_MONTH = re.compile(r"((?:19|20)\d\d)[-/.年]?(0[1-9]|1[0-2])月?", re.ASCII)
_CHINESE_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?", re.ASCII)
_ENDS = re.compile(r"\d{4}|\d{3}X", re.ASCII)
_BEGINS = re.compile(r"1[3-9]\d{1,5}", re.ASCII)
_STEM = re.compile(r"(?:省|市|盟|地区|区|县|特别行政区|.{0,3}自治[区州县])$")


class Piece(NamedTuple):
    """Something known besides the name: one of `KINDS`, or `year_or_ends` for four digits that may be either."""

    kind: str
    value: str


class Pieces(NamedTuple):
    """A text taken apart: what is searched for as a whole, and what narrows it."""

    words: str
    known: tuple[Piece, ...]


def says_what_it_is(typed: str) -> bool:
    """Whether a piece of a text says what it is; nothing else of it is read."""
    return any(map(_MARKED.fullmatch, _parts(typed)))


def take_apart(typed: str) -> Pieces | None:
    """The pieces of a text; None for one that has no name or nothing besides it."""
    words: list[str] = []
    known: list[Piece] = []
    for part in _parts(typed):
        piece = _piece(part)
        if piece:
            known.append(piece)
        else:
            words.append(part)
    rest = " ".join(words)
    return Pieces(rest, tuple(known)) if known and len(rest) > 1 else None


def put_together(words: str, known: Mapping[str, str]) -> str:
    """The text of a name and what else is known by kind, as `take_apart` reads it."""
    marked = [f"{kind}:{_BETWEEN.sub('', str(known[kind]))}" for kind in KINDS if known.get(kind)]
    return " ".join([words.strip(), *marked])


def _parts(typed: str) -> list[str]:
    return [part for part in _BETWEEN.split(fold_width(legible(typed)).strip()) if part]


def _piece(part: str) -> Piece | None:
    if marked := _MARKED.fullmatch(part):
        return Piece(MARKS[marked[1].lower()], marked[2].upper())
    upper = part.upper()
    if _YEAR.fullmatch(upper):
        return Piece("year_or_ends", upper)
    if born(upper):
        return Piece("born", upper)
    if _ENDS.fullmatch(upper):
        return Piece("ends", upper)
    if _BEGINS.fullmatch(upper):
        return Piece("phone", upper)
    return Piece("place", part) if places(part) else None


def born(text: str) -> tuple[date, date] | None:
    """First and last day that a birth date, month or year means; None for what is none."""
    if _YEAR.fullmatch(text):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    chinese = _CHINESE_DAY.fullmatch(text)
    day = parse_date("-".join(chinese.groups()) if chinese else text)
    if day:
        return (day, day) if 1850 < day.year < 2100 else None
    if month := _MONTH.fullmatch(text):
        year, number = int(month[1]), int(month[2])
        last = date(year + number // 12, number % 12 + 1, 1).toordinal() - 1
        return date(year, number, 1), date.fromordinal(last)
    return None


def places(text: str) -> frozenset[str]:
    """The beginnings of the region codes that a place's name means, in either language; the kind of division may be
    left out. Empty for what is no place."""
    return _places().get(text.upper(), frozenset())


def stem(place: str) -> str:
    """A place's name without the kind of division."""
    return _STEM.sub("", place) if len(place) > 2 else place


@cache
def _places() -> dict[str, frozenset[str]]:
    regions = codes.get("region")
    found: dict[str, set[str]] = {}
    for code in regions:
        name = regions.label(code, "zh")
        begins = code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code
        names = [name, stem(name)]
        if len(begins) < 6:
            names += [romanised(stem(name)), romanised(name)]
        for one in names:
            if len(one) > 1:
                found.setdefault(one.upper(), set()).add(begins)
    return {name: frozenset(begins) for name, begins in found.items()}
