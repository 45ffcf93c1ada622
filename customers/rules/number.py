"""The customer number: a letter, ten digits that are a keyed permutation of the id, a check digit.

One-to-one with the internal id, so uniqueness needs no index; keyed, so a number cannot be guessed
from its neighbour; with a letter, so that it is never mistaken for a phone or an ID (design section 5).
"""

import re
from functools import lru_cache

from security.crypto.keyring import keyring
from security.crypto.purposes import register

LETTER = "C"
#: The key behind the numbers. Numbers are for ever, so this key is never rotated.
PURPOSE = register("number.customer", "customer-number", "HMAC-SM3").name

_HALF = 100_000
_ROUNDS = 8
_PATTERN = re.compile(rf"^{LETTER}\d{{11}}$")


def customer_no(customer_id: int) -> str:
    """The number of a customer. ValueError outside 0 … 10^10 - 1."""
    if not 0 <= customer_id < _HALF * _HALF:
        raise ValueError("customer id out of range")
    digits = f"{_permute(customer_id):010d}"
    return f"{LETTER}{digits}{luhn(digits)}"


def customer_id(number: str) -> int | None:
    """The id behind a number; None where it is no number of ours or its check digit is wrong."""
    text = number.strip().upper()
    if not _PATTERN.match(text) or luhn(text[1:11]) != text[11]:
        return None
    return _permute_back(int(text[1:11]))


def luhn(digits: str) -> str:
    """The Luhn check digit (ISO/IEC 7812-1 annex B) of a run of digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _permute(number: int) -> int:
    """A Feistel permutation of 0 … 10^10 - 1 with additions modulo 10^5 (the construction of FF1)."""
    left, right = divmod(number, _HALF)
    for turn in range(_ROUNDS):
        left, right = right, (left + _round(turn, right)) % _HALF
    return left * _HALF + right


def _permute_back(number: int) -> int:
    left, right = divmod(number, _HALF)
    for turn in reversed(range(_ROUNDS)):
        left, right = (right - _round(turn, left)) % _HALF, left
    return left * _HALF + right


@lru_cache(maxsize=200_000)
def _round(turn: int, half: int) -> int:
    """The keyed round function, uniform over 0 … 10^5 - 1 up to 2^-47."""
    mac = keyring.mac(PURPOSE, bytes([turn]) + half.to_bytes(4, "big"))
    return int.from_bytes(mac[:8], "big") % _HALF
