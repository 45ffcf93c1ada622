"""Whatever a superuser does to the sealed log with SQL is found, and the seal is named (issue 4, line 5)."""

import json
import random
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from security.audit.checkpoints import CheckpointStore
from security.audit.sealing import Sealer
from security.audit.signing import verifiers
from security.models import AuditSeal, OperationLog
from security.services import auditing
from tests.conftest import RoleBlock
from tests.security.audit.logs import seal_all, write
from tests.security.audit.tampers import KINDS, Log
from tests.support.database_roles import append_only_lifted

pytestmark = pytest.mark.django_db(transaction=True)
TAMPERS = 1_000
SEALS, ROWS = 4, 30


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
            blamed = {one.seal for one in found}
            assert seals <= blamed <= seals | {seal + 1 for seal in seals}, (kind.__name__, seals, found)
            assert rows <= {one.row for one in found}, (kind.__name__, rows, found)
            done[kind] += 1
        assert log.findings() == set()
    assert min(done.values()) >= TAMPERS // len(KINDS)


def test_the_command_names_the_seal(
    sealer: Sealer,
    store: CheckpointStore,
    as_owner: RoleBlock,
    as_engine: RoleBlock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the thousand show of the verifier, `audit_verify` tells of one of each kind."""
    monkeypatch.setattr(auditing, "CheckpointStore", lambda: store)
    log, chance = a_sealed_log(sealer, store, as_engine), random.Random(20261123)
    with as_owner(), transaction.atomic(), append_only_lifted():
        for kind in KINDS:
            mark = transaction.savepoint()
            seals, rows = kind(log, chance)
            code, told = verified()
            transaction.savepoint_rollback(mark)
            assert (code, told["broken"] > 0) == (1, True), kind.__name__
            assert seals <= {one["seal"] for one in told["findings"]}, (kind.__name__, seals, told)
            assert rows <= {one.get("row") for one in told["findings"]}, (kind.__name__, rows, told)
        assert verified()[0] == 0


def verified() -> tuple[int, dict[str, Any]]:
    """Exit code and result line of `manage.py audit_verify --json`."""
    out, code = StringIO(), 0
    try:
        call_command("audit_verify", "--json", stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, json.loads(out.getvalue())


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
