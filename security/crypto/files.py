"""Sealed files and objects: encrypted as they are written, checked as they are read, in constant memory.

    PSO1 | key id (4) | chunk size (4) | wrapped object key (44)      and then chunk after chunk
    PSO2 | zero (4) | chunk size (4)                                  the same, its key kept elsewhere
    chunk: SM4-GCM(ciphertext | tag), nonce = number (12, big-endian)

Each object has a random key of its own, used for nothing else, so that counting nonces never repeat. Of a
PSO1 it is wrapped by the store's data key together with the object's name; of a PSO2 whoever keeps the
object keeps the key, and each chunk is bound to the name: so an object does not open under another name.
Each chunk is bound to the header, to its number and to whether it is the last, so that chunks cut off,
moved, repeated or added are found.
"""

import io
import os
import struct
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from mdm.errors import Unavailable
from security.crypto import keyring
from security.crypto.algorithms import BLOCK, NONCE, TAG, WrongTag, gcm_open, gcm_seal
from security.crypto.handles import DataKeyHandle
from security.crypto.providers import unwrap, wrap
from security.crypto.purposes import STORE

#: Bytes of clear text in a chunk.
CHUNK = 64 * 1024

_MAGIC, _KEPT = b"PSO1", b"PSO2"
_FRONT = struct.Struct(">4sII")
_WRAPPED = NONCE + BLOCK + TAG
_LARGEST_CHUNK = 16 * 1024 * 1024


class SealedWriter(io.RawIOBase):
    """Writes clear bytes, encrypted, to `target`; `name` binds the object to where it is kept. With a `key`, fresh
    from `object_key` and used for this object only, the caller keeps it; else it goes, wrapped, into the object.

    Must be closed to be complete: what was not closed does not open. `target` stays open.
    """

    def __init__(
        self,
        target: BinaryIO,
        name: str,
        *,
        purpose: str = STORE,
        chunk: int = CHUNK,
        key: bytes | None = None,
    ) -> None:
        self._key = key or object_key()
        header = _FRONT.pack(_KEPT, 0, chunk) if key else _wrapping(self._key, name, purpose, chunk)
        self._header = _bound(header, name) if key else header
        self._target, self._chunk = target, chunk
        self._pending, self._number = bytearray(), 0
        target.write(header)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Takes all of `data`."""
        self._pending += data
        while len(self._pending) > self._chunk:  # a full last chunk waits: it may be the last of all
            self._put(last=False)
        return len(data)

    def close(self) -> None:
        """Writes the last chunk."""
        if not self.closed:
            self._put(last=True)
            super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the object, unless the block failed: then it stays incomplete and never opens."""
        if kind is None:
            self.close()
        else:
            super().close()

    def __del__(self) -> None:
        """Leaves what was not closed incomplete (the base class would close it)."""

    def _put(self, *, last: bool) -> None:
        text = bytes(self._pending[: self._chunk])
        del self._pending[: self._chunk]
        nonce, bound = _place(self._header, self._number, last=last)
        self._target.write(gcm_seal(self._key, nonce, text, bound))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads the clear bytes of a sealed object; wrap it in `io.BufferedReader` for small reads.

    `key` is that of an object whose key its keeper keeps. Nothing unproved is ever given out. Raises
    Unavailable `crypto.tampered` on opening or while reading, at the latest before the end: an object cut off
    never ends well. `source` stays open.
    """

    def __init__(
        self, source: BinaryIO, name: str, *, purpose: str = STORE, key: bytes | None = None
    ) -> None:
        self._source = source
        header = _read_whole(source, _FRONT.size + (0 if key else _WRAPPED))
        if key:
            self._key, self._chunk, self._header = key, _kept_chunk(header), _bound(header, name)
        else:
            (self._key, self._chunk), self._header = _wrapped_key(header, name, purpose), header
        self._sealed = _read_whole(source, self._chunk + TAG)
        if not self._sealed:
            raise _tampered()
        self._clear, self._at, self._number = b"", 0, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills as much of `buffer` as one chunk gives; 0 at the proved end."""
        while self._at == len(self._clear) and self._sealed:
            self._next()
        part = self._clear[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _next(self) -> None:
        """Opens the chunk in hand, having looked whether another follows."""
        following = _read_whole(self._source, self._chunk + TAG)
        nonce, bound = _place(self._header, self._number, last=not following)
        try:
            self._clear = gcm_open(self._key, nonce, self._sealed, bound)
        except WrongTag:
            raise _tampered() from None
        self._at, self._sealed, self._number = 0, following, self._number + 1


def object_key() -> bytes:
    """A new key for one object."""
    return os.urandom(BLOCK)


def _wrapping(key: bytes, name: str, purpose: str, chunk: int) -> bytes:
    """The header that holds an object's key, wrapped."""
    store = keyring.current(purpose)
    front = _FRONT.pack(_MAGIC, store.key_id, chunk)
    return front + wrap(store.key, key, _bound(front, name))


def _kept_chunk(header: bytes) -> int:
    """The chunk size of an object whose key is kept elsewhere."""
    if len(header) < _FRONT.size:
        raise _tampered()
    magic, zero, chunk = _FRONT.unpack(header)
    if magic != _KEPT or zero or not 0 < chunk <= _LARGEST_CHUNK:
        raise _tampered()
    return int(chunk)


def _wrapped_key(header: bytes, name: str, purpose: str) -> tuple[bytes, int]:
    """The object's own key and its chunk size."""
    if len(header) < _FRONT.size + _WRAPPED:
        raise _tampered()
    magic, key_id, chunk = _FRONT.unpack_from(header)
    if magic != _MAGIC or not 0 < chunk <= _LARGEST_CHUNK:
        raise _tampered()
    store: DataKeyHandle = keyring.by_id(key_id)
    try:
        key = unwrap(store.key, header[_FRONT.size :], _bound(header[: _FRONT.size], name))
    except WrongTag:
        raise _tampered() from None
    if store.purpose != purpose:
        raise _tampered()
    return key, chunk


def _bound(front: bytes, name: str) -> bytes:
    return front + name.encode()


def _place(header: bytes, number: int, *, last: bool) -> tuple[bytes, bytes]:
    """Nonce of a chunk, and what it is bound to."""
    nonce = number.to_bytes(NONCE, "big")
    return nonce, header + nonce + (b"\x01" if last else b"\x00")


def _read_whole(source: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes; fewer only at the end, also from sources that give less at a time."""
    read: Callable[[int], bytes | None] = source.read
    parts = bytearray()
    while len(parts) < size and (part := read(size - len(parts))):
        parts += part
    return bytes(parts)


def _tampered() -> Unavailable:
    return Unavailable(
        "crypto.tampered", _("The sealed object was cut off or changed, or belongs to another name.")
    )
