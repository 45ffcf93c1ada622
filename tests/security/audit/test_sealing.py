"""Sealing: every row once, whatever the order in which transactions end; one log, one chain, checkpoints outside."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, connections, transaction

from mdm.errors import Unavailable
from security.audit import statement
from security.audit.checkpoints import CheckpointStore
from security.audit.findings import Finding
from security.audit.following import follow
from security.audit.models import AuditSigner
from security.audit.rows import leaves
from security.audit.sealing import Sealer
from security.audit.signing import signers, verifiers
from security.audit.statement import LAST_ID
from security.audit.verification import Verifier
from security.audit.waiting import ALARM_AFTER, waiting
from security.crypto.coverage import coverage, stored_columns
from security.models import AuditSeal, OperationLog
from tests.conftest import RoleBlock
from tests.security.audit.logs import seal_all, write
from tests.support.database_roles import append_only_lifted
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 8, 60


def now() -> datetime:
    return datetime.now(UTC)


def sealed_ids() -> list[int]:
    """The rows under all seals, by their leaves."""
    seals = AuditSeal.objects.order_by("n")
    return [row for seal in seals for row, _leaf in statement.unpacked(bytes(seal.leaves)) or ()]


def test_eight_writers_that_hold_transactions_open_lose_nothing_and_double_nothing(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock
) -> None:
    """Transactions stay open across seals and end in another order than they began; some roll back."""
    with as_engine():
        stop = threading.Event()
        sealing = threading.Thread(
            target=lambda: (follow(stop, every=0.01, own=sealer), connections.close_all())
        )
        sealing.start()
        try:
            with ThreadPoolExecutor(WRITERS) as pool:
                kept = sum(pool.map(writer, range(WRITERS)))
        finally:  # else a writer that fails would leave a sealer behind, at work in the tests that follow
            stop.set()
            sealing.join(300)
        seal_all(sealer)
        ids = sealed_ids()
        assert len(ids) == len(set(ids)) == kept == OperationLog.objects.count()
        assert AuditSeal.objects.count() > 3, "the seals did not cut between transactions"
        found = Verifier(store).verify()
    assert (found.checked, found.unsealed, found.broken) == (kept, 0, 0)


def writer(seed: int) -> int:
    """One writer: transactions of a few rows, a third of them held open for a while, some rolled back."""
    chance, kept = random.Random(seed), 0
    for _turn in range(EACH):
        rows = chance.randrange(1, 4)
        with transaction.atomic():
            write(rows, each=rows)
            if chance.random() < 0.3:
                hold(chance.uniform(0.01, 0.06))
            if chance.random() < 0.1:
                transaction.set_rollback(True)
                rows = 0
        kept += rows
    connections.close_all()
    return kept


def hold(seconds: float) -> None:
    """Work that takes this long inside the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_a_row_of_an_open_transaction_holds_later_ones_back_and_is_never_passed_over(
    sealer: Sealer, as_engine: RoleBlock
) -> None:
    with as_engine(), two_racers() as (early, late):
        early.do(lambda: write(1))
        late.do(lambda: write(1))
        late.commit()
        assert sealer.round(now()) == 0
        assert waiting(now()).since is not None
        early.commit()
        assert seal_all(sealer) == 2  # under two seals where a stranger's transaction began between the two
        assert sum(seal.count for seal in AuditSeal.objects.all()) == 2


def test_a_long_log_is_sealed_in_batches_that_end_inside_a_transaction(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock
) -> None:
    sealer.batch = 10
    with as_engine():
        write(25, each=25)
        seal_all(sealer)
        assert [s.count for s in AuditSeal.objects.order_by("n")] == [10, 10, 5]
        assert Verifier(store).verify().broken == 0


def test_two_sealers_never_seal_the_same(store: CheckpointStore, as_engine: RoleBlock) -> None:
    with as_engine():
        write(40)
        with ThreadPoolExecutor(4) as pool:
            list(
                pool.map(lambda _n: (Sealer(store, batch=3).round(now()), connections.close_all()), range(4))
            )
        seal_all(Sealer(store))
        ids = sealed_ids()
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 40


def test_nothing_to_seal_makes_no_seal(sealer: Sealer, as_engine: RoleBlock) -> None:
    with as_engine():
        assert sealer.round(now()) == 0
        write(1)
        seal_all(sealer)
        assert sealer.round(now()) == 0
        assert AuditSeal.objects.count() == 1


def test_the_newest_seal_is_kept_outside_and_cannot_be_deleted_there(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock
) -> None:
    with as_engine():
        write(3, each=3)
        seal_all(sealer)
        seal = AuditSeal.objects.get()
    assert store.locked
    assert store.seen(seal.log_id) == {1: {statement.digest(seal).hex()}}
    name = f"{seal.log_id}/{1:012d}-{statement.digest(seal).hex()}"
    store._client.delete_object(Bucket=store.bucket, Key=name)
    assert store.seen(seal.log_id) == {1: {statement.digest(seal).hex()}}, "deleted objects stay as versions"


def test_a_sealer_does_not_go_on_over_a_dropped_tail(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock, as_owner: RoleBlock
) -> None:
    """Sealing the rest again would cover the loss up."""
    with as_engine():
        for _seal in range(3):
            write(2, each=2)
            seal_all(sealer)
    with as_owner(), append_only_lifted():
        AuditSeal.objects.filter(n=3).delete()
    with as_engine():
        with pytest.raises(Unavailable) as refused:
            Sealer(store).round(now())
        assert refused.value.code == "audit.seal_lost"
        assert Finding(3, "seal.missing") in Verifier(store).verify().findings


def test_a_log_that_lost_its_keys_is_not_begun_anew(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock, as_owner: RoleBlock
) -> None:
    with as_engine():
        write(2, each=2)
        seal_all(sealer)
    with as_owner(), append_only_lifted():
        AuditSigner.objects.all().delete()
        AuditSeal.objects.all().delete()
    with as_engine():
        with pytest.raises(Unavailable) as refused:
            Sealer(store).round(now())
        assert refused.value.code == "audit.log_replaced"
        assert Finding(0, "log.replaced") in Verifier(store).verify().findings


def test_a_checkpoint_counts_by_its_signature_not_by_its_name(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock
) -> None:
    """Whoever may write to the bucket makes neither a false alarm nor the sealer stop, and is seen."""
    with as_engine():
        write(2, each=2)
        seal_all(sealer)
        seal = AuditSeal.objects.get()
        real = f"{seal.log_id}/{seal.n:012d}-{statement.digest(seal).hex()}"
        body = store._client.get_object(Bucket=store.bucket, Key=real)["Body"].read()
        stories = {(1, "ab" * 32): b"{}", (2, "cd" * 32): b"no json", (9, "ef" * 32): body}
        for (n, digest), told in stories.items():
            name = f"{seal.log_id}/{n:012d}-{digest}"
            store._client.put_object(Bucket=store.bucket, Key=name, Body=told)
        assert {n: len(some) for n, some in store.seen(seal.log_id).items()} == {1: 2, 2: 1, 9: 1}
        found = Verifier(store).verify().findings
        assert found == [Finding(n, "checkpoint.forged") for n in (1, 2, 9)]
        write(2, each=2)
        assert Sealer(store).round(now()) + seal_all(Sealer(store)) == 2


def test_a_real_checkpoint_that_was_written_over_still_counts(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock, as_owner: RoleBlock
) -> None:
    with as_engine():
        for _seal in range(2):
            write(2, each=2)
            seal_all(sealer)
        seal = AuditSeal.objects.order_by("-n")[0]
        name = f"{seal.log_id}/{seal.n:012d}-{statement.digest(seal).hex()}"
        store._client.put_object(Bucket=store.bucket, Key=name, Body=b"{}")
    with as_owner(), append_only_lifted():
        AuditSeal.objects.filter(n=seal.n).delete()
    with as_engine():
        assert Finding(seal.n, "seal.missing") in Verifier(store).verify().findings


def test_the_web_reads_no_private_half_and_who_verifies_opens_none(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock
) -> None:
    with as_engine():
        write(2, each=2)
        seal_all(sealer)
        own = signers()
    with pytest.raises(ProgrammingError), transaction.atomic():
        list(AuditSigner.objects.all())
    for change in ({"public": b""}, {"told": None}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            AuditSigner.objects.update(**change)
    told = verifiers()
    assert {number: one.public for number, one in told.items()} == {
        n: one.key.public for n, one in own.items()
    }
    said = b"a statement"
    assert told[1].signed(said, own[1].sign(said))
    assert not hasattr(told[1], "sign")
    counted = [one for one in coverage(stored_columns(apps)) if one.column == "material"]
    assert [one.values for one in counted] == [1]


def test_a_key_pair_of_before_is_taken_apart_by_the_sealer(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock
) -> None:
    with as_engine():
        write(2, each=2)
        seal_all(sealer)
        AuditSigner.objects.update(told=None)
        assert verifiers()[1].public == signers()[1].key.public
        assert AuditSigner.objects.filter(told__isnull=True).count() == 0


def test_another_public_key_is_not_believed(
    sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock, as_owner: RoleBlock
) -> None:
    with as_engine():
        write(2, each=2)
        seal_all(sealer)
    with as_owner():
        AuditSigner.objects.update(public=bytes(64))
    with as_engine(), pytest.raises(Unavailable) as refused:
        Verifier(store).verify()
    assert refused.value.code == "crypto.tampered"


def test_without_object_storage_sealing_goes_on_and_verifying_says_so(
    store: CheckpointStore, as_engine: RoleBlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = Sealer(store)
    with as_engine():
        write(2, each=2)
        seal_all(sealer)
        away = CheckpointStore(store.bucket)
        monkeypatch.setattr("security.audit.checkpoints.conf", Away())
        later = Sealer(away)
        write(2, each=2)
        assert later.round(now()) + seal_all(later) == 2
        assert [one.what for one in Verifier(away).verify().findings] == ["checkpoints.unreadable"]


class Away:
    """A configuration whose object storage is not there."""

    s3 = {"endpoint": "http://127.0.0.1:9", "access_key": "x", "secret_key": "x", "bucket": "x"}
    audit_s3 = s3


def test_checkpoints_that_are_all_gone_are_an_alarm(
    sealer: Sealer, as_engine: RoleBlock, store: CheckpointStore
) -> None:
    with as_engine():
        write(1)
        seal_all(sealer)
        elsewhere = CheckpointStore(f"{store.bucket}-2")
        assert Verifier(elsewhere).verify().findings == [Finding(1, "checkpoints.missing")]


def test_an_old_row_without_a_seal_is_an_alarm(as_engine: RoleBlock) -> None:
    with as_engine():
        write(1, at=now())
        at = OperationLog.objects.get().at
        assert not waiting(at + timedelta(seconds=ALARM_AFTER)).alarm
        assert waiting(at + timedelta(seconds=ALARM_AFTER + 1)).alarm


def test_a_leaf_does_not_depend_on_the_readers_time_zone(as_engine: RoleBlock) -> None:
    def read(zone: str) -> list[bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('TimeZone', %s, false)", [zone])
        return [leaf.digest for leaf in leaves((0, 0), (2**62, LAST_ID))]

    with as_engine():
        write(3, each=3)
        assert read("Asia/Shanghai") == read("UTC") != []


def test_transactions_are_put_in_order_by_number_not_as_text(as_owner: RoleBlock) -> None:
    """As text 1000 comes before 999, and a batch that ends between them would pass rows over."""
    numbers = [998, 999, 1000, 1001]
    with as_owner():
        for number in reversed(numbers):
            write(1)
            with append_only_lifted(), connection.cursor() as cursor:
                newest = "(SELECT max(id) FROM security_operationlog)"
                cursor.execute(f"UPDATE security_operationlog SET tx = '{number}' WHERE id = {newest}")
        assert [leaf.place[0] for leaf in leaves((0, 0), (2**62, LAST_ID))] == numbers
        assert [leaf.place[0] for leaf in leaves((998, LAST_ID), (2**62, LAST_ID), 2)] == [999, 1000]


def test_the_tree_is_that_of_rfc_6962() -> None:
    """Its root by the recursive definition: split at the largest power of two below the size."""

    def by_definition(found: list[bytes]) -> bytes:
        if len(found) == 1:
            return found[0]
        split = 1 << (len(found) - 1).bit_length() - 1
        return statement.sm3(b"\x01" + by_definition(found[:split]) + by_definition(found[split:]))

    for size in range(1, 70):
        found = [statement.leaf(str(number)) for number in range(size)]
        assert statement.root(found) == by_definition(found)
