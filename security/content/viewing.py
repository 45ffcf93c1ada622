"""Showing a file: one page as a picture, masked or clear, with the mark of who looks at it and when."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from security.content.apart import read_apart

#: Points of the longer side of a page, and of a small picture in a list.
WHOLE: Final = 1_600
THUMBNAIL: Final = 240


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is shown: masked or clear, who looks (`mark_of`), the most points of its longer side."""

    masked: bool
    mark: str
    side: int = WHOLE


#: Signs of a name that the mark's letters have; others are told by their number.
_LAST: Final = 0x7E


def mark_of(who: str, at: datetime) -> str:
    """The line of a mark: the user's name and the moment (UTC)."""
    name = "".join(sign if " " <= sign <= chr(_LAST) else f"U+{ord(sign):04X}" for sign in who[:60])
    return f"{name}  {at:%Y-%m-%d %H:%M:%S}Z"


def page_picture(data: bytes, media_type: str, page: int, look: Look) -> bytes:
    """A page (from 0) as PNG. Raises Invalid `content.…` as `read_apart`."""
    asked = {
        "media_type": media_type,
        "page": page,
        "masked": look.masked,
        "mark": look.mark,
        "side": look.side,
    }
    return read_apart("picture", data, json.dumps(asked).encode())[0]
