"""Values that stand for "unknown". They match nothing (domain 2.9 step 6, HAPI #8343).

What the quality rules report as a placeholder is one here too; matching is a little more suspicious,
because a value that is wrongly ignored costs less than one that joins two customers.
"""

from __future__ import annotations

import re

from customers.rules import contact
from customers.rules.placeholders import (
    PLACEHOLDER_BIRTH_DATES,
    has_test_word,
)
from customers.rules.placeholders import is_placeholder_name as names_nobody

_SHORTEST_PHONE = 5
_PHONE_RUN = re.compile(r"(\d)\1{6,}|12345678|01234567|87654321")
_BIRTHS = frozenset(int(f"{day:%Y%m%d}") for day in PLACEHOLDER_BIRTH_DATES) | {
    0,
    11111111,
    18991231,
    19700101,
}
_MAIL_LOCAL = frozenset("test none null na no unknown noreply nomail noemail abc xxx email mail a aa".split())


def is_placeholder_name(name: str) -> bool:
    """True of "", "测试", "UNKNOWN", "XXX" and the like."""
    return not name or names_nobody(name) or has_test_word(name)


def is_placeholder_phone(digits: str) -> bool:
    """True of advertised demo numbers, long runs of one digit and ascending runs; takes digits only."""
    domestic = contact.is_placeholder_phone(f"+86{digits[-11:]}")
    return domestic or len(digits) < _SHORTEST_PHONE or bool(_PHONE_RUN.search(digits))


def is_placeholder_birth(digits: int) -> bool:
    """True of dates that systems fill in by themselves, given as YYYYMMDD."""
    return digits in _BIRTHS


def is_placeholder_email(address: str) -> bool:
    """True of "none@", "test@", "noreply@" and the like; takes the address in lower case."""
    return contact.is_placeholder_email(address) or address.partition("@")[0] in _MAIL_LOCAL
