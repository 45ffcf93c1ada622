"""Looking for known values in everything that is stored: in whatever spelling a careless line would leave them."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from tests.support.database_roles import database_role

#: A needle of fewer bytes would be found in random ciphertext by chance.
SHORTEST = 8


def spellings(value: str) -> set[bytes]:
    """UTF-8, GB18030 and UTF-16, each plain, in hexadecimal and inside Base64; JSON's and an address's escapes."""
    plain = {value.encode(code) for code in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")}
    told = plain | {json.dumps(value)[1:-1].encode(), quote(value).encode()}
    for data in plain:
        told |= {data.hex().encode(), data.hex().upper().encode()}
        told |= {inside for shift in range(3) for inside in _inside_base64(data, shift)}
    return {needle for needle in told if len(needle) >= SHORTEST and b"\n" not in needle}


def _inside_base64(data: bytes, shift: int) -> Iterable[bytes]:
    """The characters that `data` gives in Base64 when `shift` bytes stand before it, without those of its neighbours."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(b"\0" * shift + data).rstrip(b"=")
        first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
        yield whole[first:last]


def in_files(folder: Path, values: Iterable[str]) -> dict[str, set[str]]:
    """The values that are found in files below `folder`, with the files.

    Every position of every file is looked at: its first eight bytes are hashed and looked up in a bitmap of
    the needles' beginnings, all positions at once; where one hits, the bytes themselves are compared.
    """
    return find(folder, {needle: value for value in values for needle in spellings(value)})


def find(folder: Path, named: Mapping[bytes, str]) -> dict[str, set[str]]:
    """The names of the needles (of eight bytes at least) that are found in files below `folder`, with the files."""
    heads: dict[int, list[bytes]] = {}
    for needle in named:
        heads.setdefault(int.from_bytes(needle[:SHORTEST], "little"), []).append(needle)
    bitmap = np.zeros(1 << _BITS, dtype=bool)
    bitmap[_hashed(np.array(sorted(heads), dtype=np.uint64))] = True
    found: dict[str, set[str]] = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        for needle in _needles_in(_content(path), heads, bitmap):
            found.setdefault(named[needle], set()).add(str(path.relative_to(folder)))
    return found


def _content(path: Path) -> bytes:
    """What a file holds; nothing where its server has taken it away meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


#: Bits of the hash: a bitmap of 16 MiB, nearly empty for ten thousand needles.
_BITS = 24


def _hashed(heads: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A multiplicative hash of eight bytes."""
    return (heads * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _BITS)


def _needles_in(data: bytes, heads: dict[int, list[bytes]], bitmap: NDArray[np.bool_]) -> Iterator[bytes]:
    for shift in range(SHORTEST):
        size = (len(data) - shift) // SHORTEST
        words = np.frombuffer(data, dtype="<u8", count=max(size, 0), offset=min(shift, len(data)))
        for place in np.flatnonzero(bitmap[_hashed(words)]).tolist():
            at = shift + place * SHORTEST
            yield from (needle for needle in heads.get(int(words[place]), ()) if data.startswith(needle, at))


def in_rows(values: Iterable[str]) -> dict[str, set[str]]:
    """The values that are found in any row of any table, with the tables."""
    with dump() as folder:
        return in_files(folder, values)


@contextmanager
def dump() -> Iterator[Path]:
    """A folder with a file for each table, as PostgreSQL writes rows as text (so also what is compressed in its own
    files): bytes in hexadecimal."""
    with TemporaryDirectory() as folder, database_role("owner"), connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            with (Path(folder) / table).open("wb") as file, cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                for row in rows:
                    file.write(row)
        yield Path(folder)
