"""Spreadsheets that bring rows: searched for what acts or unpacks without end, before any reader opens them.

A workbook is a ZIP archive of XML (ECMA-376). What it says of its own sizes is not believed: it is unpacked and
counted, and nothing is ever written under a name that it gives.
"""

import io
import re
import zlib
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from security.content.verdict import Refused

MOST_PARTS: Final = 2_000
#: Bytes unpacked in all, and how many times the packed size a part may have once it is large.
MOST_UNPACKED: Final = 512 * 1024 * 1024
MOST_TIMES: Final = 200
_LARGE = 4 * 1024 * 1024
_BLOCK = 1 << 16
#: Parts that act or bring other files; in a workbook without macros none is needed.
_ACTING = re.compile(
    r"vbaproject|activex|oleobject|embeddings/|macrosheets/|dialogsheets/|customui|\.(?:bin|exe|js|vbs|hta)$",
    re.IGNORECASE,
)
_PRINTER = re.compile(r"xl/printersettings/printersettings\d+\.bin", re.IGNORECASE)
_DECLARED = re.compile(rb"<!DOCTYPE|<!ENTITY|<ddeLink|<oleLink", re.IGNORECASE)
_ELSEWHERE = re.compile(rb"externalLinks?/|TargetMode\s*=\s*[\"']External[\"']", re.IGNORECASE)
_HYPERLINK = re.compile(rb"<Relationship\b[^>]*relationships/hyperlink[^>]*>", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0"


def search(data: bytes) -> None:
    """Refuse a workbook that acts, asks for other data, holds a page twice or unpacks without end. Raises Refused."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(data, parts)
            left = MOST_UNPACKED
            for part in parts:
                left -= _unpacked(archive, part, left)
    except (BadZipFile, EOFError, NotImplementedError, zlib.error, OSError, ValueError):
        raise Refused("content.damaged") from None


def _check_parts(data: bytes, parts: list[ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if not data.startswith(b"PK\x03\x04") or len(set(map(str.lower, names))) < len(names):
        raise Refused("content.polyglot")
    if len(parts) > MOST_PARTS:
        raise Refused("content.bomb")
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refused("content.encrypted")
    if any(_odd(name) for name in names) or "[Content_Types].xml" not in names:
        raise Refused("content.damaged")
    if any(_ACTING.search(name) and not _PRINTER.fullmatch(name) for name in names):
        raise Refused("content.active")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise Refused("content.damaged")


def _odd(name: str) -> bool:
    """A name that would lead out of a folder; we write none, but a workbook that has one was not written by Excel."""
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name or "\0" in name


def _unpacked(archive: ZipFile, part: ZipInfo, most: int) -> int:
    """How many bytes a part really unpacks to, having looked at each of them."""
    size, seen = 0, b""
    links = part.filename.lower().endswith(".rels")
    with archive.open(part) as source:
        while block := source.read(_BLOCK):
            if not size and block.startswith((_OLE, b"PK\x03\x04")):
                raise Refused("content.active")
            size += len(block)
            if size > most or (size > _LARGE and size > MOST_TIMES * max(part.compress_size, 1)):
                raise Refused("content.bomb")
            seen = (seen if links else seen[-16:]) + block
            if _DECLARED.search(seen):
                raise Refused("content.external")
    if links and _ELSEWHERE.search(_HYPERLINK.sub(b"", seen)):
        raise Refused("content.external")
    return size
