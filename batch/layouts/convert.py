"""Texts of a file as Python values. A text that is not one gives None; nothing is guessed."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeVar

from batch.layouts.layout import Column
from mdm.codes import get
from mdm.quality.primitives import parse_amount, parse_date

T = TypeVar("T")
#: Values remembered for each column; files repeat dates and codes endlessly.
_REMEMBERED = 1 << 16
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_BOOLEANS = {
    "Y": True,
    "1": True,
    "TRUE": True,
    "是": True,
    "N": False,
    "0": False,
    "FALSE": False,
    "否": False,
}
#: NUM(18,2): what an amount may be.
_AMOUNT_LIMIT, _CENT = Decimal(10) ** 16, Decimal("0.01")


class Remembered(dict[str, T | None], Generic[T]):
    """A mapping from texts to values that is filled by `convert` and forgets all when it is full."""

    def __init__(self, convert: Callable[[str], T | None]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> T | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[text] = self._convert(text)
        return value


def converter(column: Column, source_system: str) -> Callable[[str], Any] | None:
    """How a text of `column` becomes a value (None for what it cannot be); None where it stays a text."""
    if column.kind == "text":
        return None
    if column.kind == "code":
        codes = get(column.codes)
        return Remembered(lambda text: codes.resolve(text, source_system)).__getitem__
    return _CONVERTERS[column.kind]


def to_int(text: str) -> int | None:
    """A whole number of up to nine ASCII digits."""
    return int(text) if _INTEGER.fullmatch(text) else None


def to_amount(text: str) -> Decimal | None:
    """An amount of up to sixteen digits and two decimals."""
    amount = parse_amount(text)
    exact = amount is not None and abs(amount) < _AMOUNT_LIMIT and amount % _CENT == 0
    return amount if exact else None


def to_bool(text: str) -> bool | None:
    """Y or N, 1 or 0, TRUE or FALSE, 是 or 否."""
    return _BOOLEANS.get(text.upper())


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "date": Remembered(parse_date).__getitem__,
    "int": to_int,
    "decimal": to_amount,
    "bool": to_bool,
}
