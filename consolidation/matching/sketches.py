"""Sketches: eight bytes of a text whose share of equal places estimates how alike two texts are.

One-permutation MinHash (Li, Owen, Zhang 2012): every piece of the text falls into one of eight buckets by
its keyed digest and the smallest digest of a bucket stays. Two texts that share four fifths of their pieces
agree in about four fifths of their buckets, wherever in the text the pieces stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

SKETCH_SIZE = 8


def sketches(
    pieces: Sequence[Sequence[str]], keyed: Callable[[Sequence[str]], NDArray[np.uint64]]
) -> NDArray[np.uint8]:
    """Array (texts, 8) of bytes, 0 where a bucket stayed empty. `pieces` holds the pieces of each text."""
    distinct = list(dict.fromkeys(piece for text in pieces for piece in text))
    digest = dict(zip(distinct, keyed([f"g:{piece}" for piece in distinct]).tolist(), strict=True))
    lengths = [len(text) for text in pieces]
    rows = np.repeat(np.arange(len(pieces)), lengths)
    values = np.array([digest[piece] for text in pieces for piece in text], dtype=np.uint64)
    smallest = np.full((len(pieces), SKETCH_SIZE), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(
        smallest, (rows, (values & np.uint64(SKETCH_SIZE - 1)).astype(np.intp)), values >> np.uint64(3)
    )
    low = np.maximum((smallest & np.uint64(0xFF)).astype(np.uint8), 1)
    return np.where(smallest == np.iinfo(np.uint64).max, np.uint8(0), low)
