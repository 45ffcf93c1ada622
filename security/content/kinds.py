"""The types of files that the bank takes, told by their first bytes, and how large each may be."""

import re
from dataclasses import dataclass

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
#: What a customer's document may be.
DOCUMENTS = frozenset({JPEG, PNG, PDF})
#: What rows of customers may come in.
SHEETS = frozenset({XLSX, CSV})

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """A type: how it begins, the endings its names have, the most bytes it may have, other names browsers give it."""

    media_type: str
    begins: bytes
    endings: frozenset[str]
    largest: int
    aliases: frozenset[str] = frozenset()


KINDS = {
    kind.media_type: kind
    for kind in (
        Kind(
            JPEG,
            b"\xff\xd8\xff",
            frozenset({"jpg", "jpeg", "jpe"}),
            12 * _MIB,
            frozenset({"image/jpg", "image/pjpeg"}),
        ),
        Kind(PNG, b"\x89PNG\r\n\x1a\n", frozenset({"png"}), 24 * _MIB, frozenset({"image/x-png"})),
        Kind(PDF, b"%PDF-", frozenset({"pdf"}), 24 * _MIB, frozenset({"application/x-pdf"})),
        Kind(XLSX, b"PK\x03\x04", frozenset({"xlsx"}), 24 * _MIB),
        Kind(
            CSV,
            b"",
            frozenset({"csv", "txt"}),
            48 * _MIB,
            frozenset({"text/plain", "application/csv", "application/vnd.ms-excel"}),
        ),
    )
}
#: What browsers and systems send where they do not know: it says nothing and so contradicts nothing.
SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
#: What makes a browser take a file for a page or a script, within the bytes that browsers look at.
_MARKUP = re.compile(
    rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|img|a\s|\?php|\?xml)|^#!|mime-version:", re.IGNORECASE
)
_SNIFFED = 1024


def kind_of(data: bytes) -> Kind | None:
    """The type of a file by its first bytes; None for one that the bank does not take. A text is not told so."""
    told = (kind for kind in KINDS.values() if kind.begins and data.startswith(kind.begins))
    return next(told, None)


def is_markup(data: bytes) -> bool:
    """Whether a browser could take the beginning for a page, a drawing or a script (SVG, HTML, PHP, shell)."""
    return bool(_MARKUP.search(data[:_SNIFFED].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip()))


def agrees(kind: Kind, declared: str, file_name: str) -> bool:
    """Whether the type that was declared, and the ending of the name, say the same as the content."""
    said = declared.partition(";")[0].strip().lower()
    ending = file_name.rpartition(".")[2].lower() if "." in file_name else ""
    return (said in SAYS_NOTHING or said == kind.media_type or said in kind.aliases) and (
        not ending or ending in kind.endings
    )
