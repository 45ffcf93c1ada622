"""How right the links are: pairs found against pairs that are, over records whose true customer is known."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid

#: (source system, source key) -> customer, found or true
Labels = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Pairwise figures: of the pairs found, how many are right (precision); of those there are, how many found."""

    records: int
    pairs_true: int
    pairs_found: int
    pairs_right: int

    @property
    def precision(self) -> float:
        return self.pairs_right / self.pairs_found if self.pairs_found else 1.0

    @property
    def recall(self) -> float:
        return self.pairs_right / self.pairs_true if self.pairs_true else 1.0


def read_labels(path: Path, column: str) -> Labels:
    """`source_system, source_key` and one more column of a CSV file. Invalid where a column is missing."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        if not {"source_system", "source_key", column} <= set(reader.fieldnames or ()):
            raise Invalid(
                "links.columns", _("The file needs the columns source_system, source_key and one label.")
            )
        return {(row["source_system"], row["source_key"]): row[column] for row in reader}


def labels_in_keys(found: Labels, pattern: str) -> Labels:
    """True customers read off the keys themselves: the first group of `pattern`, for those it matches."""
    compiled = re.compile(pattern)
    return {key: match[1] for key in found if (match := compiled.search(key[1]))}


def accuracy(found: Labels, true: Labels) -> Accuracy:
    """Compare over the records that both name."""
    both = [key for key in true if key in found]
    return Accuracy(
        records=len(both),
        pairs_true=_pairs(true[key] for key in both),
        pairs_found=_pairs(found[key] for key in both),
        pairs_right=_pairs(f"{true[key]}|{found[key]}" for key in both),
    )


def _pairs(labels: Iterable[str]) -> int:
    """How many pairs of records carry the same label."""
    return sum(size * (size - 1) // 2 for size in Counter(labels).values())
