"""Why a file is refused: a stable code each, with what the sender can do about it."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid, Text

#: Where in a form or a body the file stands.
PLACE: Final = "/file"

#: code -> what people are told
TEXTS: Final[dict[str, Text]] = {
    "content.empty": _("The file is empty."),
    "content.too_large": _("The file is larger than files of its type may be."),
    "content.unknown": _("Files of this type are not taken."),
    "content.mismatch": _("The file is not what its name or its declared type says."),
    "content.damaged": _("The file is damaged: it cannot be read to its end."),
    "content.dimensions": _("The picture has too many points, or the document too many pages."),
    "content.animated": _("Pictures that move are not taken."),
    "content.encrypted": _("The file is protected by a password. Save it without one."),
    "content.active": _(
        "The file holds scripts, forms that act, or other files inside. Print it to a new file."
    ),
    "content.polyglot": _("The file is two files in one."),
    "content.bomb": _("The file unpacks to far more than it seems."),
    "content.external": _("The file asks for data from elsewhere. Save it with values only."),
    "content.exhausting": _("The file takes too long to read."),
}


def refusal(code: str) -> Invalid:
    """The refusal of a file, at its place."""
    text = TEXTS[code]
    return Invalid(code, text, [FieldError(PLACE, code, text)])
