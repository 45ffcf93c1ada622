"""PDF files: searched for all that acts (ISO 32000-2, 12.6), never changed, so that signatures on them stay good.

Looked at twice: by the objects that a strict reader finds, and by the text outside streams, for what a lenient
viewer would find. Runs apart (`child`).
"""

import io
import re
from collections.abc import Iterator
from typing import Any, Final

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from security.content.verdict import Refused

MOST_PAGES: Final = 200
#: Objects of a file, and how deep they nest: far above any paper, far below what exhausts a reader.
MOST_OBJECTS: Final = 200_000
_DEEPEST = 60
#: Entries that make a file act, or hold another file.
ACTING: Final = frozenset(
    "/JS /JavaScript /AA /Launch /EmbeddedFile /EmbeddedFiles /EF /RichMedia /RichMediaContent /XFA /Movie /Sound "
    "/Rendition /Screen /3D /Trans3D /GoToE /GoToR /ImportData /SubmitForm /ResetForm /Collection".split()
)
#: What is refused only as a name of an action, a stream or an annotation: elsewhere the word is harmless.
_AS_VALUE = ("/S", "/Type", "/Subtype")
#: Actions that a file may begin with: to be shown at a page.
_OPENINGS = frozenset({"/GoTo"})
_NAME = re.compile(rb"/(?:[^\x00\t\n\x0c\r ()<>\[\]{}/%]+)")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_SPACE = b"\0\t\n\x0c\r "
#: A ZIP archive ends with this and a comment of a length that it tells.
_ARCHIVE_END = b"PK\x05\x06"


def search(data: bytes) -> tuple[bytes, int]:
    """The file as it came, and its pages. Raises Refused."""
    _check_ends(data)
    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        if "/Encrypt" in reader.trailer or reader.is_encrypted:
            raise Refused("content.encrypted")
        _search_objects(reader)
        pages = len(reader.pages)
    except Refused:
        raise
    except (MemoryError, RecursionError):
        raise Refused("content.bomb") from None
    except Exception:  # noqa: BLE001 (as `child`)
        raise Refused("content.damaged") from None
    _search_text(data)
    if not 0 < pages <= MOST_PAGES:
        raise Refused("content.dimensions" if pages else "content.damaged")
    return data, pages


def _check_ends(data: bytes) -> None:
    """Nothing before the file, nothing after it, no archive that ends where it ends."""
    if not data.rstrip(_SPACE).endswith(b"%%EOF"):
        raise Refused("content.polyglot" if b"%%EOF" in data else "content.damaged")
    at = data.rfind(_ARCHIVE_END)
    if (
        at >= 0
        and at + 22 <= len(data)
        and at + 22 + int.from_bytes(data[at + 20 : at + 22], "little") >= len(data)
    ):
        raise Refused("content.polyglot")


def _search_objects(reader: PdfReader) -> None:
    """Every object that the file has, whether a page leads to it or not."""
    known = {number for entries in reader.xref.values() for number in entries} | set(reader.xref_objStm)
    if len(known) > MOST_OBJECTS:
        raise Refused("content.dimensions")
    _search_tree(reader.trailer)
    for number in sorted(known):
        for generation, entries in reader.xref.items():
            if number in entries:
                _search_tree(reader.get_object(IndirectObject(number, generation, reader)))
        if number in reader.xref_objStm:
            _search_tree(reader.get_object(IndirectObject(number, 0, reader)))


def _search_tree(found: Any) -> None:
    """One object with all that stands in it; what it refers to is looked at by itself."""
    waiting = [(found, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > _DEEPEST:
            raise Refused("content.bomb")
        if isinstance(part, DictionaryObject):
            _check_entries(part)
            waiting += [(value, depth + 1) for value in part.values()]
        elif isinstance(part, ArrayObject):
            waiting += [(value, depth + 1) for value in part]


def _check_entries(entries: DictionaryObject) -> None:
    names = {str(name) for name in entries}
    if names & ACTING or any(str(entries.raw_get(key)) in ACTING for key in _AS_VALUE if key in entries):
        raise Refused("content.active")
    if "/OpenAction" in entries and not _harmless(entries["/OpenAction"]):
        raise Refused("content.active")
    if (
        isinstance(entries, StreamObject) and "/F" in entries
    ):  # the content of the stream lies in another file
        raise Refused("content.external")


def _harmless(opening: Any) -> bool:
    """Whether a file only begins at some page."""
    return not isinstance(opening, DictionaryObject) or str(opening.get("/S")) in _OPENINGS


def _search_text(data: bytes) -> None:
    """Names outside streams, also in revisions and objects that no table leads to, however they are spelt."""
    acting = {name.encode() for name in ACTING} - {b"/Screen", b"/Sound", b"/Movie", b"/EF", b"/3D"}
    if acting & set(_names(_STREAM.sub(b"stream endstream", data))):
        raise Refused("content.active")
    if b"/Encrypt" in set(_names(data[-4096:])):
        raise Refused("content.encrypted")


def _names(text: bytes) -> Iterator[bytes]:
    for found in _NAME.finditer(text):
        yield _HEX.sub(lambda sign: bytes([int(sign[1], 16)]), found[0])
