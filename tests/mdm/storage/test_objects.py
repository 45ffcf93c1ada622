"""Objects in the store: sealed, digested, opened only by those who know their name, refused when touched."""

from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography.hazmat.primitives import hashes
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from mdm.errors import NotFound, Unavailable
from mdm.storage.models import StoredObject
from mdm.storage.objects import object_as_path, open_object, store_file, store_written
from tests.factories.security import NOW, everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
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
