"""Pairs counted by their pattern of levels: millions of pairs have only thousands of different patterns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .comparison import FIELDS, LEVELS
from .grading import Levels

_BASE = max(map(len, LEVELS.values()))
_ALL = _BASE ** len(FIELDS)
_PLACES = _BASE ** np.arange(len(FIELDS), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct level patterns, shape (patterns, 9), with how many pairs show each and of which label."""

    levels: Levels
    counts: NDArray[np.float64]
    labels: NDArray[np.int8]


def patterns_of(levels: Levels, labels: NDArray[np.int8]) -> Patterns:
    """Count pairs by pattern and label; labels run from 0 to 2."""
    codes = _codes(levels) + labels.astype(np.int64) * _ALL
    distinct, counts = np.unique(codes, return_counts=True)
    label, code = np.divmod(distinct, _ALL)
    unpacked = code[:, None] // _PLACES % _BASE
    return Patterns(unpacked.astype(np.uint8), counts.astype(np.float64), label.astype(np.int8))


def evidence_of(levels: Levels, facts: NDArray[np.uint16]) -> NDArray[np.int64]:
    """One number per pair that changes when any level or fact changes."""
    codes: NDArray[np.int64] = _codes(levels) + facts.astype(np.int64) * _ALL
    return codes


def _codes(levels: Levels) -> NDArray[np.int64]:
    codes: NDArray[np.int64] = levels.astype(np.int64) @ _PLACES
    return codes
