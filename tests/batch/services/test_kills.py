"""`kill -9` at any moment of a load: of the loader, of a worker's process, of everything at once.

After it continues nothing is doubled and nothing lost: all tables tell the same as after an undisturbed load.
"""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import redis
from django.utils import timezone

from batch.pipeline.parts import parts_of
from batch.services.relay import relay_runs
from batch.synthetic.generator import Recipe, generate
from customers.models import Customer
from mdm.bulk.models import SourceRecord
from mdm.conf import conf
from mdm.runs import JobRun, RunState
from security.models import OperationLog
from tests.factories.customers import bank as lay_bank
from tests.support.database_roles import database_role
from tests.support.killing import PATIENCE, kill, start_load, start_worker, wait_until
from tests.support.loads import empty, rejected_rows
from tests.support.pictures import fingerprints, whole_database

#: Rows of the file; issue 3 asks for 100,000, which takes minutes.
ROWS = int(os.environ.get("KILL_TEST_ROWS", "10000"))
CHUNK = ROWS // 20
KILLS = 10
#: Tables that say how often somebody tried, not what became of it.
TRIES = {"security_operationlog", "mdm_storedobject"}
#: What was counted against those known at the moment depends on who came before them, where several workers share a file.
AT_THE_TIME = {"suspects", "issues"}
SEED = int(os.environ.get("KILL_TEST_SEED") or int.from_bytes(os.urandom(4), "big"))


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """The real broker, empty before and after."""
    valkey = redis.Redis.from_url(conf.valkey_url)
    valkey.flushdb()
    yield valkey
    valkey.flushdb()
    valkey.close()


class Load:
    """One load that is killed again and again at moments of chance, and continued each time."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path, self.chance = path, chance
        self.told: list[tuple[str, int, int]] = []
        #: The processes that were killed beside.
        self.crew: list[int] = []
        #: The rows after which each kill comes: one in each eleventh of the file, so that every start advances.
        self.after = [int(ROWS * (n + chance.uniform(0.1, 0.9)) / (KILLS + 1)) for n in range(KILLS)]

    @property
    def run(self) -> JobRun:
        return JobRun.objects.get()

    def strike(self, what: str, process: BaseProcess) -> None:
        """Wait for a moment in the middle of the work of `process` or of its child, and kill."""
        after = self.after[len(self.told)]
        tokens = len(self.told)
        wait_until(lambda: self._at_work(after, tokens), process)
        if not self.told:  # later ones may be killed before those that share the file have read the product
            wait_until(lambda: bool(self._others(process.pid or 0)), process)
        process.join(self.chance.uniform(0, 0.4))
        run = self.run
        assert (run.state, process.is_alive()) == (RunState.RUNNING, True), (SEED, run.done)
        worker = int(run.worker.rpartition(":")[2])
        self.crew += [self._bereave(worker)]
        assert process.pid
        assert (worker == process.pid) == (not what.startswith("worker"))
        kill(process, {"child": worker, "group": -process.pid, "alone": process.pid}[what.rpartition(" ")[2]])
        self.told.append((what, after, self.run.done))

    def _bereave(self, leader: int) -> int:
        """Kill a process that shares the file with `leader`; 0 where none has a part at the moment."""
        others = self._others(leader)
        for pid in others:
            with suppress(ProcessLookupError):  # it has come to its end by itself
                os.kill(pid, signal.SIGKILL)
        return max(others, default=0)

    def _others(self, leader: int) -> set[int]:
        return {part.worker for part in parts_of(self.run) if not part.ended} - {0, leader}

    def _at_work(self, after: int, tokens: int) -> bool:
        """Whether whoever was started last has the run and has come so far."""
        run = JobRun.objects.first()
        return run is not None and run.token > tokens and run.done >= after

    def hand_over(self) -> None:
        """The lease runs out, and the relay wakes a worker."""
        past = timezone.now() - timedelta(seconds=1)
        JobRun.objects.update(lease_until=past)
        relay_runs()

    def end(self, process: BaseProcess) -> None:
        """Let the last one work to the end."""
        wait_until(lambda: self.run.final, process)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("objects", "broker")
def test_a_load_killed_ten_times_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    made = generate(Recipe(rows=ROWS, seed=3, duplicates=0.08, errors=0.02), tmp_path)
    chance = random.Random(SEED)
    with database_role("engine"):
        lay_bank()
        undisturbed = _undisturbed(made.file)
        empty()

        load = Load(made.file, chance)
        _kill_commands(load)
        _kill_workers(load)

        assert len(load.told) == KILLS
        assert all(0 < done < ROWS for _, _, done in load.told), (SEED, load.told)
        assert all(one[2] <= two[2] for one, two in pairwise(load.told))
        assert load.run.token == KILLS + 1, "each was taken over once"
        assert any(load.crew), "none of those that share the file was killed"
        assert _after(undisturbed) == {}, (SEED, load.told)
        chunks = OperationLog.objects.filter(action="load.chunk", object_id=load.run.pk)
        assert sum(entry.fields["rows"] for entry in chunks) == ROWS


def _kill_commands(load: Load) -> None:
    """Six times the command, alone or with all it started."""
    kinds = ["loader alone", "loader group"] * 3
    load.chance.shuffle(kinds)
    for kind in kinds:
        load.strike(kind, start_load(load.path, CHUNK, workers=2))


def _kill_workers(load: Load) -> None:
    """Four times a worker: its working process, whose place another takes, or all of it."""
    for kinds in (["worker child", "worker child", "worker group"], ["worker child"]):
        worker = start_worker(CHUNK)
        load.hand_over()
        for kind in kinds:
            load.strike(kind, worker)
    load.end(worker)
    kill(worker, -(worker.pid or 0))


def _undisturbed(path: Path) -> dict[Any, Any]:
    process = start_load(path, CHUNK)
    process.join(PATIENCE)
    found = _found()
    assert process.exitcode in (0, 3)
    assert (
        found["counts"]["rows"]
        == ROWS
        == sum(found["counts"][name] for name in ("created", "updated", "unchanged", "rejected"))
    )
    assert found["counts"]["created"] > 0.9 * ROWS
    assert found["counts"]["rejected"] > 0
    return found


def _found() -> dict[Any, Any]:
    """All that a load left."""
    run = JobRun.objects.get()
    assert SourceRecord.objects.count() == Customer.objects.count() == run.counts["created"]
    tables = {("rows", name): rows for name, rows in whole_database().items() if name not in TRIES}
    return {
        "state": run.state,
        "counts": {name: count for name, count in run.counts.items() if name not in AT_THE_TIME},
        "rejected": rejected_rows(),
        **tables,
        **fingerprints(),
    }


def _after(undisturbed: dict[Any, Any]) -> dict[Any, Any]:
    """What is otherwise than after the undisturbed load."""
    found: dict[Any, Any] = _found()
    names = undisturbed.keys() | found.keys()
    return {
        name: (undisturbed.get(name), found.get(name))
        for name in names
        if undisturbed.get(name) != found.get(name)
    }
