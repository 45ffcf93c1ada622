"""Whatever a superuser does to the sealed log with SQL is found, and the seal is named (issue 4, line 5)."""

import random

import pytest
from django.db import transaction

from security.audit.checkpoints import CheckpointStore
from security.audit.sealing import Sealer
from security.audit.signing import verifiers
from security.models import AuditSeal, OperationLog
from tests.conftest import RoleBlock
from tests.security.audit.logs import seal_all, write
from tests.security.audit.tampers import KINDS, Log
from tests.support.database_roles import append_only_lifted

TAMPERS = 1_000
SEALS, ROWS = 10, 12


@pytest.mark.django_db(transaction=True)
def test_a_thousand_tampers_are_all_found_and_the_seal_is_named(
    sealer: Sealer, store: CheckpointStore, as_owner: RoleBlock, as_engine: RoleBlock
) -> None:
    log = a_sealed_log(sealer, store, as_engine)
    chance, done = random.Random(20261122), dict.fromkeys(KINDS, 0)
    with as_owner(), transaction.atomic(), append_only_lifted():
        assert log.findings() == set()
        for number in range(TAMPERS):
            kind = KINDS[number % len(KINDS)]
            mark = transaction.savepoint()
            seals, rows = kind(log, chance)
            found = log.findings()
            transaction.savepoint_rollback(mark)
            assert seals <= {one.seal for one in found}, (kind.__name__, seals, found)
            assert rows <= {one.row for one in found}, (kind.__name__, rows, found)
            done[kind] += 1
        assert log.findings() == set()
    assert min(done.values()) >= TAMPERS // len(KINDS)


def a_sealed_log(sealer: Sealer, store: CheckpointStore, as_engine: RoleBlock) -> Log:
    """SEALS seals over ROWS rows each, in transactions of one to three rows."""
    with as_engine():
        for number in range(SEALS):
            write(ROWS, each=number % 3 + 1)
            seal_all(sealer)
        seals, known = list(AuditSeal.objects.order_by("n")), verifiers()
    rows: dict[int, list[int]] = {seal.n: [] for seal in seals}
    for row, tx in OperationLog.objects.order_by("id").values_list("id", "tx"):
        at = next(s.n for s in seals if (s.after_tx, s.after_id) < (tx, row) <= (s.upto_tx, s.upto_id))
        rows[at].append(row)
    return Log(seals, rows, known, store.seen(known[1].log_id))
