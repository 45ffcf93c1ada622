"""Keys on first use, under concurrency and rollback; wrong roots and changed rows; states and caches."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from mdm.errors import Unavailable
from security.crypto import envelope, key_store, keyring
from security.crypto.algorithms import check_value
from security.crypto.keyring import RECHECK, TIME_TO_LIVE, Keyring
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.providers import HeldRoot
from security.crypto.purposes import Purpose, register, registered_purposes
from security.models.keys import DataKey, DomainKey, KeyState
from tests.security.crypto.rings import Clock, new_ring, purpose

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def refusal_of(ring: Keyring, name: str) -> str:
    with pytest.raises(Unavailable) as refusal:
        ring.current(name)
    return refusal.value.code


def new_version(named: Purpose) -> int:
    with key_store.session(writing=True) as cursor:
        return KeyWriter(cursor, Maker(keyring.keyring.root, "tester", NOW)).new_version(named).id


def writer(cursor: CursorWrapper) -> KeyWriter:
    return KeyWriter(cursor, Maker(keyring.keyring.root, "tester", LATER))


def move(key_id: int, *states: str) -> None:
    """Brings a data key through states, each long enough."""
    with key_store.session(writing=True) as cursor:
        for at, state in enumerate(states, start=1):
            row = KeyWriter(cursor, Maker(keyring.keyring.root, "tester", LATER + at * timedelta(days=30)))
            row.move(row.data_key(key_id), state)


def run_sql(statement: str, *arguments: str | int) -> None:
    """Changes key rows as somebody with database rights would, committed."""
    with key_store.session() as cursor:
        cursor.execute(statement, arguments)


def test_first_use_makes_a_key_that_other_processes_find() -> None:
    with purpose("test.first"):
        key = new_ring().current("test.first")
        again = new_ring(make=False).current("test.first")
        assert (again.key_id, again.key, again.version) == (key.key_id, key.key, 1)
        assert new_ring(make=False).by_id(key.key_id).key == key.key
        row = DataKey.objects.get(pk=key.key_id)
        assert row.check_value == check_value(key.key)
        assert key.key not in bytes(row.wrapped or b"")


def test_each_purpose_has_its_own_key() -> None:
    with purpose("test.one", "test-shared"), purpose("test.two", "test-shared"):
        ring = new_ring()
        one, two = ring.current("test.one"), ring.current("test.two")
        assert one.key != two.key
        assert one.key_id != two.key_id
        assert DomainKey.objects.filter(domain="test-shared").count() == 1


def test_digest_purposes_have_keys_of_32_bytes() -> None:
    with purpose("test.plain"):
        assert len(new_ring().current("test.plain").key) == 16
    register("index.TEST_LENGTH", "blind-index", "HMAC-SM3")
    assert len(new_ring().current("index.TEST_LENGTH").key) == 32


def test_production_refuses_to_make_keys_on_first_use() -> None:
    with purpose("test.production"):
        assert refusal_of(new_ring(make=False), "test.production") == "key.missing"
        new_ring(make=False).ensure([register("test.production", "test-test.production")], "officer", NOW)
        assert new_ring(make=False).current("test.production").version == 1
        assert DataKey.objects.get(purpose="test.production").created_by == "officer"


def test_unregistered_purposes_are_refused() -> None:
    assert refusal_of(new_ring(), "test.nobody") == "key.purpose_unknown"


def test_a_key_made_inside_a_transaction_survives_its_rollback() -> None:
    with purpose("test.rollback"):
        ring = new_ring()
        with pytest.raises(RuntimeError), transaction.atomic():
            sealed = envelope.seal(b"text", 1, ring.current("test.rollback"))
            raise RuntimeError
        assert envelope.open_(sealed, 1, new_ring(make=False).by_id) == b"text"
        assert ring.current("test.rollback").key_id == new_ring(make=False).current("test.rollback").key_id


def test_keys_are_found_while_the_callers_transaction_is_aborted() -> None:
    with purpose("test.aborted"), transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="no_such_column"):
            cursor.execute("SELECT no_such_column")
        assert new_ring().current("test.aborted").version == 1
        with pytest.raises(DatabaseError, match="aborted"):
            cursor.execute("SELECT 1")
        transaction.set_rollback(True)


def test_uncommitted_key_rows_of_the_caller_are_never_used() -> None:
    with purpose("test.uncommitted"):
        key = new_ring().current("test.uncommitted")
        with transaction.atomic():
            DataKey.objects.filter(pk=key.key_id).update(state="destroyed")
            assert new_ring(make=False).current("test.uncommitted").key_id == key.key_id
            transaction.set_rollback(True)


@pytest.mark.parametrize("attempt", range(3))
def test_concurrent_first_use_makes_one_key(attempt: int) -> None:
    workers = 8
    with purpose("test.race"):
        together = threading.Barrier(workers)

        def use(_: int) -> tuple[int, bytes]:
            ring = new_ring()
            together.wait()
            key = ring.current("test.race")
            return key.key_id, key.key

        with ThreadPoolExecutor(workers) as pool:
            found = set(pool.map(use, range(workers)))
        assert len(found) == 1
        assert DataKey.objects.filter(purpose="test.race").count() == 1


def test_a_wrong_root_key_is_named_and_nothing_is_opened_or_made() -> None:
    with purpose("test.root"):
        key = new_ring().current("test.root")
        other = HeldRoot("test", os.urandom(16))
        before = DataKey.objects.count()
        assert refusal_of(new_ring(root=other), "test.root") == "key.root_wrong"
        assert refusal_of(new_ring(root=other), "test.unmade") == "key.root_wrong"
        with pytest.raises(Unavailable, match=r"key\.root_wrong"):
            new_ring(root=other).by_id(key.key_id)
        with pytest.raises(Unavailable, match=r"key\.root_wrong"):
            new_ring(root=other).ensure(registered_purposes(), "tester", NOW)
        assert DataKey.objects.count() == before


def test_a_root_key_with_the_same_check_value_still_opens_nothing() -> None:
    """Whoever edits the stored check value gets a refusal, not garbage."""
    with purpose("test.checked", "test-checked"):
        new_ring().current("test.checked")
        other = HeldRoot("test", os.urandom(16))
        run_sql(
            "UPDATE security_domainkey SET root_check = %s WHERE domain = 'test-checked'", other.info().check
        )
        ring = new_ring(root=other)
        ring._refuse_other_root = lambda domains: None  # type: ignore[method-assign]  # as if all rows were edited
        assert refusal_of(ring, "test.checked") == "key.row_tampered"


@pytest.mark.parametrize(
    "change",
    [
        "version = version + 1",
        "check_value = '000000'",
        "wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)",
        "wrapped = substring(wrapped FROM 1 FOR 30)",
        "mac = set_byte(mac, 0, get_byte(mac, 0) # 1)",
        "created_by = 'somebody else'",
        "created_at = created_at + interval '1 microsecond'",
        "revision = revision + 1",
        "algorithm = 'HMAC-SM3'",
    ],
)
def test_a_changed_key_row_is_refused(change: str) -> None:
    with purpose("test.changed"):
        key = new_ring().current("test.changed")
        run_sql(f"UPDATE security_datakey SET {change} WHERE id = %s", key.key_id)
        assert refusal_of(new_ring(), "test.changed") == "key.row_tampered"
        with pytest.raises(Unavailable, match=r"key\.row_tampered"):
            new_ring().by_id(key.key_id)


@pytest.mark.parametrize(
    "change",
    ["state = 'decrypt_only'", "wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)", "version = 9"],
)
def test_a_changed_domain_key_row_is_refused(change: str) -> None:
    with purpose("test.parent", "test-parent"):
        new_ring().current("test.parent")
        run_sql(f"UPDATE security_domainkey SET {change} WHERE domain = 'test-parent'")
        assert refusal_of(new_ring(), "test.parent") == "key.row_tampered"


def test_wrapped_keys_cannot_be_swapped_between_purposes() -> None:
    with purpose("test.left", "test-swap"), purpose("test.right", "test-swap"):
        left, right = new_ring().current("test.left"), new_ring().current("test.right")
        run_sql(
            "UPDATE security_datakey a SET wrapped = b.wrapped, check_value = b.check_value "
            "FROM security_datakey b WHERE a.id = %s AND b.id = %s",
            left.key_id,
            right.key_id,
        )
        assert refusal_of(new_ring(), "test.left") == "key.row_tampered"


def test_a_flipped_state_is_refused() -> None:
    with purpose("test.flip") as named:
        old = new_ring().current("test.flip").key_id
        new_version(named)
        run_sql("UPDATE security_datakey SET state = 'decrypt_only' WHERE purpose = 'test.flip'")
        run_sql("UPDATE security_datakey SET state = 'active' WHERE id = %s", old)
        assert refusal_of(new_ring(), "test.flip") == "key.row_tampered"


WAYS = {
    "disabled": ("decrypt_only", "disabled"),
    "destroyed": ("decrypt_only", "disabled", "destroyed"),
    "compromised": ("compromised",),
}


@pytest.mark.parametrize(("state", "code"), [("disabled", "key.disabled"), ("destroyed", "key.destroyed")])
def test_keys_out_of_use_do_not_open(state: str, code: str) -> None:
    with purpose("test.state"):
        key = new_ring().current("test.state")
        move(key.key_id, *WAYS[state])
        with pytest.raises(Unavailable) as refusal:
            new_ring(make=False).by_id(key.key_id)
        assert refusal.value.code == code


def test_a_made_version_encrypts_nothing_and_opens_nothing() -> None:
    with purpose("test.made") as named:
        key = new_ring().current("test.made")
        with key_store.session(writing=True) as cursor:
            made = writer(cursor).new_version(named, KeyState.PRE_ACTIVE)
        assert new_ring().current("test.made").key_id == key.key_id
        with pytest.raises(Unavailable, match=r"key\.disabled"):
            new_ring().by_id(made.id)


def test_a_compromised_key_opens_what_it_sealed_and_seals_no_more() -> None:
    with purpose("test.leaked"):
        key = new_ring().current("test.leaked")
        move(key.key_id, "compromised")
        assert new_ring(make=False).by_id(key.key_id).key == key.key
        assert refusal_of(new_ring(make=False), "test.leaked") == "key.missing"


def test_data_keys_below_a_disabled_domain_key_do_not_open() -> None:
    with purpose("test.deep", "test-deep"):
        key = new_ring().current("test.deep")
        with key_store.session(writing=True) as cursor:
            row = writer(cursor)
            record = row.domain_key(DomainKey.objects.get(domain="test-deep").pk)
            for state in ("decrypt_only", "disabled"):
                record = row.move(record, state)
        with pytest.raises(Unavailable, match=r"key\.disabled"):
            new_ring(make=False).by_id(key.key_id)


@pytest.mark.parametrize("change", ["state = 'disabled'", "state = 'destroyed', wrapped = NULL"])
def test_a_key_switched_off_from_outside_is_named_and_not_made_anew(change: str) -> None:
    with purpose("test.off"), purpose("test.other"):
        key = new_ring().current("test.off")
        other = new_ring().current("test.other")
        run_sql(f"UPDATE security_datakey SET {change} WHERE id = %s", key.key_id)
        assert refusal_of(new_ring(), "test.off") == "key.row_tampered"
        with pytest.raises(Unavailable, match=r"key\.row_tampered"):
            new_ring().ensure([register("test.off", "test-test.off")], "tester", NOW)
        assert new_ring().current("test.other").key == other.key


def test_swapped_rows_are_refused() -> None:
    """Two rows of one table exchange everything but their ids."""
    with purpose("test.this", "test-rows"), purpose("test.that", "test-rows"):
        this, that = new_ring().current("test.this").key_id, new_ring().current("test.that").key_id
        swap = (
            "UPDATE security_datakey a SET (version, wrapped, check_value, mac, created_at, state_since, revision) = "
            "(b.version, b.wrapped, b.check_value, b.mac, b.created_at, b.state_since, b.revision) "
            "FROM security_datakey b WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))"
        )
        run_sql(swap, this, that, that, this)
        assert refusal_of(new_ring(), "test.this") == "key.row_tampered"
        assert refusal_of(new_ring(), "test.that") == "key.row_tampered"


def test_unknown_key_ids_are_refused() -> None:
    with pytest.raises(Unavailable, match=r"key\.unknown"):
        new_ring().by_id(2**32 - 1)


def test_a_new_version_serves_at_once_for_reading_and_soon_for_writing() -> None:
    with purpose("test.version") as named:
        clock = Clock()
        here = new_ring(clock=clock)
        old = here.current("test.version")
        added = new_version(named)
        assert here.current("test.version").key_id == old.key_id
        assert here.by_id(added).version == 2
        other = new_ring(clock=clock)
        other.current("test.version")
        newest = new_version(named)
        clock.seconds += RECHECK + 0.1
        assert other.current("test.version").key_id == newest
        assert other.by_id(old.key_id).key == old.key
        assert [key.version for key in other.versions("test.version")] == [3, 2, 1]


def test_the_snapshot_lives_ten_minutes_and_serves_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with purpose("test.away"):
        clock = Clock()
        ring = new_ring(clock=clock)
        key = ring.current("test.away")
        with monkeypatch.context() as patch:
            patch.setitem(connection.settings_dict, "PORT", "1")  # nobody listens there
            clock.seconds += RECHECK + 1
            assert ring.current("test.away") is key
            clock.seconds += TIME_TO_LIVE
            with pytest.raises(DatabaseError):
                ring.current("test.away")
        assert ring.current("test.away").key == key.key


def test_key_rows_removed_from_outside_end_the_snapshot() -> None:
    with purpose("test.removed"):
        clock = Clock()
        ring = new_ring(clock=clock)
        first = ring.current("test.removed")
        run_sql("DELETE FROM security_datakey WHERE id = %s", first.key_id)
        clock.seconds += RECHECK + 0.1
        assert ring.current("test.removed").key_id != first.key_id


def test_key_ids_are_never_given_twice() -> None:
    with purpose("test.ids"):
        first = new_ring().current("test.ids").key_id
        run_sql("DELETE FROM security_datakey WHERE id = %s", first)
        assert new_ring().current("test.ids").key_id > first


def test_the_database_allows_one_active_version_and_known_states_only() -> None:
    with purpose("test.constraint") as named:
        old = new_ring().current("test.constraint").key_id
        new_version(named)
        with pytest.raises(DatabaseError):
            run_sql("UPDATE security_datakey SET state = 'active' WHERE id = %s", old)
        with pytest.raises(DatabaseError):
            run_sql("UPDATE security_datakey SET state = 'lost' WHERE id = %s", old)


def test_make_missing_makes_every_registered_key_once() -> None:
    with purpose("test.missing"):
        assert keyring.make_missing("tester", NOW) >= 1
        assert keyring.make_missing("tester", NOW) == 0
        made = set(DataKey.objects.filter(state="active").values_list("purpose", flat=True))
        assert {named.name for named in registered_purposes()} <= made
        assert keyring.verify() >= len(registered_purposes())


def test_mac_is_keyed_by_purpose() -> None:
    register("number.TEST_A", "reference", "HMAC-SM3")
    register("number.TEST_B", "reference", "HMAC-SM3")
    assert keyring.mac("number.TEST_A", b"1") == keyring.mac("number.TEST_A", b"1")
    assert keyring.mac("number.TEST_A", b"1") != keyring.mac("number.TEST_B", b"1")
    assert len(keyring.mac("number.TEST_A", b"1")) == 32


def test_purposes_cannot_be_registered_two_ways() -> None:
    register("test.twice", "one")
    assert register("test.twice", "one").domain == "one"
    with pytest.raises(ValueError, match="already registered"):
        register("test.twice", "two")
    with pytest.raises(ValueError, match="not a purpose"):
        register("no dot", "one")
