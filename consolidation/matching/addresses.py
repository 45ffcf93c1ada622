"""Comparing addresses: street, house and the sketch of the text; region, city and postcode."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .grading import Levels, both, graded, same
from .signature import Signatures

_LITTLE, _CLOSE = 0.3, 0.6


def address_levels(a: Signatures, b: Signatures) -> Levels:
    """0 missing, 1 differs, 2 a little, 3 close (same street or like text), 4 same house, 5 the same text."""
    present, alike, house = both(a, b, "address"), alikeness(a["sketch"], b["sketch"]), same(a, b, "house")
    street = same(a, b, "street") | same(a, b, "street_sound")
    little = (alike >= _LITTLE) | house
    close = street | (alike >= _CLOSE) | (house & (alike >= _LITTLE))
    near = house & (street | (alike >= _CLOSE))
    return graded(present, little & present, close & present, near & present, same(a, b, "address"))


def alikeness(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of the pieces two texts have in common, estimated from their sketches; 0 for an empty text."""
    equal = ((a == b) & (a != 0)).sum(axis=1)
    filled = ((a != 0) | (b != 0)).sum(axis=1)
    result: NDArray[np.float64] = equal / np.maximum(filled, 1)
    return result


def place_levels(a: Signatures, b: Signatures) -> Levels:
    """0 missing, 1 differs, 2 same province or postal area, 3 one of region, city, postcode, 4 two."""
    columns = ("region", "city", "postcode")
    agreeing = np.sum([same(a, b, column) for column in columns], axis=0)
    present = both(a, b, "region") | both(a, b, "city") | both(a, b, "postcode") | both(a, b, "province")
    area = same(a, b, "province") | same(a, b, "postcode_head")
    near = (agreeing == 1) | same(a, b, "postcode_bag")
    return graded(present, area & present, near & present, agreeing >= 2)
