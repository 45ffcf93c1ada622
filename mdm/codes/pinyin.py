"""Chinese characters in Latin letters, by pypinyin, whose dictionary of phrases is read when a phrase is first asked.

Its 47,000 phrases take 40 MiB and a tenth of a process's start; the reading of a single character does not depend on
them. Each worker of a load, each command and each web process would pay for them.
"""

import os
from functools import cache

os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # pypinyin looks at it once, when it is imported

from pypinyin import Style, lazy_pinyin, load_phrases_dict


def reading(character: str) -> str:
    """The usual reading of one character, in lower case without tones; what is no Chinese character stays."""
    return lazy_pinyin(character, style=Style.NORMAL)[0]


def reading_of_phrase(text: str) -> str:
    """The reading of characters that stand together, which may not be their usual ones (重庆 is chongqing)."""
    _know_phrases()
    return "".join(lazy_pinyin(text, style=Style.NORMAL))


@cache
def _know_phrases() -> None:
    from pypinyin.phrases_dict import phrases_dict

    load_phrases_dict(phrases_dict)
