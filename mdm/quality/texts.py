"""Rules and fixes for every text, whatever the facet: length, characters, spaces, what could not be read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.quality import coded, primitives
from mdm.quality.limits import SHORT, UNBOUNDED, limits, some_short_too_long
from mdm.quality.rules import FINE, Context, Dimension, Fix, Flaw, RowRule, RuleBook, Severity, TextRule
from mdm.subjects import Bundle, Row

#: Fields that name the row and are kept to the letter.
_VERBATIM = frozenset({"slot"})
#: What `tidy` takes out or folds, besides spaces.
_ODD = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
#: A spreadsheet would run a text that begins so, a Chinese one with full-width signs too; a signed number or an
#: E.164 number is none.
_FORMULA = r"[=@＝＠]|[+\-＋－](?![\d.,]+$)"
_MARKUP = r"<[A-Za-z/!?]|&#"


def tidy(text: str) -> str:
    """A text as it is stored: trimmed, single spaces, no invisible marks, ASCII letters and digits."""
    return primitives.tidy_spaces(primitives.fold_alphanumeric(primitives.drop_invisible(text)))


def _tidy_row(row: Row, _bundle: Bundle, _facet: str) -> Mapping[str, Any] | None:
    untidy = [field for field, value in row.items() if type(value) is str and _is_untidy(value)]
    return {field: tidy(row[field]) or None for field in untidy if field not in _VERBATIM}


def _is_untidy(text: str) -> bool:
    spaced = not text.isalnum() and " ".join(text.split()) != text  # letters and digits alone hold no space
    return spaced or (not text.isascii() and _ODD.search(text) is not None)


def _some_untidy(texts: list[str]) -> bool:
    """Whether one of the texts may be untidy: a test of all of them at once."""
    joined = "\n".join(texts)
    spaced = " ".join(joined.split()) != joined.replace("\n", " ") or joined.count("\n") >= max(len(texts), 1)
    return spaced or (not joined.isascii() and _ODD.search(joined) is not None)


def _too_long(_row: Row, context: Context) -> Sequence[Flaw]:
    if max(map(len, context.texts), default=0) <= SHORT and not some_short_too_long(context.bundle.facets):
        return FINE
    return [
        Flaw(field, params={"limit": limit}, facet=facet, row=index)
        for facet, rows in context.bundle.facets.items()
        for index, row in enumerate(rows)
        for field, text in row.items()
        if type(text) is str and len(text) > (limit := limits(facet).get(field, UNBOUNDED))
    ]


def _unread(context: Context, in_list: bool) -> Sequence[Flaw]:
    return [
        Flaw(field, facet=facet, row=index)
        for facet, index, row in context.unread
        for field in row["raw_values"] or ()
        if coded.is_coded(facet, field) is in_list
    ]


_S03 = TextRule(
    "S03",
    Severity.BLOCK,
    _("A control character stands in the text."),
    f"[{primitives.CONTROL}]",
    signs=primitives.CONTROL,
)
_S04 = RowRule(
    "S04",
    Dimension.VALIDITY,
    Severity.BLOCK,
    (),
    _("The text is longer than %(limit)s characters."),
    _too_long,
)
_V21 = RowRule(
    "V21",
    Dimension.VALIDITY,
    Severity.WARN,
    (),
    _("What was received is not a code of the list; it is kept as received."),
    lambda _row, context: _unread(context, in_list=True),
)
_V22 = TextRule(
    "V22",
    Severity.WARN,
    _("A private-use or damaged character stands in the text."),
    f"[{primitives.PRIVATE_USE}]",
    signs=primitives.PRIVATE_USE,
)
_V22_RARE = TextRule(
    "V22R",
    Severity.INFO,
    _("A rare character stands in the text; not every system can show it."),
    f"[{primitives.RARE}]",
    signs=primitives.RARE,
)
_V23 = TextRule(
    "V23",
    Severity.WARN,
    _("The text looks like markup or a spreadsheet formula, or hides its reading direction."),
    rf"{_MARKUP}|\A(?:{_FORMULA})|[{primitives.DIRECTION}]",
    signs="<&" + primitives.DIRECTION,
    opening=_FORMULA,
)
_V24 = RowRule(
    "V24",
    Dimension.VALIDITY,
    Severity.WARN,
    (),
    _("What was received could not be read; it is kept as received."),
    lambda _row, context: _unread(context, in_list=False),
)


def register(rules: RuleBook) -> None:
    """Enter the rules and the fix of this module."""
    rules.register(_S03, _S04, _V21, _V22, _V22_RARE, _V23, _V24)
    rules.register_fix(Fix("F01", (), _tidy_row, needed=_some_untidy), coded.FIX)
