"""Vetoes of domain 2.4: what forbids an automatic merge whatever the score; a person reviews the pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from . import facts as f
from .comparison import BIRTH, GIVEN, NUMBER, SURNAME, Comparison
from .grading import Mask
from .policy import BirthVeto
from .records import PERSON
from .signature import BIRTH_PROVEN, CLOSED, DECEASED, PROTECTED, SEX_VERIFIED, Signatures

# In the order in which they are told: the first that holds is the reason given.
VETOES = (
    "PARTY",  # organisation and person
    "NEVER_MATCH",  # a steward said so
    "NUMBERS",  # two different proven numbers of an exclusive kind
    "SEX",  # different verified sex
    "BIRTH",  # birth dates too far apart
    "NAMES",  # one number, different names (M02)
    "PROFILE",  # name and birth date both disagree and no number says otherwise
    "CLOSED",
    "DECEASED",  # one deceased, the other not
    "PROTECTED",
)
GROUP_SIZE, AMBIGUOUS = "GROUP_SIZE", "AMBIGUOUS"  # found while clustering
NEVER_MATCH, NUMBERS = VETOES.index("NEVER_MATCH") + 1, VETOES.index("NUMBERS") + 1


def vetoes(
    a: Signatures, b: Signatures, compared: Comparison, never: Mask, birth: BirthVeto
) -> NDArray[np.uint8]:
    """Per pair 0, or 1 + the position in VETOES of the first that holds. `never` marks NEVER_MATCH pairs."""
    found = np.zeros(len(a), dtype=np.uint8)
    checks: Sequence[Mask] = (
        a["party"] != b["party"],
        never,
        compared.facts & f.PROVEN_DIFFER != 0,
        _sexes_differ(a, b),
        _births_apart(a, b, compared, birth),
        names_conflict(compared, a["party"] == PERSON),
        _profiles_differ(compared),
        _either(a, b, CLOSED),
        (a["flags"] ^ b["flags"]) & DECEASED != 0,
        _either(a, b, PROTECTED),
    )
    for place, check in reversed(list(enumerate(checks, 1))):
        found[check] = place
    return found


def code_of(place: int) -> str:
    """The code of a veto as `vetoes` gives it, "" for 0."""
    return VETOES[place - 1] if place else ""


def _either(a: Signatures, b: Signatures, flag: int) -> Mask:
    result: Mask = (a["flags"] | b["flags"]) & flag != 0
    return result


def _sexes_differ(a: Signatures, b: Signatures) -> Mask:
    verified = a["flags"] & b["flags"] & SEX_VERIFIED != 0
    result: Mask = verified & (a["sex"] != b["sex"])
    return result


def _births_apart(a: Signatures, b: Signatures, compared: Comparison, veto: BirthVeto) -> Mask:
    """More than one edit, or one exchange of day and month, apart; "proven" asks for documents on both."""
    levels = compared.levels[:, BIRTH]
    apart: Mask = (levels == 1) | (levels == 2)
    if veto == "proven":
        apart &= a["flags"] & b["flags"] & BIRTH_PROVEN != 0
    return apart


def names_conflict(compared: Comparison, persons: Mask) -> Mask:
    """M02: the same identifying number under names of persons that are not even similar."""
    surname, given = compared.levels[:, SURNAME], compared.levels[:, GIVEN]
    alike = ((surname >= 3) | (surname == 0)) & ((given >= 3) | (given == 0))
    result: Mask = persons & (compared.facts & f.SAME_PRIMARY != 0) & ~alike
    return result


def _profiles_differ(compared: Comparison) -> Mask:
    levels = compared.levels
    apart = (levels[:, BIRTH] == 1) | (levels[:, BIRTH] == 2)
    result: Mask = (levels[:, GIVEN] == 1) & apart & (levels[:, NUMBER] < 3)
    return result
