"""Which lines of a file tell of a source key that comes more than once.

Of one key the later line comes after the earlier. Several workers cannot keep that order among their parts, so
they leave these lines to the end, where one worker applies them in the order of the file.
"""

from collections.abc import Callable, Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

from batch.formats.admission import Admitted
from batch.formats.delimited import blocks
from batch.formats.profile import QUOTE
from batch.formats.syntax import split_line
from batch.layouts.layout import Layout

#: Keys compared at a time (8 MiB); of a longer file so many classes are compared one after the other.
CLASS = 500_000

Numbers = NDArray[np.int64]


def repeated_lines(file: Admitted, layout: Layout) -> frozenset[int]:
    """The numbers of all lines whose key another line has too (or, once in 10^19 pairs, seems to have).

    Memory does not grow with the file but for what is found.
    """
    classes = max(1, ceil(file.survey.rows / CLASS))
    found: set[int] = set()
    for one in range(classes):
        told = [_of_class(block, one, classes) for block in _keys(file, layout)]
        if told:
            lines, keys = (np.concatenate(column) for column in zip(*told, strict=True))
            found.update(_repeated(lines, keys).tolist())
    return frozenset(found)


def _of_class(block: tuple[int, list[str]], one: int, classes: int) -> tuple[Numbers, Numbers]:
    """Line numbers and key hashes of the keys of one class."""
    first, keys = block
    hashes = np.fromiter(map(hash, keys), np.int64, len(keys))
    chosen = hashes % classes == one
    return np.arange(first, first + len(keys))[chosen], hashes[chosen]


def _repeated(lines: Numbers, keys: Numbers) -> Numbers:
    """Of the lines those whose key another one has."""
    order = np.argsort(keys, kind="stable")
    twins = np.flatnonzero(np.diff(keys[order]) == 0)
    found: Numbers = lines[order[np.union1d(twins, twins + 1)]]
    return found


def _keys(file: Admitted, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Some lines at a time: the number of the first, and the key of each.

    A key is told without quotes and blanks around it: what the parser finds equal is equal here too.
    """
    key_of, line = key_reader(file, layout), file.shape.data.first_line
    for block in blocks(file.path, file.shape.data, layout.profile):
        lines = block.decode(layout.profile.encoding, "ignore").removesuffix("\n").split("\n")
        yield line, [key_of(text).replace(QUOTE, "").strip() for text in lines]
        line += len(lines)


def key_reader(file: Admitted, layout: Layout) -> Callable[[str], str]:
    """How the key is found in a line: before the first separator, or by splitting it; blanks and, where the line
    cannot be split, quotes are still around it."""
    profile, place = layout.profile, file.shape.positions[layout.names.index(layout.key)]
    if place == 0:
        return lambda text: text.partition(profile.separator)[0]

    def split(text: str) -> str:
        values = split_line(text, profile) if profile.quoting and QUOTE in text else None
        values = values or text.split(profile.separator, place + 1)
        return values[place] if place < len(values) else text

    return split
