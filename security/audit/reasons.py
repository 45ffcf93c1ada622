"""What people say of why they do something, and on which paper: read by many for years, so no number of anybody stands
in it."""

import re

from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid

_BEFORE, _BEHIND = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
#: C2 patterns: identity numbers, telephones, cards, e-mail; and tokens.
NUMBERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"pan_[a-z0-9_-]{3,32}\.[A-Za-z0-9_-]{20,}",
        r"pat_[A-Za-z0-9_-]{20,}",
        r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}",
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+",
        _BEFORE + r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]" + _BEHIND,
        _BEFORE + r"[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}" + _BEHIND,
        _BEFORE + r"(?:\+?86[- ]?|0086[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}" + _BEHIND,
        _BEFORE + r"(?:\d[ -]?){15}\d(?:[ -]?\d){0,3}" + _BEHIND,
        _BEFORE + r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}" + _BEHIND,
        _BEFORE + r"(?:[EGDSPHeg][A-Z]?\d{7,8})" + _BEHIND,
    )
)
#: A reference of another system (RFC 9562), a part of which may look like the number of a passport.
_REFERENCE = re.compile(rf"(?i){_BEFORE}[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}{_BEHIND}")


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
    """Whether a text holds a number of a person, an e-mail address or a token."""
    told = _REFERENCE.sub(" ", said)
    return any(pattern.search(told) for pattern in NUMBERS)
