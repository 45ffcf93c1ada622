"""Objects: sealed while they are written, digested, kept in the store that `STORAGES` names (S3)."""

import io
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound, Unavailable
from mdm.storage.models import StoredObject
from security.access.actor import Actor
from security.crypto.files import SealedReader, SealedWriter

_BLOCK = 1 << 20


def store_file(
    path: Path, *, purpose: str, file_name: str, actor: Actor, at: datetime, run_id: int | None = None
) -> StoredObject:
    """Seal and store a file; see `store_stream`."""
    with path.open("rb") as source:
        return store_stream(source, purpose=purpose, file_name=file_name, actor=actor, at=at, run_id=run_id)


def store_stream(
    source: BinaryIO,
    *,
    purpose: str,
    file_name: str,
    actor: Actor,
    at: datetime,
    run_id: int | None = None,
    content_type: str = "application/octet-stream",
) -> StoredObject:
    """Seal a stream into a new object. `purpose` is the folder it goes to. Unavailable `store.down`."""
    name = f"{purpose}/{at:%Y/%m/%d}/{uuid4().hex}"
    digest, size = hashes.Hash(hashes.SM3()), 0
    with TemporaryFile() as spool:
        with SealedWriter(cast(BinaryIO, spool), name) as sealed:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                sealed.write(block)
        spool.seek(0)
        _put(name, cast(BinaryIO, spool))
    return StoredObject.objects.create(
        name=name,
        purpose=purpose,
        content_type=content_type,
        file_name=file_name[:200],
        size=size,
        sm3=digest.finalize().hex(),
        created_at=at,
        created_by=actor.name,
        run_id=run_id,
    )


def _put(name: str, spool: BinaryIO) -> None:
    try:
        default_storage.save(name, File(spool))
    except Exception as failure:  # boto's and the network's: one refusal for all of them
        raise Unavailable("store.down", _("The object storage does not answer.")) from failure


def open_object(name: str) -> tuple[StoredObject, BinaryIO]:
    """An object and its clear content as a stream. NotFound `object.unknown`, Unavailable `store.down`."""
    found = StoredObject.objects.filter(name=name).first()
    if found is None:
        raise NotFound("object.unknown", _("There is no such object."))
    try:
        source = default_storage.open(name, "rb")
    except Exception as failure:
        raise Unavailable("store.down", _("The object storage does not answer.")) from failure
    return found, cast(BinaryIO, io.BufferedReader(SealedReader(cast(BinaryIO, source), name)))
