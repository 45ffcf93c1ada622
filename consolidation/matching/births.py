"""Comparing dates of birth held as YYYYMMDD, possible dates or not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .grading import Levels, Mask, graded

Days = NDArray[np.int32]


def birth_levels(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> Levels:
    """0 missing, 1 differs, 2 two of three parts agree, 3 one edit, 4 same.

    One edit is another digit, two neighbouring digits exchanged, or day and month exchanged.
    """
    x, y = a.astype(np.int32), b.astype(np.int32)
    present, equal = (x != 0) & (y != 0), x == y
    levels = graded(present, present, present, present & equal)
    open_ = np.flatnonzero(present & ~equal)
    levels[open_] = _unequal(x[open_], y[open_])
    return levels


def _unequal(x: Days, y: Days) -> Levels:
    (year, month, day), (year_b, month_b, day_b) = _parts(x), _parts(y)
    agreeing = (year == year_b).astype(np.uint8) + (month == month_b) + (day == day_b)
    swapped = (year == year_b) & (month == day_b) & (day == month_b)
    return graded(np.ones(len(x), dtype=np.bool_), agreeing == 2, swapped | _one_edit(x, y))


def _parts(x: Days) -> tuple[Days, Days, Days]:
    return x // 10000, x // 100 % 100, x % 100


def _one_edit(x: Days, y: Days) -> Mask:
    edit = np.zeros(len(x), dtype=np.bool_)
    for place in (10**k for k in range(8)):
        edit |= (x // place // 10 == y // place // 10) & (x % place == y % place)
    for place in (10**k for k in range(7)):
        exchanged = (x // place % 10 == y // place // 10 % 10) & (y // place % 10 == x // place // 10 % 10)
        edit |= exchanged & (x // place // 100 == y // place // 100) & (x % place == y % place)
    return edit
