"""Blocking: which pairs of records are worth comparing, found in memory by sorting one key after another.

A key is two or three signature columns mixed into 64 bits. Records that share a value of a key become pairs
when they are at most `max_run`; a longer run is no evidence of sameness, is dropped and counted. A missing
column makes no key: only that key is skipped for that record. Keys are selective on purpose
(shared/matching.md 3): a bare mobile or a bare name would cost more pairs than they find.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .records import ORGANISATION, PERSON
from .signature import NUMBER_SLOTS, PHONE_SLOTS, Signatures

MAX_RUN = 50
_SLOTS = {"number": NUMBER_SLOTS, "phone": PHONE_SLOTS, "part": 3, "alias": 2}


@dataclass(frozen=True, slots=True)
class Key:
    """One blocking key. A starred column stands for each of its slots; `online` keys serve single records."""

    name: str
    party: int
    columns: tuple[str, ...]
    online: bool = False


KEYS = (
    Key("number", PERSON, ("number*",), online=True),
    Key("core", PERSON, ("core",), online=True),
    Key("phone+sound", PERSON, ("phone*", "name_sound"), online=True),
    Key("phone+birth", PERSON, ("phone*", "birth"), online=True),
    Key("email", PERSON, ("email",), online=True),
    Key("sound+birth", PERSON, ("name_sound", "birth"), online=True),
    Key("sound+region", PERSON, ("name_sound", "region"), online=True),
    Key("sound+street", PERSON, ("name_sound", "street_sound"), online=True),
    Key("name+year", PERSON, ("name_bag", "birth_year")),
    Key("surname+birth", PERSON, ("surname_sound", "birth")),
    Key("given+birth", PERSON, ("given_sound", "birth")),
    Key("birth+postcode", PERSON, ("birth", "postcode")),
    Key("sound+postcode", PERSON, ("name_sound", "postcode")),
    Key("surname+part", PERSON, ("part*", "surname_sound")),
    Key("given+part", PERSON, ("part*", "given_sound")),
    Key("given+house", PERSON, ("given_sound", "house", "street_sound")),
    Key("number", ORGANISATION, ("number*",), online=True),
    Key("core", ORGANISATION, ("core",), online=True),
    Key("name", ORGANISATION, ("name",), online=True),
    Key("sound", ORGANISATION, ("name_sound",), online=True),
    Key("head+phone", ORGANISATION, ("surname_head", "phone*"), online=True),
    Key("tail+phone", ORGANISATION, ("surname_tail", "phone*"), online=True),
    Key("head+region", ORGANISATION, ("surname_head", "region"), online=True),
    Key("email", ORGANISATION, ("email",), online=True),
    Key("phone+address", ORGANISATION, ("phone*", "street_sound")),
    Key("part", ORGANISATION, ("part*", "surname_tail")),
)


@dataclass(slots=True)
class Blocks:
    """Candidate pairs as positions, left < right, distinct, ascending; what each key found and dropped."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    found: dict[str, int] = field(default_factory=dict)  # pairs a key gave, before duplicates are removed
    dropped: dict[str, int] = field(default_factory=dict)  # records in runs longer than the limit


def blocks(rows: Signatures, new: NDArray[np.bool_] | None = None, max_run: int = MAX_RUN) -> Blocks:
    """All candidate pairs; with `new`, only those that include a new record."""
    found: dict[str, int] = {}
    dropped: dict[str, int] = {}
    packed = [np.zeros(0, dtype=np.int64)]
    parties = {party: _Party(rows, party) for party in (PERSON, ORGANISATION)}
    for key in KEYS:
        pairs, lost = _pairs_of(parties[key.party], len(rows), key, new, max_run)
        label = f"{'person' if key.party == PERSON else 'organisation'}:{key.name}"
        found[label], dropped[label] = len(pairs), lost
        packed.append(pairs)
    together = np.sort(np.concatenate(packed))
    distinct = together[np.flatnonzero(np.diff(together, prepend=-1))]
    total = max(1, len(rows))
    return Blocks(distinct // total, distinct % total, found, dropped)


def _pairs_of(
    party: _Party, records: int, key: Key, new: NDArray[np.bool_] | None, max_run: int
) -> tuple[NDArray[np.int64], int]:
    positions, values = party.values(key)
    if new is not None:
        fresh = np.sort(values[new[positions]])
        known = _contained(values, fresh)
        positions, values = positions[known], values[known]
    left, right, lost = _expanded(positions, values, max_run)
    if new is not None:
        touched = new[left] | new[right]
        left, right = left[touched], right[touched]
    return np.minimum(left, right) * records + np.maximum(left, right), lost


def _contained(values: NDArray[np.uint64], ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    result: NDArray[np.bool_] = ordered[at] == values
    return result


def _expanded(
    positions: NDArray[np.int64], values: NDArray[np.uint64], max_run: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Every pair within a run of 2..max_run equal values, and how many records longer runs held."""
    order, runs = _sorted(values)
    positions = positions[order]
    starts = np.flatnonzero(np.concatenate(([True], runs[1:] != runs[:-1]))) if len(runs) else order
    lengths = np.diff(np.append(starts, len(runs)))
    lost = int(lengths[lengths > max_run].sum())
    left, right = [order[:0]], [order[:0]]
    counts = np.bincount(lengths[lengths <= max_run], minlength=2)
    for size in (np.flatnonzero(counts[2:]) + 2).tolist():
        members = positions[starts[lengths == size][:, None] + np.arange(size)]
        first, second = np.triu_indices(size, 1)
        left.append(members[:, first].ravel())
        right.append(members[:, second].ravel())
    lefts, rights = np.concatenate(left), np.concatenate(right)
    apart = lefts != rights  # one record may hold a value in two slots
    return lefts[apart], rights[apart], lost


def _sorted(values: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The order of the values and what is equal in that order: an argsort twelve times as fast as argsort.

    The place of each value replaces its lowest bits, so that sorting moves one array of plain integers. Two
    different values that agree in the other bits, 40 of them for ten million records, only make one more
    pair.
    """
    bits = np.uint64(max(1, len(values).bit_length()))
    packed = (values >> bits << bits) | np.arange(len(values), dtype=np.uint64)
    packed.sort()
    return (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64), packed >> bits


class _Party:
    """The records of one party type with their columns taken out of the rows once, for all keys to use."""

    def __init__(self, rows: Signatures, party: int) -> None:
        self._at = np.flatnonzero(rows["party"] == party)
        self._rows = rows
        self._columns: dict[str, NDArray[np.uint64]] = {}

    def values(self, key: Key) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Positions of the records that have the key, and its value; a starred column gives one a slot."""
        positions, values = [], []
        for slot in range(_slots(key)):
            present = np.ones(len(self._at), dtype=np.bool_)
            mixed = np.full(len(self._at), _salt(key), dtype=np.uint64)
            for column in key.columns:
                cells = self._column(column.replace("*", f"/{slot}"))
                present &= cells != 0
                mixed = _mixed(mixed, cells)
            positions.append(self._at[present])
            values.append(mixed[present])
        return np.concatenate(positions), np.concatenate(values)

    def _column(self, name: str) -> NDArray[np.uint64]:
        if name not in self._columns:
            column, _, slot = name.partition("/")
            cells = self._rows["birth" if column == "birth_year" else column]
            cells = (cells[:, int(slot)] if slot else cells)[self._at].astype(np.uint64)
            self._columns[name] = cells // np.uint64(10000) if column == "birth_year" else cells
        return self._columns[name]


def key_values(rows: Signatures, key: Key) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Positions of the records that have the key, and its value there."""
    return _Party(rows, key.party).values(key)


def _slots(key: Key) -> int:
    return max((_SLOTS[column[:-1]] for column in key.columns if column.endswith("*")), default=1)


def _salt(key: Key) -> int:
    """A constant per key, so that values of two keys do not meet in one lookup index."""
    text = f"{key.party}:{key.name}".encode()
    return int.from_bytes(text[-8:].rjust(8, b"."), "big")


def _mixed(state: NDArray[np.uint64], cells: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One step of splitmix64: columns are keyed already, this only folds them together."""
    z = (state ^ cells) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def candidate_keys(rows: Signatures) -> list[list[int]]:
    """Per row the key values (unsigned 64 bits) to store in the lookup index, or to look up."""
    keys: list[list[int]] = [[] for _ in range(len(rows))]
    parties = {party: _Party(rows, party) for party in (PERSON, ORGANISATION)}
    for key in KEYS:
        if key.online:
            positions, values = parties[key.party].values(key)
            for at, value in zip(positions.tolist(), values.tolist(), strict=True):
                keys[at].append(value)
    return [list(dict.fromkeys(own)) for own in keys]
