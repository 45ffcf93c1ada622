"""Archives and documents that are sent in place of a text file: recognised by their first bytes, never opened.

The loader unpacks nothing, so that a bomb, a path that climbs out or a link inside an archive meets no
code that could follow it (security 6.4).
"""

from pathlib import Path

#: First bytes of what is sent by mistake, and its name.
_BEGINNINGS = (
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"PK\x07\x08", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE"),
    (b"%PDF-", "PDF"),
)
#: Where a tar archive says that it is one (POSIX pax, section "ustar Interchange Format").
_TAR_AT, _TAR = 257, b"ustar"
_HEAD = _TAR_AT + len(_TAR)


def packed(path: Path) -> str:
    """What kind of archive or document a file is; "" for anything that may be text. OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[:3] == b"BZh" and head[4:10] == b"1AY&SY":
        return "bzip2"
    if head[_TAR_AT:] == _TAR and b"\0" in head:
        return "tar"
    return next((name for beginning, name in _BEGINNINGS if head.startswith(beginning)), "")
