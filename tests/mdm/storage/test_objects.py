"""Objects in the store: sealed, digested, opened only by those who know their name, refused when touched."""

import io
from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography.hazmat.primitives import hashes
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from mdm.errors import Gone, NotFound, Unavailable
from mdm.storage.models import StoredObject
from mdm.storage.objects import destroy_object, object_as_path, open_object, store_file, store_written
from security.crypto.coverage import StoredColumn, coverage, stored_columns
from security.crypto.files import SealedWriter
from security.crypto.purposes import purpose_named
from security.crypto.rotation import Rotation, rotate_purposes
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
KEYS = "mdm_storedobject.object_key"
CLEAR = "欧阳知远|!11010519491231002X\n".encode()


def stored(content: bytes) -> StoredObject:
    """An object with that content."""

    def write(target: BinaryIO) -> None:
        target.write(content)

    return store_written(write, purpose="test", file_name="a.csv", actor=everything("desk"), at=NOW, run_id=7)


def read(name: str) -> bytes:
    _found, stream = open_object(name)
    with stream:
        return stream.read()


@pytest.mark.parametrize(
    "content", [b"", b"x", CLEAR, CLEAR * 80_000], ids=["empty", "one byte", "line", "two megabytes"]
)
def test_what_is_stored_comes_back(content: bytes) -> None:
    kept = stored(content)

    assert read(kept.name) == content
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    assert (kept.size, kept.sm3) == (len(content), digest.finalize().hex())
    assert (kept.created_by, kept.run_id, kept.created_at, kept.file_name) == ("system:desk", 7, NOW, "a.csv")


def test_the_store_holds_nothing_in_clear() -> None:
    kept = stored(CLEAR * 1000)

    with default_storage.open(kept.name) as file:
        raw = file.read()
    assert CLEAR[:12] not in raw
    assert b"11010519491231002X" not in raw


def test_the_same_content_is_sealed_differently_each_time() -> None:
    names = [stored(CLEAR).name for _ in range(2)]

    raws = []
    for name in names:
        with default_storage.open(name) as file:
            raws.append(file.read())
    assert raws[0] != raws[1]
    assert names[0] != names[1]


def test_a_name_says_purpose_and_day_and_nothing_else() -> None:
    name = stored(CLEAR).name

    assert name.startswith("test/2026/03/02/")
    assert len(name.rpartition("/")[2]) == 32


def test_a_file_is_stored_too_and_read_from_a_path_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "core.csv"
    path.write_bytes(CLEAR * 3)
    kept = store_file(path, purpose="inbound", file_name="core.csv", actor=everything("desk"), at=NOW)

    with object_as_path(kept.name) as clear:
        assert clear.read_bytes() == CLEAR * 3
        assert str(clear).startswith("/proc/")
    assert not clear.exists()


def test_an_object_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"object\.unknown"):
        open_object("test/2026/03/02/nothing")


def test_an_object_whose_content_is_gone_is_refused_loudly() -> None:
    kept = stored(CLEAR)
    default_storage.delete(kept.name)

    with pytest.raises(Unavailable):
        read(kept.name)


@pytest.mark.parametrize("how", ["flipped", "cut off", "another's"])
def test_an_object_that_was_touched_does_not_open(how: str) -> None:
    kept, other = stored(CLEAR * 100), stored(CLEAR * 100)
    with default_storage.open(kept.name) as file:
        raw = file.read()
    with default_storage.open(other.name) as file:
        others = file.read()
    broken = {
        "flipped": raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:],
        "cut off": raw[:-20],
        "another's": others,
    }[how]
    default_storage.delete(kept.name)
    default_storage.save(kept.name, ContentFile(broken))

    with pytest.raises(Unavailable):
        read(kept.name)


# -- keys ------------------------------------------------------------------------------------------


def columns() -> list[StoredColumn]:
    return [column for column in stored_columns(apps) if column.purpose == KEYS]


@pytest.mark.django_db(transaction=True)
def test_the_keys_of_objects_are_covered_and_rotated_without_touching_the_store() -> None:
    with database_role("engine"):
        kept = [stored(CLEAR * n) for n in (1, 2, 3)]
        raws = [raw(one.name) for one in kept]
        before = {entry.key_id for entry in coverage(columns())}
        assert sum(entry.values for entry in coverage(columns())) == 3

        with database_role("owner"):
            purpose = purpose_named(KEYS)
            assert purpose is not None
            (done,) = rotate_purposes([Rotation(purpose, columns())], "tester", NOW, 0)

        assert done.reencrypted == 3
        assert before.isdisjoint(entry.key_id for entry in coverage(columns()))
        assert [raw(one.name) for one in kept] == raws
        assert [read(one.name) for one in kept] == [CLEAR, CLEAR * 2, CLEAR * 3]


def raw(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def test_the_store_holds_no_key_and_a_copy_opens_no_more_once_the_key_is_gone() -> None:
    kept = stored(CLEAR)
    copy = raw(kept.name)
    assert copy[:4] == b"PSO2"
    destroy_object(kept.name, NOW)

    default_storage.save(kept.name, ContentFile(copy))
    with pytest.raises(Gone, match=r"object\.destroyed"):
        open_object(kept.name)
    StoredObject.objects.filter(pk=kept.pk).update(destroyed_at=None)
    with pytest.raises(Unavailable, match=r"crypto\.tampered"):
        open_object(kept.name)


def test_an_object_from_before_keys_were_kept_in_the_database_still_opens() -> None:
    kept, sealed = stored(CLEAR), io.BytesIO()
    with SealedWriter(sealed, kept.name) as writer:
        writer.write(CLEAR)
    default_storage.delete(kept.name)
    default_storage.save(kept.name, ContentFile(sealed.getvalue()))
    StoredObject.objects.filter(pk=kept.pk).update(object_key=None)

    assert sealed.getvalue()[:4] == b"PSO1"
    assert read(kept.name) == CLEAR
