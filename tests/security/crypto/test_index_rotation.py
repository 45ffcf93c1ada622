"""Rotation of a digest key: two versions side by side, at no moment a value that cannot be found."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from mdm.errors import Invalid
from security.crypto import blind_index, keyring
from security.crypto.coverage import Coverage
from security.crypto.index_rotation import IndexRotation
from security.crypto.indexes import IndexHolder, Progress, _holders, register_holder
from security.crypto.purposes import Purpose, purpose_named
from security.models.keys import DataKey
from tests.security.crypto.test_keyring import NOW

pytestmark = pytest.mark.django_db
KIND = blind_index.declare("TEST_TURNING")
PURPOSE = f"index.{KIND}"
VALUES = [f"1380000{number:04d}" for number in range(40)]


class Book:
    """A small index in a table of its own: what a lookup index does, as far as rotation sees it."""

    def __init__(self) -> None:
        self.killed_after = 10**9
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE book (value text, version integer, digest bytea)")

    def write(self, value: str) -> None:
        """As every writer does: one digest for each live version."""
        for key, digest in zip(keyring.versions(PURPOSE), blind_index.candidates(KIND, value), strict=True):
            self._insert(value, key.version, digest)

    def find(self, value: str) -> bool:
        """As every search does: under all live versions."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM book WHERE digest = ANY(%s)", [blind_index.candidates(KIND, value)])
            return cursor.fetchone() is not None

    def counted(self) -> list[Coverage]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version, count(*) FROM book GROUP BY version")
            ids = dict(DataKey.objects.filter(purpose=PURPOSE).values_list("version", "pk"))
            return [Coverage(PURPOSE, "book", "digest", ids[v], n) for v, n in cursor.fetchall()]

    def fill(self, version: int, progress: Progress) -> int:
        key = next(key for key in keyring.versions(PURPOSE) if key.version == version)
        at = keyring.versions(PURPOSE).index(key)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT value FROM book WHERE value NOT IN (SELECT value FROM book WHERE version = %s)",
                [version],
            )
            missing = [row[0] for row in cursor.fetchall()]
        for done, value in enumerate(missing):
            if done == self.killed_after:
                raise KeyboardInterrupt
            self._insert(value, version, blind_index.candidates(KIND, value)[at])
            progress(1)
        return len(missing)

    def clear(self, version: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM book WHERE version = %s", [version])
            return int(cursor.rowcount)

    def _insert(self, value: str, version: int, digest: bytes) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO book VALUES (%s, %s, %s)", [value, version, digest])


@pytest.fixture
def book() -> Iterator[Book]:
    made = Book()
    register_holder(IndexHolder(PURPOSE, made.counted, made.fill, made.clear))
    for value in VALUES:
        made.write(value)
    yield made
    _holders.pop(PURPOSE)


def turning() -> IndexRotation:
    named = purpose_named(PURPOSE)
    assert named is not None
    return IndexRotation(named, "tester", NOW, 0)


def states() -> list[str]:
    rows = DataKey.objects.filter(purpose=PURPOSE).order_by("-version")
    return list(rows.values_list("state", flat=True))[:2]


def under(book: Book) -> dict[int, int]:
    versions = dict(DataKey.objects.filter(purpose=PURPOSE).values_list("pk", "version"))
    return {versions[entry.key_id]: entry.values for entry in book.counted()}


def all_found(book: Book) -> Callable[[int], None]:
    """Asks for everything after every step."""

    def ask(done: int) -> None:
        assert all(book.find(value) for value in VALUES)

    return ask


def test_every_value_is_found_at_every_step_and_nothing_is_left_under_the_old_key(book: Book) -> None:
    old = keyring.current(PURPOSE)
    done = turning().run(all_found(book))
    new = keyring.current(PURPOSE)
    assert (done.version, done.values, done.reencrypted) == (old.version + 1, 40, 40)
    assert under(book) == {new.version: 40}
    assert states() == ["active", "disabled"]
    assert [key.version for key in keyring.versions(PURPOSE)] == [new.version]
    all_found(book)(0)


def test_it_is_killed_twice_and_goes_on_where_it_was(book: Book) -> None:
    for left in (7, 9):
        book.killed_after = left
        with pytest.raises(KeyboardInterrupt):
            turning().run()
        assert states()[0] == "pre_active"
        assert turning().is_under_way()
        all_found(book)(0)
    book.killed_after = 10**9
    book.write("13900000000")  # a writer in the middle of it writes both
    made = DataKey.objects.filter(purpose=PURPOSE).count()
    assert turning().run().reencrypted == 40 - 7 - 9
    assert DataKey.objects.filter(purpose=PURPOSE).count() == made
    assert list(under(book).values()) == [41]
    assert book.find("13900000000")


def test_killed_before_the_old_digests_are_gone_it_only_removes_them(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(IndexRotation, "_leftovers", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rotation = turning()
            patch.setattr(rotation, "_finishing", lambda: False)
            rotation.run()
    assert states() == ["active", "disabled"]
    assert len(under(book)) == 2
    versions = DataKey.objects.filter(purpose=PURPOSE).count()
    turning().run()
    assert DataKey.objects.filter(purpose=PURPOSE).count() == versions
    assert under(book) == {keyring.current(PURPOSE).version: 40}


def test_an_index_that_nobody_holds_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refusal:
        IndexRotation(Purpose("index.NOBODY", "blind-index", "HMAC-SM3"), "tester", NOW, 0)
    assert refusal.value.code == "key.rotation_unsupported"
    assert "index.NOBODY" in str(refusal.value.message)
