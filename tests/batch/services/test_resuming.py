"""A loader may die anywhere: what it leaves is continued, and the end is that of a load that nobody disturbed."""

import os
import random
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from batch.pipeline.load import CHUNK
from batch.services.loading import execute, load_file, submit
from batch.synthetic.generator import Recipe, generate
from customers.models import Customer
from mdm.bulk.models import SourceRecord
from mdm.errors import Duplicate, Stale
from mdm.run_control import advance, cancel, claim, create_run, fail, finish
from mdm.runs import JobRun, RunState
from security.models import OperationLog
from tests.factories.customers import DAY
from tests.factories.customers import bank as lay_bank
from tests.factories.files import line, write
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.loader_process import load_in_process
from tests.support.loads import empty, rejected_rows
from tests.support.pictures import differences, picture

ROWS, IN_A_CHUNK, DEATHS = 400, 80, 4
ORDER: dict[str, Any] = {"mode": None, "business_date": None, "at": NOW}
ONCE: dict[str, Any] = {"business_date": DAY, "at": NOW}


@pytest.mark.django_db(transaction=True)
def test_a_loader_killed_again_and_again_ends_as_if_nothing_had_happened(
    tmp_path: Path, objects: dict[str, str]
) -> None:
    made = generate(Recipe(rows=ROWS, seed=11, errors=0.05), tmp_path)
    chance = random.Random(int.from_bytes(os.urandom(4), "big"))
    with database_role("engine"):
        lay_bank()
        code, statements = load_in_process(made.file, 0, IN_A_CHUNK)
        assert code == 0
        undisturbed, counted, rejected = picture(), JobRun.objects.get().counts, rejected_rows()
        empty()

        deaths = [chance.randrange(3, statements // 3) for _ in range(DEATHS)]
        codes = [load_in_process(made.file, death, IN_A_CHUNK)[0] for death in deaths]
        if not JobRun.objects.filter(state=RunState.PARTIAL).exists():
            codes.append(load_in_process(made.file, 0, IN_A_CHUNK)[0])

        assert codes.count(-signal.SIGKILL) >= DEATHS // 2, (deaths, codes)
        (run,) = JobRun.objects.all()
        assert run.counts == counted, deaths
        assert differences(picture(), undisturbed) == {}, deaths
        assert rejected_rows() == rejected
        assert SourceRecord.objects.count() == Customer.objects.count() == counted["created"]
        log = OperationLog.objects.filter(action="load.chunk", object_id=run.pk)
        assert sum(entry.fields["rows"] for entry in log) == ROWS


@pytest.fixture
def ten_rows(bank: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of ten rows, loaded two at a time."""
    monkeypatch.setattr("batch.pipeline.load.CHUNK", 2)
    yield write(tmp_path / "core.csv", [line(f"K{number}") for number in range(10)])


def _lose(run_id: int) -> None:
    """As if the worker had stood still for longer than its lease, on another machine."""
    past = timezone.now() - timedelta(seconds=1)
    JobRun.objects.filter(pk=run_id).update(lease_until=past, worker="elsewhere:1")


def test_a_worker_that_lost_its_run_writes_nothing_more(ten_rows: Path) -> None:
    run = submit(everything("load"), ten_rows, "core_customer", **ORDER)

    def taken_over(done: int, _total: int) -> None:
        if done == 4:
            _lose(run.pk)
            claim(run.pk)

    with pytest.raises(Stale, match=r"run\.fenced"):
        execute(everything("load"), run.pk, ten_rows, tell=taken_over)

    assert Customer.objects.count() == 4
    run.refresh_from_db()
    assert (run.state, run.done, run.checkpoint) == (RunState.RUNNING, 4, {"line": 5})
    _lose(run.pk)
    execute(everything("load"), run.pk, ten_rows)
    run.refresh_from_db()
    assert (run.state, run.counts["created"], Customer.objects.count()) == (RunState.SUCCEEDED, 10, 10)


def test_a_cancelled_run_stops_at_its_next_chunk_and_stays_cancelled(ten_rows: Path) -> None:
    run = submit(everything("load"), ten_rows, "core_customer", **ORDER)

    with pytest.raises(Stale, match=r"run\.fenced"):
        execute(
            everything("load"),
            run.pk,
            ten_rows,
            tell=lambda done, _total: (done == 6 and cancel(run.pk)) or None,
        )

    run.refresh_from_db()
    assert (run.state, run.done, Customer.objects.count()) == (RunState.CANCELLED, 6, 6)
    with pytest.raises(Duplicate, match=r"run\.taken"):
        execute(everything("load"), run.pk, ten_rows)
    loaded = load_file(everything("load"), ten_rows, "core_customer", at=NOW)
    assert (loaded.counts.created, loaded.counts.unchanged) == (4, 6)


def test_an_error_of_the_database_rolls_back_its_chunk_only(
    ten_rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DatabaseError

    from batch.pipeline import load

    run = submit(everything("load"), ten_rows, "core_customer", **ORDER)
    write_rejects, calls = load.write_rejects, []

    def fails_late(run_id: int | None, rejects: list[Any]) -> None:
        write_rejects(run_id, rejects)
        calls.append(run_id)
        if len(calls) == 3:
            raise DatabaseError("connection lost")

    monkeypatch.setattr(load, "write_rejects", fails_late)
    with pytest.raises(DatabaseError):
        execute(everything("load"), run.pk, ten_rows)

    assert (Customer.objects.count(), SourceRecord.objects.count()) == (4, 4)
    _lose(run.pk)
    execute(everything("load"), run.pk, ten_rows)
    run.refresh_from_db()
    assert (run.state, run.counts["rows"], Customer.objects.count()) == (RunState.SUCCEEDED, 10, 10)


def test_a_run_at_work_is_not_taken_by_another(bank: None) -> None:
    run = create_run(everything("load"), "job", {}, **ONCE)
    held = claim(run.pk)

    with pytest.raises(Duplicate, match=r"run\.taken"):
        claim(run.pk)
    advance(held, done=1)
    run.refresh_from_db()
    assert (run.token, run.done, run.state) == (1, 1, RunState.RUNNING)


def test_the_run_of_a_worker_that_lives_no_more_need_not_wait_for_its_lease(bank: None) -> None:
    import socket

    run = create_run(everything("load"), "job", {}, **ONCE)
    claim(run.pk)
    gone = os.fork() or os._exit(0)
    os.waitpid(gone, 0)
    JobRun.objects.filter(pk=run.pk).update(worker=f"{socket.gethostname()}:{gone}")

    assert claim(run.pk).token == 2


def test_only_one_unfinished_run_has_a_key(bank: None) -> None:
    first = create_run(everything("load"), "job", {"n": 1}, key="K", **ONCE)
    assert create_run(everything("load"), "job", {"n": 2}, key="K", **ONCE).pk == first.pk

    finish(claim(first.pk), RunState.SUCCEEDED, counts={"rows": 1})

    second = create_run(everything("load"), "job", {"n": 2}, key="K", **ONCE)
    assert second.pk != first.pk
    first.refresh_from_db()
    assert (first.state, first.counts, first.idempotency_key) == (RunState.SUCCEEDED, {"rows": 1}, None)


def test_a_run_that_ended_is_ended_once(bank: None) -> None:
    from mdm.errors import Unavailable

    run = create_run(everything("load"), "job", {}, **ONCE)
    held = claim(run.pk)
    fail(held, Unavailable("store.down", "The store does not answer."))

    for late in (lambda: advance(held, done=5), lambda: finish(held, RunState.SUCCEEDED)):
        with pytest.raises(Stale, match=r"run\.fenced"):
            late()
    assert not cancel(run.pk)
    run.refresh_from_db()
    assert (run.state, run.done, run.problems[0]["code"]) == (RunState.FAILED, 0, "store.down")


def test_chunks_are_large_in_the_product() -> None:
    assert CHUNK == 5_000


def test_what_was_loaded_is_not_parsed_again(ten_rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from batch.pipeline import load

    read, begun = load.read, []
    monkeypatch.setattr(load, "read", lambda *call: begun.append(call[3].first_line) or read(*call))
    run = submit(everything("load"), ten_rows, "core_customer", **ORDER)
    JobRun.objects.filter(pk=run.pk).update(checkpoint={"line": 7}, counts={"rows": 6})

    execute(everything("load"), run.pk, ten_rows)

    assert begun == [8]
    assert set(SourceRecord.objects.values_list("source_key", flat=True)) == {"K6", "K7", "K8", "K9"}
