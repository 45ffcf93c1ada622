"""Names and texts that stand for "none", and words that give test data away."""

import re
from datetime import date

from mdm.quality.primitives import match_form, without_spaces

_PLACEHOLDER_NAMES = frozenset(
    "无 无名 无名氏 未知 不详 待补 待定 匿名 某某 客户 空 暂无 没有 NA N/A NULL NONE NIL UNKNOWN ANONYMOUS"
    " NONAME XX XXX XXXX TBD".split()
)
#: Words that give test data away, in a text as it is (a regular expression).
TEST_WORDS = r"(?i:测试|測試|(?<![a-z])(?:test|tester|testing|dummy|asdf\w*|qwerty|foobar)(?![a-z]))"
#: One of these stands, in lower case, in every text that `TEST_WORDS` finds something in.
TEST_WORD_HINTS = ("测试", "測試", "test", "dummy", "asdf", "qwerty", "foobar")
_TEST_WORD = re.compile(TEST_WORDS)
_REPEATED = re.compile(r"(.)\1{2,}")
#: Chinese characters only: nothing to fold.
_ORDINARY = re.compile(r"[\u4e00-\u9fa5]+")
#: Days that systems put where the birth date is not known.
PLACEHOLDER_BIRTH_DATES = frozenset({date(1900, 1, 1), date(1901, 1, 1), date(1, 1, 1), date(9999, 12, 31)})


def is_placeholder_name(name: str) -> bool:
    """Whether a name names nobody: a word for none, one sign repeated, digits or marks only."""
    if _ORDINARY.fullmatch(name):
        return name in _PLACEHOLDER_NAMES or (len(name) > 2 and _REPEATED.fullmatch(name) is not None)
    key = without_spaces(match_form(name))
    return (
        key in _PLACEHOLDER_NAMES
        or not any(sign.isalpha() for sign in key)
        or _REPEATED.fullmatch(key) is not None
    )


def has_test_word(text: str) -> bool:
    """Whether a word of testers is in the text (测试, test, dummy …)."""
    return _TEST_WORD.search(text) is not None
