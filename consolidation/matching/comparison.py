"""Comparing two signatures: nine comparisons, each with a few levels of agreement. Vectorised and symmetric.

`compare(a, b)` takes two arrays of signatures of equal length and gives one row of levels per pair; online
it is one record repeated against its candidates. Level 0 is "one side is missing" and proves nothing either
way, level 1 is disagreement, higher levels agree more. The names of the levels are in LEVELS and are what
explanations show. Beside the levels stand facts: yes-or-no answers that rules and vetoes ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .addresses import address_levels, place_levels
from .births import birth_levels
from .grading import Levels, Mask, both, graded, same
from .numbering import number_comparison
from .records import ORGANISATION
from .signature import Signatures

LEVELS: dict[str, tuple[str, ...]] = {
    "surname": ("missing", "differs", "partly", "sounds alike", "swapped or alias", "same"),
    "given": ("missing", "differs", "partly", "sounds alike", "swapped or alias", "same"),
    "birth": ("missing", "differs", "two parts", "one edit", "same"),
    "number": ("missing", "differs", "same place and birth", "one edit", "same"),
    "phone": ("missing", "differs", "last eight", "same"),
    "email": ("missing", "differs", "same mailbox", "same"),
    "address": ("missing", "differs", "a little", "close", "same house", "same"),
    "place": ("missing", "differs", "same area", "close", "same"),
    "sex": ("missing", "differs", "same"),
}
FIELDS = tuple(LEVELS)
SURNAME, GIVEN, BIRTH, NUMBER, PHONE, EMAIL, ADDRESS, PLACE, SEX = range(len(FIELDS))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Levels, shape (pairs, 9) in the order of FIELDS; facts, shape (pairs,), bits of ``facts``."""

    levels: Levels
    facts: np.ndarray[tuple[int], np.dtype[np.uint16]]


def compare(a: Signatures, b: Signatures) -> Comparison:
    """Compare row by row; compare(a, b) equals compare(b, a)."""
    levels: Levels = np.zeros((len(a), len(FIELDS)), dtype=np.uint8)
    whole = same(a, b, "name")
    levels[:, SURNAME], levels[:, GIVEN] = _name_levels(a, b, whole)
    levels[:, BIRTH] = birth_levels(a["birth"], b["birth"])
    levels[:, NUMBER], facts = number_comparison(a, b, whole)
    levels[:, PHONE] = _phone_levels(a, b)
    levels[:, EMAIL] = graded(both(a, b, "email"), same(a, b, "mailbox"), same(a, b, "email"))
    levels[:, ADDRESS] = address_levels(a, b)
    levels[:, PLACE] = place_levels(a, b)
    levels[:, SEX] = graded(both(a, b, "sex"), same(a, b, "sex"))
    return Comparison(levels, facts)


def _name_levels(a: Signatures, b: Signatures, whole: Mask) -> tuple[Levels, Levels]:
    surname, given = _part_levels(a, b, "surname", "surname"), _part_levels(a, b, "given", "given")
    _exchange(a, b, surname, given)
    other = _alias(a, b)
    company = (a["party"] == ORGANISATION) | (
        b["party"] == ORGANISATION
    )  # its "surname" is the core of the registered name
    surname[company & (surname == 5)] = 4
    for part, levels in (("surname", surname), ("given", given)):
        present = both(a, b, part)
        levels[same(a, b, "name_bag") & present] = np.maximum(levels[same(a, b, "name_bag") & present], 3)
        levels[other & present] = np.maximum(levels[other & present], 4)
        levels[whole & present] = 5
    return surname, given


def _part_levels(a: Signatures, b: Signatures, part: str, other: str) -> Levels:
    """Levels 0 to 5 of one part of a's name against one part of b's."""
    first, last = _cross(a, b, f"{part}_head", f"{other}_head"), _cross(a, b, f"{part}_tail", f"{other}_tail")
    near = _cross(a, b, f"{part}_sound", f"{other}_sound") | (first & last)
    equal = _cross(a, b, part, other)
    return graded((a[part] != 0) & (b[other] != 0), first | last, near, equal, equal)


def _exchange(a: Signatures, b: Signatures, surname: Levels, given: Levels) -> None:
    """Where surname and given name stand in each other's place on one side, grade them crosswise.

    The better of the two crosswise levels goes to the surname, so that the result does not depend on the
    side.
    """
    at = np.flatnonzero(_cross(a, b, "surname", "given") | _cross(a, b, "given", "surname"))
    if len(at):
        one = _part_levels(a[at], b[at], "surname", "given")
        two = _part_levels(a[at], b[at], "given", "surname")
        better = at[one + two > surname[at] + given[at]]
        kept = np.isin(at, better)
        surname[better] = np.minimum(np.maximum(one, two), 4)[kept]
        given[better] = np.minimum(np.minimum(one, two), 4)[kept]


def _cross(a: Signatures, b: Signatures, left: str, right: str) -> Mask:
    result: Mask = (a[left] == b[right]) & (a[left] != 0)
    return result


def _alias(a: Signatures, b: Signatures) -> Mask:
    """An other name (former, English, short, romanised) of one is the name of the other.

    Other names that agree count for organisations only: persons' romanised names agree whenever they sound
    alike.
    """
    found = np.zeros(len(a), dtype=np.bool_)
    slots = range(a["alias"].shape[1])
    for one, other in ((a, b), (b, a)):
        name = _low(one["name"])
        for slot in slots:
            found |= (name == other["alias"][:, slot]) & (name != 0)
    company = np.flatnonzero((a["party"] == ORGANISATION) & (b["party"] == ORGANISATION))
    for left in slots:
        for right in slots if len(company) else ():
            alias = a["alias"][company, left]
            found[company] |= (alias == b["alias"][company, right]) & (alias != 0)
    return found


def _low(digests: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """The 32 bits under which a full name also stands in the alias columns."""
    low = digests.astype(np.uint32)
    low[(low == 0) & (digests != 0)] = 1
    return low


def _phone_levels(a: Signatures, b: Signatures) -> Levels:
    tail, whole = np.zeros(len(a), dtype=np.bool_), np.zeros(len(a), dtype=np.bool_)
    for i in range(a["phone"].shape[1]):
        for j in range(b["phone"].shape[1]):
            whole |= (a["phone"][:, i] == b["phone"][:, j]) & (a["phone"][:, i] != 0)
            tail |= (a["phone_tail"][:, i] == b["phone_tail"][:, j]) & (a["phone_tail"][:, i] != 0)
    present = (a["phone"] != 0).any(axis=1) & (b["phone"] != 0).any(axis=1)
    return graded(present, tail & present, whole)
