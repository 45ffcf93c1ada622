"""What people say of why they do something, and on which paper: read by many for years, so no number of anybody stands
in it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial

from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid

_BEFORE, _BEHIND = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
#: C2 patterns: e-mail, codes of organisations, passports and permits; and tokens.
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"pan_[a-z0-9_-]{3,32}\.[A-Za-z0-9_-]{20,}",
        r"pat_[A-Za-z0-9_-]{20,}",
        r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}",
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
        _BEFORE + r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}" + _BEHIND,
        _BEFORE + r"(?:[EGDSPHeg][A-Z]?\d{7,8})" + _BEHIND,
    )
)
#: The same and long numbers, for what is blotted out rather than refused: one too many costs nothing there.
NUMBERS = (
    *PATTERNS,
    *(
        re.compile(_BEFORE + pattern + _BEHIND)
        for pattern in (
            r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]",
            r"[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}",
            r"(?:\+?86[- ]?|0086[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}",
            r"(?:\d[ -]?){15}\d(?:[ -]?\d){0,3}",
        )
    ),
)
#: Digits with single spaces or hyphens among them, as people write long numbers.
_RUN = re.compile(_BEFORE + r"\d(?: ?-? ?\d)*(?: ?-? ?[Xx])?" + _BEHIND)
_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
_IDENTITY = re.compile(
    rf"[1-9]\d{{5}}(?:(?:18|19|20)\d{{2}}{_MONTH_AND_DAY}\d{{3}}[\dXx]|\d{{2}}{_MONTH_AND_DAY}\d{{3}})"
)
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_CARD = re.compile(r"\d{16,19}")
_DATE = re.compile(
    r"(?:(?:18|19|20)\d\d-(?:0?[1-9]|1[0-2])-(?:[0-2]?\d|3[01])|(?:[0-2]?\d|3[01])-(?:0?[1-9]|1[0-2])-(?:19|20)\d\d)"
)
#: A reference of another system (RFC 9562), a part of which may look like the number of a passport.
_REFERENCE = re.compile(rf"(?i){_BEFORE}[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}{_BEHIND}")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")


def refuse_sensitive(said: str, place: str = "") -> None:
    """Raise Invalid `reason.sensitive` where a text holds a number of a person, an e-mail address or a token.

    Asked of every reason that reaches the operation log (`security.audit.log`), whichever service it was told to, and
    of what names a paper. The number of a notice may look like that of a card: the text says how to tell it.
    """
    if sensitive(said):
        text = _(
            "Leave numbers and addresses of customers out. Of a notice or a file whose number looks like one, tell who "
            "issued it, the day, and the last six digits."
        )
        raise Invalid(
            "reason.sensitive", text, [FieldError(place, "reason.sensitive", text)] if place else []
        )


def sensitive(said: str) -> bool:
    """Whether a text holds a number of a person, an e-mail address or a token; also in full-width characters, and with
    spaces or hyphens among its digits. Dates, and lists of small numbers, are none."""
    text = _REFERENCE.sub(" ; ", _plain(said))
    return any(pattern.search(text) for pattern in PATTERNS) or any(
        _of_a_person(part) for run in _RUN.finditer(text) for part in _parts(re.split("[ -]+", run[0]))
    )


def blotted(said: str, patterns: Sequence[re.Pattern[str]], mark: str) -> str:
    """A text with `mark` for whatever matches, but for parts of a reference of another system."""
    for pattern in patterns:
        if pattern.search(said):
            kept = [reference.span() for reference in _REFERENCE.finditer(said)]
            said = pattern.sub(partial(_mark, kept, mark), said)
    return said


def _mark(kept: Sequence[tuple[int, int]], mark: str, found: re.Match[str]) -> str:
    within = any(start <= found.start() and found.end() <= end for start, end in kept)
    return found[0] if within else mark


def _plain(said: str) -> str:
    """The text in plain characters: what is not seen left out, dashes of all kinds as hyphens."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", said) if unicodedata.category(c) != "Cf")
    return seen.translate(_DASHES)


def _parts(groups: Sequence[str]) -> Iterator[Sequence[str]]:
    """Groups of digits that stand together, for a number may follow on another."""
    for start in range(len(groups)):
        for end in range(start + 1, min(start + 19, len(groups)) + 1):
            yield groups[start:end]


def _of_a_person(groups: Sequence[str]) -> bool:
    number = "".join(groups)
    if len(groups) > 1 and not _like_one(groups):
        return False
    if _IDENTITY.fullmatch(number):
        return True
    return not _holds_date(groups) and bool(_MOBILE.fullmatch(number) or _CARD.fullmatch(number))


def _like_one(groups: Sequence[str]) -> bool:
    """Whether somebody writes one number in these groups: all digits apart, or several together but for the last."""
    return all(len(group) > 1 for group in groups[:-1]) or all(len(group) == 1 for group in groups)


def _holds_date(groups: Sequence[str]) -> bool:
    return any(_DATE.fullmatch("-".join(groups[at : at + 3])) for at in range(len(groups) - 2))
