"""The vocabulary of comparisons: present on both sides, equal on both sides, a level from steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .signature import Signatures

Levels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def both(a: Signatures, b: Signatures, column: str) -> Mask:
    """Neither side is missing."""
    result: Mask = (a[column] != 0) & (b[column] != 0)
    return result


def same(a: Signatures, b: Signatures, column: str) -> Mask:
    """Equal and not missing."""
    result: Mask = (a[column] == b[column]) & (a[column] != 0)
    return result


def graded(present: Mask, *steps: Mask) -> Levels:
    """0 where not present, else 1, raised to 2, 3 ... where a step holds; later steps win."""
    levels = present.astype(np.uint8)
    for level, step in enumerate(steps, 2):
        levels[step] = level
    return levels
