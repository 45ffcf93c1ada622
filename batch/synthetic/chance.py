"""Chance that can be repeated: the same seed gives the same customers on every machine."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """Random draws in few steps; built on `random()` alone, whose sequence Python guarantees for a seed."""

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1."""
        return int(self.random() * bound)

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`, each as likely as the other."""
        return choices[int(self.random() * len(choices))]

    def digits(self, count: int) -> str:
        """That many decimal digits."""
        return str(int(self.random() * 10**count)).zfill(count)

    def happens(self, share: float) -> bool:
        """True in that share of all draws."""
        return self.random() < share


def table(weights: str) -> list[str]:
    """A list to `pick` from, in which each word of `"word12 other3"` stands as often as its weight says."""
    words: list[str] = []
    for entry in weights.split():
        word = entry.rstrip("0123456789")
        words += [word] * int(entry[len(word) :])
    return words
