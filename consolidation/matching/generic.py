"""Generic values: a phone of an agency, an address of a dormitory, a number copied into many records.

A value that more than so many records hold says nothing about any of them and is treated as missing. A full
run counts them; what it found is kept in the policy, so that a single record is matched by the same
knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .grading import Mask
from .signature import Signatures

# The column that is counted, and what is missing together with it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("number_kind", "number_state"),
    "phone": ("phone_tail",),
    "email": ("mailbox",),
    "address": (),
}
Values = Mapping[str, Sequence[int]]


def generic_values(rows: Signatures, limit: int) -> dict[str, list[int]]:
    """Per column the values that more than `limit` records hold, ascending."""
    return {column: _over(rows, column, limit) for column in COLUMNS}


def _over(rows: Signatures, column: str, limit: int) -> list[int]:
    values = rows[column].ravel()
    values = np.sort(values[values != 0])
    if len(values) <= limit:
        return []
    held = values[limit:][values[limit:] == values[:-limit]]  # equal to the one `limit` places earlier
    return [int(value) for value in np.unique(held)]


def without_generic(rows: Signatures, values: Values) -> Signatures:
    """The rows with those values set to missing; a copy if anything changes."""
    touched = {column: _holding(rows, column, values[column]) for column in COLUMNS if values.get(column)}
    if not any(mask.any() for mask in touched.values()):
        return rows
    cleared = rows.copy()
    for column, mask in touched.items():
        for name in (column, *COLUMNS[column]):
            cleared[name][mask] = 0
        if column == "number":
            cleared["part"][mask[:, 0]] = 0
            cleared["core"][mask[:, 0]] = 0
    return cleared


def _holding(rows: Signatures, column: str, values: Sequence[int]) -> Mask:
    cells = rows[column]
    wanted = np.sort(np.array(list(values), dtype=cells.dtype))
    result: Mask = wanted[np.minimum(np.searchsorted(wanted, cells), len(wanted) - 1)] == cells
    return result
