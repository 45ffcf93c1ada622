"""Comparing identity numbers, slot by slot: one level and the facts that rules and vetoes need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import facts as f
from .grading import Levels, Mask, graded, same
from .numbers import (
    CITIZEN,
    HONGKONG_MACAU,
    LICENCE,
    PASSPORT,
    PERMANENT,
    PERMANENT_OLD,
    PRIMARY,
    PROVEN,
    SHORT_FORM,
    TAIWAN,
    USCC,
    VALID,
)
from .signature import NUMBER_SLOTS, Signatures

_PRIMARY = np.isin(np.arange(256), PRIMARY)
_PERMITS = np.isin(np.arange(256), (HONGKONG_MACAU, TAIWAN))


def number_comparison(a: Signatures, b: Signatures, same_name: Mask) -> tuple[Levels, NDArray[np.uint16]]:
    """Levels 0 missing, 1 differs, 2 same place and birth, 3 one edit, 4 same; and the facts of each pair."""
    facts = same_name * np.uint16(f.SAME_NAME)
    core = same(a, b, "core")
    comparable, equal = np.zeros(len(a), dtype=np.bool_), np.zeros(len(a), dtype=np.bool_)
    for i in range(_used(a)):
        for j in range(_used(b)):
            kinds, numbers = _slot_pair(a, b, i, j, core, facts)
            comparable |= kinds
            equal |= numbers
    _finish(a, b, core, equal, facts)
    family, near = _near(a, b)
    return graded(comparable | core, family, near, equal | core), facts


def _used(rows: Signatures) -> int:
    """How many slots hold anything; usually one, and the rest need no work."""
    return next((n for n in range(NUMBER_SLOTS, 0, -1) if rows["number_kind"][:, n - 1].any()), 0)


def _slot_pair(
    a: Signatures, b: Signatures, i: int, j: int, core: Mask, facts: NDArray[np.uint16]
) -> tuple[Mask, Mask]:
    kind, kind_b = a["number_kind"][:, i], b["number_kind"][:, j]
    state, state_b = a["number_state"][:, i], b["number_state"][:, j]
    kinds = (kind == kind_b) & (kind != 0)
    numbers = (a["number"][:, i] == b["number"][:, j]) & (a["number"][:, i] != 0)
    _mark(facts, numbers & _PRIMARY[kind], f.SAME_PRIMARY)
    _mark(facts, numbers & (state & state_b & VALID != 0), f.SAME_CHECKED)
    _mark(facts, numbers & ((state ^ state_b) & SHORT_FORM != 0), f.OTHER_FORM)
    _mark(facts, numbers & (kind == LICENCE), f.SAME_LICENCE)
    _mark(facts, numbers & (kind == USCC), f.SAME_USCC)
    renewed = core & _PERMITS[kind]
    _mark(facts, kinds & ~numbers & ~renewed & (state & state_b & PROVEN != 0), f.PROVEN_DIFFER)
    _mark(facts, kinds & ~numbers & (kind == PASSPORT), f.PASSPORTS_DIFFER)
    old_and_new = (kind + kind_b == PERMANENT + PERMANENT_OLD) & (np.minimum(kind, kind_b) == PERMANENT)
    _mark(facts, old_and_new, f.OLD_AND_NEW_PERMIT)
    return kinds, numbers


def _mark(facts: NDArray[np.uint16], where: Mask, fact: int) -> None:
    facts[where] |= np.uint16(fact)


def _finish(a: Signatures, b: Signatures, core: Mask, equal: Mask, facts: NDArray[np.uint16]) -> None:
    permit = _PERMITS[a["number_kind"]].any(axis=1) & _PERMITS[b["number_kind"]].any(axis=1)
    _mark(facts, core & permit, f.SAME_PERMIT)
    _mark(facts, core & ~permit, f.SAME_ORG_CODE)
    _mark(facts, same(a, b, "nation"), f.SAME_NATION)
    facts[equal] &= np.uint16(~f.PASSPORTS_DIFFER & 0xFFFF)  # an old passport kept beside the new one


def _near(a: Signatures, b: Signatures) -> tuple[Mask, Mask]:
    """Whether all but a third of the leading numbers agree; place and birth alone are shared by siblings."""
    equal = (a["part"] == b["part"]) & (a["part"] != 0)
    kind = a["number_kind"][:, 0]
    structured = (kind == CITIZEN) | (kind == PERMANENT)
    strong = equal[:, 1] | equal[:, 2]
    return equal[:, 0] & structured, strong | (equal[:, 0] & ~structured)
