"""Rotation: nothing is left under the old version, nothing is wrong, whatever happens meanwhile."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from mdm.errors import Invalid, Unavailable
from security.crypto import coverage, keyring, rotation
from security.crypto.coverage import Coverage, StoredColumn, stored_columns
from security.crypto.purposes import Purpose, register
from security.crypto.rotation import Rotation, rotate_domain, rotate_purposes
from security.crypto.sealed import SealedColumn
from security.models.keys import DataKey, DomainKey
from tests.security.crypto.rings import purpose
from tests.security.crypto.sealed_models import History, Note, create_tables, drop_tables, registry
from tests.security.crypto.test_keyring import NOW, run_sql
from tests.support.database_roles import database_role

NUMBER = Purpose("crypto_note.number", "party-pii")
#: Seconds after which something that should have happened never will.
PATIENCE = 300.0


def columns() -> list[StoredColumn]:
    return [column for column in stored_columns(registry) if column.purpose == NUMBER.name]


def notes(count: int = 40) -> None:
    """Notes with their history, as online saves make them."""
    for row in range(1, count + 1):
        Note.objects.create(pk=row, number=f"138{row:08d}", raw={"row": row})


def clear() -> list[Any]:
    return [row.number.open() for row in Note.objects.order_by("pk")]


def counted() -> dict[str, list[int]]:
    """Key ids of a table's number column."""
    found: dict[str, list[int]] = {}
    for entry in coverage.coverage(columns()):
        found.setdefault(entry.table, []).append(entry.key_id)
    return found


def rotate(*, settle: float = 0, **options: Any) -> rotation.Rotated:
    (done,) = rotate_purposes([Rotation(NUMBER, columns(), **options)], "tester", NOW, settle)
    return done


@pytest.fixture
def note_tables(db: None) -> None:
    create_tables()


@pytest.mark.usefixtures("note_tables")
class TestOneConnection:
    """In one transaction, which takes tables and rows away."""

    def test_coverage_counts_live_and_history_rows(self) -> None:
        notes(5)
        key = keyring.current(NUMBER.name).key_id
        assert coverage.coverage(columns()) == [
            Coverage(NUMBER.name, "crypto_note", "number", key, 5),
            Coverage(NUMBER.name, "security_historicalnote", "number", key, 5),
        ]

    def test_columns_are_found_by_walking_the_registry(self) -> None:
        found = {
            (column.table, column.column, column.key, column.entity) for column in stored_columns(registry)
        }
        assert found == {
            *(("crypto_card", column, "id", "id") for column in ("raw", "number")),
            *(("crypto_note", column, "id", "id") for column in ("raw", "number", "document")),
            *(
                ("security_historicalnote", column, "history_id", "id")
                for column in ("raw", "number", "document")
            ),
        }

    def test_every_value_moves_to_the_new_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rotation, "CHUNK", 7)
        notes()
        old, before, others = keyring.current(NUMBER.name), clear(), Note.objects.get(pk=1).raw.stored
        seen: list[int] = []
        done = rotate(progress=seen.append)
        new = keyring.current(NUMBER.name)
        assert (new.version, done.version) == (old.version + 1, old.version + 1)
        assert (done.level, done.values, done.reencrypted, sum(seen)) == ("L3", 80, 80, 80)
        assert counted() == {"crypto_note": [new.key_id], "security_historicalnote": [new.key_id]}
        assert clear() == before
        assert [past.number.open() for past in History.objects.order_by("id")] == before
        assert Note.objects.get(pk=1).raw.stored == others
        assert DataKey.objects.get(pk=old.key_id).state == "decrypt_only"

    def test_a_killed_rotation_is_finished_before_another_begins(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rotation, "CHUNK", 7)
        notes()
        old, before = keyring.current(NUMBER.name), clear()

        def killed(done: int) -> None:
            raise KeyboardInterrupt

        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                rotate(progress=killed)
        begun = keyring.current(NUMBER.name)
        assert begun.version == old.version + 1
        assert counted()["crypto_note"] == [old.key_id, begun.key_id]
        assert clear() == before
        assert rotate().reencrypted == 80 - 14
        assert keyring.current(NUMBER.name).key_id == begun.key_id
        assert counted() == {"crypto_note": [begun.key_id], "security_historicalnote": [begun.key_id]}
        assert rotate().version == begun.version + 1
        assert clear() == before

    def test_what_a_user_writes_meanwhile_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        notes(20)
        reseal = SealedColumn.reseal_column
        old = keyring.current(NUMBER.name)
        stale = SealedColumn(NUMBER.name, "mobile")

        def interrupted(column: SealedColumn, ids: Any, values: Any) -> Any:
            """Between reading and swapping, one row is written under the new key, another under the old."""
            monkeypatch.setattr(SealedColumn, "reseal_column", reseal)
            late = rotation_value(old, 4)
            Note.objects.filter(pk=3).update(number=stale.seal(3, "13900000003"))
            Note.objects.filter(pk=4).update(number=late)
            return reseal(column, ids, values)

        monkeypatch.setattr(SealedColumn, "reseal_column", interrupted)
        expected = clear()
        expected[2:4] = ["13900000003", "13900000004"]
        rotate()
        assert clear() == expected
        assert counted()["crypto_note"] == [keyring.current(NUMBER.name).key_id]

    def test_a_changed_value_stops_the_rotation_and_is_named(self) -> None:
        notes(3)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE crypto_note SET number = set_byte(number, 25, get_byte(number, 25) # 1) WHERE id = 2"
            )
        with pytest.raises(Unavailable, match=r"crypto\.tampered.* 2 "):
            rotate()

    def test_a_rotation_of_an_empty_column_makes_a_version(self) -> None:
        before = keyring.current(NUMBER.name).version
        done = rotate()
        assert (done.version, done.values, done.reencrypted) == (before + 1, 0, 0)


def rotation_value(key: Any, row: int) -> bytes:
    from security.crypto import envelope

    return envelope.seal(f"1390000{row:04d}".encode(), row, key)


@pytest.mark.django_db
def test_digest_keys_are_refused() -> None:
    named = register("index.TEST_ROTATION", "blind-index", "HMAC-SM3")
    with pytest.raises(Invalid, match=r"key\.rotation_unsupported"):
        rotate_purposes([Rotation(named, [])], "tester", NOW, 0)
    assert not DataKey.objects.filter(purpose=named.name).exists()


@pytest.mark.django_db
def test_domain_keys_rotate_without_touching_a_value() -> None:
    with purpose("test.below", "test-domain") as one, purpose("test.beside", "test-domain"):
        keys = [keyring.current("test.below"), keyring.current("test.beside")]
        rotate_purposes([Rotation(one, [])], "tester", NOW, 0)
        done = rotate_domain("test-domain", "officer", NOW)
        assert (done.level, done.version, done.values, done.reencrypted) == ("L2", 2, 3, 0)
        assert [keyring.by_id(key.key_id).key for key in keys] == [key.key for key in keys]
        new = DomainKey.objects.get(domain="test-domain", state="active")
        assert (new.version, new.created_by) == (2, "officer")
        below = DataKey.objects.filter(purpose__in=["test.below", "test.beside"])
        assert set(below.values_list("domain_key_id", flat=True)) == {new.pk}
        assert DomainKey.objects.get(domain="test-domain", version=1).state == "decrypt_only"
        run_sql("DELETE FROM security_domainkey WHERE domain = 'test-domain' AND version = 1")
        keyring.forget()
        assert keyring.current("test.beside").key == keys[1].key


@pytest.mark.django_db
def test_a_changed_row_stops_the_rotation_of_its_domain() -> None:
    with purpose("test.broken", "test-broken"):
        keyring.current("test.broken")
        run_sql("UPDATE security_datakey SET version = 5 WHERE purpose = 'test.broken'")
        with pytest.raises(Unavailable, match=r"key\.row_tampered"):
            rotate_domain("test-broken", "tester", NOW)
        assert DomainKey.objects.filter(domain="test-broken").count() == 1


@pytest.fixture
def shared_tables(transactional_db: None) -> Iterator[None]:
    """Tables that every connection sees."""
    with database_role("owner"):
        create_tables(temporary=False)
    yield
    with database_role("owner"):
        drop_tables()


@pytest.mark.usefixtures("shared_tables")
def test_a_rotation_waits_for_a_writer_that_still_uses_the_old_version() -> None:
    notes(3)
    begun, go_on = threading.Event(), threading.Event()
    old = keyring.current(NUMBER.name)

    def write_late() -> None:
        try:
            with transaction.atomic():
                Note.objects.bulk_create([Note(pk=99, number=rotation_value(old, 99))])
                begun.set()
                go_on.wait(PATIENCE)
        finally:
            connection.close()

    def move(done: list[int]) -> None:
        try:
            done.append(rotate(settle=0.01).reencrypted)
        finally:
            connection.close()

    done: list[int] = []
    writer, mover = threading.Thread(target=write_late), threading.Thread(target=move, args=[done])
    writer.start()
    begun.wait(PATIENCE)
    mover.start()
    mover.join(0.7)
    assert mover.is_alive()
    go_on.set()
    writer.join(PATIENCE)
    mover.join(PATIENCE)
    assert done == [7]
    assert counted()["crypto_note"] == [keyring.current(NUMBER.name).key_id]
    assert clear()[-1] == "13900000099"


@pytest.mark.usefixtures("shared_tables")
def test_a_rotation_inside_a_transaction_is_refused() -> None:
    notes(1)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        rotate()
