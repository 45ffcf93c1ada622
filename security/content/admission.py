"""Taking a file in: it comes out clean, or not at all."""

import json
from dataclasses import dataclass

from security.content import kinds, sheets
from security.content.apart import read_apart
from security.content.kinds import CSV, DOCUMENTS, KINDS, PDF, SHEETS, Kind
from security.content.refusals import refusal
from security.content.verdict import Refused


@dataclass(frozen=True, slots=True)
class Clean:
    """A file that was looked at: its real type, the bytes to be kept, how many pages it has."""

    media_type: str
    data: bytes
    pages: int


def document(data: bytes, *, declared: str = "", file_name: str = "") -> Clean:
    """A picture or PDF file, looked at and, if a picture, written anew. Invalid `content.…` (`refusals.TEXTS`).

    `declared` is the type that the sender tells; it and the ending of `file_name` must agree with the content, and
    are used for nothing else.
    """
    kind = _admitted(data, declared, file_name, DOCUMENTS)
    if kind.media_type == PDF and kinds.is_markup(data.removeprefix(kind.begins)[:256]):
        raise refusal("content.polyglot")
    clean, pages = read_apart(kind.media_type, data)
    return Clean(kind.media_type, clean, pages)


def sheet(data: bytes, *, declared: str = "", file_name: str = "") -> Clean:
    """A workbook or a text with rows, looked at and left as it is. Invalid `content.…`."""
    kind = _admitted(data, declared, file_name, SHEETS)
    if kind.media_type != CSV:
        try:
            sheets.search(data)
        except Refused as refused:
            raise refusal(refused.code) from None
    return Clean(kind.media_type, data, 1)


def rows_of(book: bytes, most: int) -> list[list[str | None]]:
    """The first `most` rows of a workbook that `sheet` let in, as texts (`security.content.rows`)."""
    told, _count = read_apart("rows", book, str(most).encode())
    found: list[list[str | None]] = json.loads(told)
    return found


def _admitted(data: bytes, declared: str, file_name: str, wanted: frozenset[str]) -> Kind:
    """The type of a file, which is one of those wanted, is no larger than it may be, and is what was declared."""
    if not data:
        raise refusal("content.empty")
    kind = kinds.kind_of(data) or (KINDS[CSV] if CSV in wanted and _is_text(data) else None)
    if kind is None or kind.media_type not in wanted:
        raise refusal("content.unknown")
    if len(data) > kind.largest:
        raise refusal("content.too_large")
    if not kinds.agrees(kind, declared, file_name):
        raise refusal("content.mismatch")
    return kind


def _is_text(data: bytes) -> bool:
    """Whether bytes may be rows of text in any encoding: nothing binary, no page."""
    return not kinds.is_markup(data) and b"\0" not in data
