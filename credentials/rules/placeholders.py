"""Numbers that stand for "none": typed to get past a mandatory field."""

import re

#: One sign repeated, or a run up or down the digits, all the way through.
_REPEATED = re.compile(r"(.)\1+")
_RUNS = ("01234567890123456789012345", "98765432109876543210987654")
_KNOWN = frozenset(
    {
        "12345678901234567X",
        "NA",
        "NONE",
        "NULL",
        "UNKNOWN",
        "TEST",
        "无",
        "不详",
        "未知",
        "暂无",
        "待补",
    }
)


def is_placeholder_number(number: str) -> bool:
    """Whether a credential number in normal form names nobody."""
    return (
        number in _KNOWN
        or _REPEATED.fullmatch(number) is not None
        or (len(number) >= 6 and any(number in run for run in _RUNS))
        or (len(number) >= 15 and _REPEATED.fullmatch(number[:14]) is not None)
    )
