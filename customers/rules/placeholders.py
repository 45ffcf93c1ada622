"""Names and texts that stand for "none", and words that give test data away."""

import re
from datetime import date

from mdm.quality.primitives import ascii_digits, match_form, without_spaces

_PLACEHOLDER_NAMES = frozenset(
    "无 无名 无名氏 未知 不详 待补 待定 匿名 某某 客户 空 暂无 没有 NA N/A NULL NONE NIL UNKNOWN ANONYMOUS"
    " NONAME XX XXX XXXX TBD".split()
)
_TEST_WORDS = re.compile(
    r"测试|測試|(?<![A-Z])(?:TEST|TESTER|TESTING|DUMMY|ASDF\w*|QWERTY|FOOBAR|DONOTUSE)(?![A-Z])", re.IGNORECASE
)
_REPEATED = re.compile(r"(.)\1{2,}")
#: Days that systems put where the birth date is not known.
PLACEHOLDER_BIRTH_DATES = frozenset({date(1900, 1, 1), date(1901, 1, 1), date(1, 1, 1), date(9999, 12, 31)})


def is_placeholder_name(name: str) -> bool:
    """Whether a name names nobody: a word for none, one sign repeated, digits, marks only, a test word."""
    key = without_spaces(match_form(name))
    return (
        key in _PLACEHOLDER_NAMES
        or not any(sign.isalpha() for sign in key)
        or ascii_digits(key)
        or _REPEATED.fullmatch(key) is not None
        or has_test_word(name)
    )


def has_test_word(text: str) -> bool:
    """Whether a word of testers is in the text (测试, test, dummy …)."""
    return _TEST_WORDS.search(text) is not None
