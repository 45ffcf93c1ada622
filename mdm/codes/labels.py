"""Labels that exist in Chinese and in English beside each other, without a message catalogue.

A code list is data, so its labels travel with it; the reader's language picks one when the label
is shown. Works before Django's settings are there (a script, a migration): English then.
"""

from functools import partial
from typing import Literal, cast

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language

Language = Literal["zh", "en"]


def reader_language() -> Language:
    """The active language, as far as labels know it; English where none is active."""
    try:
        active = get_language()
    except ImproperlyConfigured:
        active = None
    return "zh" if active and active.startswith("zh") else "en"


def _pick(zh: str, en: str) -> str:
    return zh if reader_language() == "zh" else en


def label(zh: str, en: str) -> Promise:
    """A text that reads `zh` or `en` by the language that is active when it is shown."""
    return cast(Promise, _lazy_pick(zh, en))


_lazy_pick = partial(lazy(_pick, str))
