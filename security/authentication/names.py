"""A user name as people mean it: case, width, accents and blanks do not make another account."""

import unicodedata

from security.authentication.keys import NAME_KEY
from security.crypto import keyring

#: A longer name is no name; it is cut before anything is computed of it.
LONGEST = 150
#: Combining marks, format and control characters, blanks of every kind, unassigned code points.
_DROPPED = frozenset({"Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp", "Cn", "Co", "Cs"})


def fold(name: str) -> str:
    """`name` without what the eye overlooks: NFKD, no marks and blanks, casefolded (Unicode 3.13, UAX 15)."""
    wide = unicodedata.normalize("NFKD", name[:LONGEST]).casefold()
    text = "".join(c for c in unicodedata.normalize("NFKD", wide) if unicodedata.category(c) not in _DROPPED)
    return unicodedata.normalize("NFC", text)[:LONGEST]


def digest(name: str) -> str:
    """What stands for a typed name where it must not be kept: HMAC-SM3 of the folded name, 64 digits.

    People type passwords into the field of the name, so the name itself is never stored.
    """
    return keyring.mac(NAME_KEY, fold(name).encode()).hex()
