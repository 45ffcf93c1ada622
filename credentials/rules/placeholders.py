"""Numbers that stand for "none": typed to get past a mandatory field."""

import re

#: A run up or down the digits.
_RUNS = ("01234567890123456789012345", "98765432109876543210987654")
_RUN = 6
_RUN_BEGINS = frozenset(run[n : n + _RUN] for run in _RUNS for n in range(10))
#: One sign all the way, except for the last one (a check digit) in a long number.
_REPEATED = re.compile(r"(.)\1*|(.)\2{13,}.")
_WORDS = frozenset("NA NONE NULL NIL UNKNOWN TEST 无 不详 未知 暂无 待补 待定 没有".split())


def is_placeholder_number(number: str) -> bool:
    """Whether a credential number in normal form names nobody."""
    if number[:_RUN] in _RUN_BEGINS:
        return any(number in run for run in _RUNS)
    if number[:2] == number[:1] * 2:
        return _REPEATED.fullmatch(number) is not None
    return number in _WORDS or len(number) == 1
