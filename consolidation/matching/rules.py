"""The rules of domain 2.4: which class a compared pair gets, and by which rule.

Deterministic rules (M01 to M12) are masks over levels and facts; M14 is the calibrated probability. M13
needs the number of a previous document: a record that carries it holds two passports, which M01 sees as an
equal number. The class is the best that any rule gives, except that M02 (one number, different names) is
always a review.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import facts as f
from .comparison import ADDRESS, BIRTH, EMAIL, GIVEN, NUMBER, PHONE, PLACE, SEX, SURNAME, Comparison
from .grading import Levels, Mask
from .policy import Policy
from .vetoes import names_conflict
from .weights import Floats

NONE, POSSIBLE, STRONG, AUTO = range(4)
CLASSES = ("C", "B", "A2", "A1")
_ENOUGH = 4  # agreements beside the score
RULES = ("", "M01", "M02", "M03", "M04", "M05", "M06", "M07", "M08", "M09", "M10", "M11", "M12", "M14")


@dataclass(frozen=True, slots=True)
class Ruling:
    """Per pair its class (position in CLASSES) and its rule (position in RULES)."""

    classes: NDArray[np.uint8]
    rules: NDArray[np.uint8]


def rule(compared: Comparison, chance: Floats, persons: Mask, policy: Policy) -> Ruling:
    """Class and rule of each pair; `chance` is its probability, `persons` marks pairs of persons."""
    ruling = Ruling(np.zeros(len(chance), dtype=np.uint8), np.zeros(len(chance), dtype=np.uint8))
    for code, where, class_ in _masks(compared, persons):
        _give(ruling, code, where, class_)
    unruled = ruling.classes == NONE  # a pair that a written rule knows keeps that rule's class for review
    _give(ruling, "M14", unruled & (chance >= policy.strong), STRONG)
    _give(ruling, "M14", unruled & (chance >= policy.possible), POSSIBLE)
    if policy.auto_persons:
        sure = _sure(compared.levels) if policy.guarded else True
        _give(ruling, "M14", (chance >= policy.auto) & persons & sure, AUTO)
    conflict = names_conflict(compared, persons)
    ruling.classes[conflict], ruling.rules[conflict] = STRONG, RULES.index("M02")
    return ruling


def _give(ruling: Ruling, code: str, where: Mask, class_: int) -> None:
    better = where & (ruling.classes < class_)
    ruling.classes[better], ruling.rules[better] = class_, RULES.index(code)


def _masks(compared: Comparison, persons: Mask) -> list[tuple[str, Mask, int]]:
    levels = compared.levels
    similar = _similar(levels, persons)
    born, reached = levels[:, BIRTH] == 4, levels[:, PHONE] == 3
    name, primary = _fact(compared, f.SAME_NAME), _fact(compared, f.SAME_PRIMARY)
    other_form = _fact(compared, f.OTHER_FORM)
    no_common = levels[:, NUMBER] < 4
    return [
        ("M01", primary & name & ~other_form & ~_far(levels), AUTO),
        ("M03", primary & name & other_form & ~_far(levels), AUTO),
        ("M05", _fact(compared, f.SAME_PERMIT) & name & ~_far(levels), AUTO),
        ("M06", _fact(compared, f.SAME_USCC) & similar, AUTO),
        ("M07", _fact(compared, f.SAME_ORG_CODE) & similar, AUTO),
        ("M01", primary & name, STRONG),
        ("M04", _fact(compared, f.OLD_AND_NEW_PERMIT) & name & born & _fact(compared, f.SAME_NATION), STRONG),
        ("M06", _fact(compared, f.SAME_USCC), STRONG),
        ("M07", _fact(compared, f.SAME_ORG_CODE), STRONG),
        ("M08", _fact(compared, f.SAME_LICENCE) & name, STRONG),
        ("M09", persons & name & born & reached & no_common & (levels[:, SEX] == 2), STRONG),
        ("M10", persons & name & born & (levels[:, ADDRESS] >= 4), POSSIBLE),
        ("M11", reached & similar, POSSIBLE),
        ("M12", persons & name & born & _fact(compared, f.PASSPORTS_DIFFER), POSSIBLE),
    ]


def _fact(compared: Comparison, bit: int) -> Mask:
    result: Mask = compared.facts & bit != 0
    return result


def _far(levels: Levels) -> Mask:
    """Birth dates that contradict each other are for a person to look at even under an equal number."""
    result: Mask = (levels[:, BIRTH] == 1) | (levels[:, BIRTH] == 2)
    return result


def _similar(levels: Levels, persons: Mask) -> Mask:
    result: Mask = (levels[:, SURNAME] >= 3) & ((levels[:, GIVEN] >= 3) | ~persons)
    return result


def _sure(levels: Levels) -> Mask:
    """What M14 must see besides its score: four agreements, and nothing that contradicts.

    A household shares surname, address and phone, and a form filled in from a relative's shares more. So a
    given name that differs is outweighed only by the same number and birth date, a birth date that differs
    only by the same number under a given name that does not.
    """
    agreements = _count(
        levels[:, SURNAME] >= 2,
        levels[:, GIVEN] >= 2,
        levels[:, BIRTH] >= 3,
        levels[:, NUMBER] >= 3,
        levels[:, PHONE] == 3,
        levels[:, EMAIL] == 3,
        levels[:, ADDRESS] >= 3,
        levels[:, PLACE] >= 3,
    )
    same_number, other_given = levels[:, NUMBER] == 4, levels[:, GIVEN] == 1
    named = ~other_given | (same_number & (levels[:, BIRTH] >= 3))
    born = ~_far(levels) | (same_number & ~other_given)
    result: Mask = (agreements >= _ENOUGH) & named & born
    return result


def _count(*agreements: Mask) -> NDArray[np.uint8]:
    counts = np.zeros(len(agreements[0]), dtype=np.uint8)
    for agreement in agreements:
        counts += agreement
    return counts
