"""Sealed objects: every length comes back, and no way of cutting, moving or renaming goes unseen."""

import contextlib
import io
import random

import pytest

from mdm.errors import Unavailable
from security.crypto.files import SealedReader, SealedWriter
from security.crypto.purposes import STORE, purpose_named, register

pytestmark = pytest.mark.django_db
CHUNK, HEADER = 100, 56


def sealed(data: bytes, name: str = "in/file.csv", piece: int = 33) -> bytes:
    target = io.BytesIO()
    with SealedWriter(target, name, chunk=CHUNK) as writer:
        for at in range(0, len(data), piece):
            assert writer.write(data[at : at + piece]) == len(data[at : at + piece])
    return target.getvalue()


def opened(data: bytes, name: str = "in/file.csv") -> bytes:
    with io.BufferedReader(SealedReader(io.BytesIO(data), name)) as reader:
        return reader.read()


def refused(data: bytes, name: str = "in/file.csv") -> bool:
    with pytest.raises(Unavailable) as refusal:
        opened(data, name)
    return refusal.value.code in ("crypto.tampered", "key.unknown")


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 199, 200, 201, 1000, 12_345])
def test_every_length_comes_back(size: int) -> None:
    data = random.Random(size).randbytes(size)
    whole = sealed(data)
    assert opened(whole) == data
    assert len(whole) == HEADER + size + 16 * max(1, -(-size // CHUNK))
    assert sealed(data) != whole


def test_default_chunks_and_text_readers() -> None:
    text = "姓名,电话\n" + "张三,13812345678\n" * 20_000
    target = io.BytesIO()
    with SealedWriter(target, "a") as writer:
        writer.write(text.encode())
    assert b"13812345678" not in target.getvalue()
    target.seek(0)
    reader = io.TextIOWrapper(io.BufferedReader(SealedReader(target, "a")), encoding="utf-8")
    assert reader.readline() == "姓名,电话\n"
    assert sum(1 for _ in reader) == 20_000


def test_another_name_does_not_open() -> None:
    assert refused(sealed(b"data"), "in/other.csv")


def test_cut_off_anywhere_is_refused() -> None:
    whole = sealed(bytes(250))
    assert all(refused(whole[:size]) for size in range(len(whole)))


def test_every_changed_byte_is_refused() -> None:
    whole = sealed(bytes(120))
    for place in range(len(whole)):
        assert refused(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])


def test_chunks_moved_repeated_removed_or_added_are_refused() -> None:
    size = CHUNK + 16
    whole = sealed(random.Random(1).randbytes(3 * CHUNK + 50))
    header, parts = whole[:HEADER], [whole[at : at + size] for at in range(HEADER, len(whole), size)]
    for order in ([1, 0, 2, 3], [0, 0, 1, 2, 3], [0, 2, 3], [0, 1, 2], [1, 2, 3], [0, 1, 2, 3, 3], [3]):
        assert refused(header + b"".join(parts[number] for number in order))
    assert refused(whole + b"\x00")
    assert opened(header + b"".join(parts))


def test_chunks_of_another_object_are_refused() -> None:
    one, other = sealed(bytes(150)), sealed(bytes(150))
    assert refused(one[:HEADER] + other[HEADER:])


def test_an_object_of_another_store_is_refused() -> None:
    register("store.TEST_OTHER", "object-store")
    target = io.BytesIO()
    with SealedWriter(target, "a", purpose="store.TEST_OTHER") as writer:
        writer.write(b"data")
    assert refused(target.getvalue(), "a")
    target.seek(0)
    assert SealedReader(target, "a", purpose="store.TEST_OTHER").read() == b"data"


def test_nothing_unproved_is_given_out_before_the_refusal() -> None:
    whole = sealed(b"a" * 100 + b"b" * 100)
    broken = whole[: HEADER + 130] + bytes([whole[HEADER + 130] ^ 1]) + whole[HEADER + 131 :]
    reader = SealedReader(io.BytesIO(broken), "in/file.csv")
    assert reader.read(100) == b"a" * 100
    with pytest.raises(Unavailable):
        reader.read(1)


def test_an_object_that_was_not_finished_does_not_open() -> None:
    target = io.BytesIO()
    with contextlib.suppress(RuntimeError), SealedWriter(target, "a", chunk=CHUNK) as writer:
        writer.write(bytes(150))
        raise RuntimeError
    assert refused(target.getvalue(), "a")
    writer = SealedWriter(target := io.BytesIO(), "a", chunk=CHUNK)
    writer.write(bytes(150))
    del writer
    assert refused(target.getvalue(), "a")


def test_sources_that_give_little_at_a_time_are_read_whole() -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(7, size or 0))

    assert SealedReader(Trickle(sealed(bytes(500))), "in/file.csv").read() == bytes(500)


def test_the_store_purpose_is_registered() -> None:
    assert purpose_named(STORE) is not None
