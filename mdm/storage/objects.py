"""Objects: sealed while they are written, digested, kept in the store that `STORAGES` names (S3).

Clear content never lies on a disk: it goes through memory into the sealed spool, and where a reader
wants a path, that of an anonymous file of this process (memfd_create(2)).
"""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Gone, NotFound, Unavailable
from mdm.storage.models import StoredObject
from security.access.actor import Actor
from security.crypto.algorithms import sm3
from security.crypto.files import SealedReader, SealedWriter, object_key

_BLOCK = 1 << 20
#: The refusal of a store that may answer again a moment later.
DOWN = "store.down"


def store_file(
    path: Path, *, purpose: str, file_name: str, actor: Actor, at: datetime, run_id: int | None = None
) -> StoredObject:
    """Seal and store a file; see `store_written`."""
    with path.open("rb") as source:

        def copy(target: BinaryIO) -> None:
            shutil.copyfileobj(source, target, _BLOCK)

        return store_written(copy, purpose=purpose, file_name=file_name, actor=actor, at=at, run_id=run_id)


def store_written(
    write: Callable[[BinaryIO], None],
    *,
    purpose: str,
    file_name: str,
    actor: Actor,
    at: datetime,
    run_id: int | None = None,
    content_type: str = "application/octet-stream",
) -> StoredObject:
    """Seal what `write` writes into a new object in the folder `purpose`. Unavailable `store.down`."""
    name, key = f"{purpose}/{at:%Y/%m/%d}/{uuid4().hex}", object_key()
    with TemporaryFile() as spool:
        with SealedWriter(cast(BinaryIO, spool), name, key=key) as sealed:
            digest = _Digested(sealed)
            write(cast(BinaryIO, digest))
        spool.seek(0)
        _put(name, cast(BinaryIO, spool))
    return StoredObject.objects.create(
        id=_next_id(),  # the key is sealed for its row
        name=name,
        object_key=key.hex(),
        purpose=purpose,
        content_type=content_type,
        file_name=file_name[:200],
        size=digest.size,
        sm3=digest.sm3.finalize().hex(),
        created_at=at,
        created_by=actor.name,
        run_id=run_id,
    )


def store_bytes(data: bytes, *, purpose: str, content_type: str, actor: Actor, at: datetime) -> StoredObject:
    """Seal and store what is in memory, without a file name; see `store_written`."""

    def write(target: BinaryIO) -> None:
        target.write(data)

    return store_written(write, purpose=purpose, file_name="", actor=actor, at=at, content_type=content_type)


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [StoredObject._meta.db_table])
        return int(cursor.fetchone()[0])


class _Digested(io.RawIOBase):
    """Counts and digests the clear bytes on their way into the sealed spool."""

    def __init__(self, sealed: SealedWriter) -> None:
        self._sealed, self.sm3, self.size = sealed, hashes.Hash(hashes.SM3()), 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Takes all of `data`."""
        self.sm3.update(data)
        self.size += len(data)
        return self._sealed.write(data)


def _put(name: str, spool: BinaryIO) -> None:
    try:
        default_storage.save(name, File(spool))
    except Exception as failure:  # boto's and the network's: one refusal for all of them
        raise Unavailable(DOWN, _("The object storage does not answer.")) from failure


def open_object(name: str) -> tuple[StoredObject, BinaryIO]:
    """An object and its clear content as a stream.

    NotFound `object.unknown`, Gone `object.destroyed`, Unavailable `store.down`.
    """
    found = StoredObject.objects.filter(name=name).first()
    if found is None:
        raise NotFound("object.unknown", _("There is no such object."))
    if found.destroyed_at is not None:
        raise Gone("object.destroyed", _("This object was destroyed with a customer whom it told of."))
    try:
        source = default_storage.open(name, "rb")
    except Exception as failure:
        raise Unavailable(DOWN, _("The object storage does not answer.")) from failure
    key = bytes.fromhex(found.object_key.open()) if found.object_key else None
    return found, cast(BinaryIO, io.BufferedReader(SealedReader(cast(BinaryIO, source), name, key=key)))


def read_object(name: str) -> tuple[StoredObject, bytes]:
    """An object and its whole clear content, which has the digest that was taken when it was stored.

    Raises as `open_object`; Unavailable `crypto.tampered` for an object that was changed, moved or cut off.
    """
    found, clear = open_object(name)
    with clear:
        content = clear.read()
    if not compare_digest(sm3(content).hex(), found.sm3):
        raise Unavailable("crypto.tampered", _("The stored object is not the one that was stored."))
    return found, content


def destroy_object(name: str, at: datetime) -> None:
    """Destroy an object's data key, and take the object out of the store. Twice is as good as once.
    Unavailable `store.down`."""
    try:
        default_storage.delete(name)
    except Exception as failure:  # as in `_put`
        raise Unavailable(DOWN, _("The object storage does not answer.")) from failure
    StoredObject.objects.filter(name=name, destroyed_at=None).update(destroyed_at=at, object_key=None)


def discard_object(name: str, at: datetime) -> None:
    """Destroy an object's data key with the transaction at hand, which makes every copy unreadable; what is left of
    it leaves the store afterwards. A store that does not answer then keeps what nobody can open."""
    StoredObject.objects.filter(name=name, destroyed_at=None).update(destroyed_at=at, object_key=None)

    def sweep() -> None:
        with suppress(Exception):  # boto's and the network's
            default_storage.delete(name)

    transaction.on_commit(sweep)


@contextmanager
def object_as_path(name: str) -> Iterator[Path]:
    """A path to an object's clear content, which stays in this process's memory. Raises as `open_object`."""
    _stored, clear = open_object(name)
    with clear, open(os.memfd_create("object"), "w+b") as held:
        shutil.copyfileobj(clear, held, _BLOCK)
        held.flush()
        yield Path(f"/proc/{os.getpid()}/fd/{held.fileno()}")
