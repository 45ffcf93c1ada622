"""Several workers at one file end as one does, whatever becomes of them."""

import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import connection

from batch.models import RejectedRow
from batch.pipeline import crew, load
from batch.pipeline.crew import _tell as tell
from batch.pipeline.crew import work
from batch.pipeline.job import Process
from batch.pipeline.parts import PIECES, applied, lay_out, parts_of, release, take
from batch.services import loading
from batch.services.loading import _job, load_file, loader, submit
from batch.synthetic.generator import Recipe, generate
from mdm import run_control
from mdm.conf import Conf, conf
from mdm.errors import Stale, Unavailable
from mdm.run_control import Claim, claim, hold
from mdm.runs import JobRun, RunState
from security.models import OperationLog
from tests.factories.customers import DAY
from tests.factories.customers import bank as lay_bank
from tests.factories.files import line, promise, write
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.pictures import Picture, differences, picture

ROWS, IN_A_CHUNK = 400, 40
#: Source keys that come again, far from where they came first, and tell something else.
AGAIN = {3: "OTHER1", 5: "OTHER2"}


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are worth several workers, and some chunks."""
    monkeypatch.setattr(load, "CHUNK", IN_A_CHUNK)
    monkeypatch.setattr(crew, "SPLIT_FROM", 1)


@pytest.fixture
def told_twice(tmp_path: Path) -> Path:
    """A file of many rows, sound and unsound, the first of which are told again near its end, and once more."""
    made = generate(Recipe(rows=ROWS, seed=23, errors=0.05), tmp_path)
    header, *lines = made.file.read_text(encoding="utf-8").splitlines()
    for at, employer in AGAIN.items():
        columns = lines[at].split("|!")
        columns[header.split("|!").index("employer")] = employer
        lines.append("|!".join(columns))
        lines.append(lines[at])
    path = tmp_path / "twice" / "customers.csv"
    path.parent.mkdir()
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    promise(path)
    return path


@pytest.mark.usefixtures("_small", "objects")
@pytest.mark.django_db(transaction=True)
def test_three_workers_end_as_one_does_also_where_one_of_them_is_killed(
    told_twice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database_role("engine"):
        lay_bank()
        alone = _loaded(told_twice, workers=1)
        _empty()
        start = crew._start
        started: list[Process] = []
        killed: list[Process] = []
        monkeypatch.setattr(crew, "_start", lambda: started.append(start()) or started[-1])
        monkeypatch.setattr(crew, "work", lambda *told: _once_others_work(started, *told))
        together = _loaded(told_twice, workers=3)
        _empty()
        monkeypatch.setattr(crew, "_start", start)
        monkeypatch.setattr(crew, "_tell", lambda process, order: _killed_at_work(process, order, killed))
        bereft = _loaded(told_twice, workers=2)

    for other in (together, bereft):
        assert other[0] == alone[0]
        assert differences(other[1], alone[1]) == {}
        assert other[2] == alone[2]
    assert [process.returncode for process in started] == [0, 0]
    assert [process.returncode for process in killed] == [-signal.SIGKILL]


def _taken_by(others: list[Process]) -> bool:
    """Whether one of these has, or had, a part."""
    pids = {other.pid for other in others}
    return any(part.worker in pids for part in parts_of(JobRun.objects.get()))


def _once_others_work(others: list[Process], *told: Any) -> None:
    """The work of the process that leads, not begun before others have; once they ended it need not wait."""
    working = [other for other in others if other.poll() is None]
    while working and not _taken_by(working):
        assert any(other.poll() is None for other in working), "none but the one that leads had a part"
    work(*told)


def _killed_at_work(process: Process, order: bytes, killed: list[Process]) -> None:
    """Have a worker killed as soon as it has taken a part."""
    tell(process, order)
    while not _taken_by([process]):
        assert process.poll() is None
    process.kill()
    killed.append(process)


def _loaded(path: Path, workers: int) -> tuple[dict[str, int], Picture, list[tuple[Any, ...]]]:
    """Counts, picture and rejects of a load.

    Suspects and the issues of rules across rows are counted against what is known at the moment.
    """
    done = load_file(loader(), path, "core_customer", business_date=DAY, at=NOW, workers=workers)
    run = JobRun.objects.get()
    rows = RejectedRow.objects.order_by("line", "code", "field")
    rejected = [(row.line, row.field, row.code, row.raw_line.open()) for row in rows]
    log = OperationLog.objects.filter(action="load.chunk", object_id=run.pk)
    assert sum(entry.fields["rows"] for entry in log) == done.counts.rows == ROWS + 2 * len(AGAIN)
    counts = {name: count for name, count in run.counts.items() if name not in ("suspects", "issues")}
    return counts, picture(), rejected


def _empty() -> None:
    """Empty everything but the floor (keys, branches, the operation log): digests and tokens stay comparable."""
    names = connection.introspection.table_names()
    ours = ("customers_", "credentials_", "special_info_", "consolidation_", "mdm_", "batch_")
    tables = [name for name in names if name.startswith(ours)]
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables))


@pytest.fixture
def cut(db: None, objects: dict[str, str], tmp_path: Path, _small: None) -> Iterator[Callable[[], Claim]]:
    """A submitted run of 100 rows, and how it is claimed and cut."""
    lay_bank()
    path = write(tmp_path / "core.csv", [line(f"K{number}") for number in range(100)])
    run = submit(everything("load"), path, "core_customer", mode=None, business_date=None, at=NOW)

    def again() -> Claim:
        JobRun.objects.filter(pk=run.pk).update(state=RunState.WAITING)
        held = claim(run.pk)
        lay_out(_job(everything("load"), JobRun.objects.get(pk=run.pk), path), held, IN_A_CHUNK)
        return held

    yield again


def test_parts_cover_the_file_and_each_is_taken_once(cut: Callable[[], Claim]) -> None:
    held = cut()

    parts = list(iter(lambda: take(held, 1), None))

    assert [part.number for part in parts] == list(range(2 + len(PIECES)))
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert parts[0].first_line == 2
    assert all(one.first_line < other.first_line for one, other in pairwise(parts))


def test_the_last_parts_are_smaller_and_smaller_so_that_workers_end_together(
    cut: Callable[[], Claim],
) -> None:
    cut()

    sizes = [part.end - part.start for part in parts_of(JobRun.objects.get())]

    assert sizes[1] > 1.5 * sizes[2] > 2.25 * sizes[3] > 3 * max(sizes[4:])


def test_the_last_parts_of_two_workers_go_from_large_to_small(
    cut: Callable[[], Claim], tmp_path: Path
) -> None:
    held = cut()
    run = JobRun.objects.get()
    run.checkpoint = {}
    run.save(update_fields=["checkpoint"])
    job = _job(everything("load"), run, tmp_path / "core.csv")

    lay_out(replace(job, others=(cast(Process, None),)), held, IN_A_CHUNK)

    sizes = [part.end - part.start for part in parts_of(JobRun.objects.get())]
    assert len(sizes) == 1 + 2 * len(PIECES)
    large, smaller, small = sizes[1:3], sizes[3:5], sizes[5:]
    assert min(large) > 1.2 * max(smaller)
    assert min(smaller) > 1.2 * max(small)


def test_who_lost_a_part_writes_nothing_more_to_it(cut: Callable[[], Claim]) -> None:
    held = cut()
    mine = take(held, 1)
    assert mine
    release(held, {1})
    theirs = take(held, 2)
    assert theirs
    assert theirs.number == mine.number

    with pytest.raises(Stale, match=r"run\.fenced"):
        applied(hold(held), mine, 40)
    with pytest.raises(Stale, match=r"run\.fenced"):
        take(held, 1, ended=mine)
    assert applied(hold(held), theirs, 40)["parts"][theirs.number]["line"] == 40


def test_a_new_claim_frees_all_parts_and_shuts_out_the_workers_of_the_old(cut: Callable[[], Claim]) -> None:
    before = cut()
    first = take(before, 1)

    held = cut()

    with pytest.raises(Stale, match=r"run\.fenced"):
        take(before, 1, ended=first)
    assert not any(part.worker for part in parts_of(JobRun.objects.get()))
    again = take(held, 2)
    assert again
    assert first
    assert (again.number, again.token) == (first.number, first.token + 1)


@pytest.mark.django_db
def test_a_worker_that_dies_before_it_read_its_order_is_none_the_load_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")

    with database_role("engine"), crew.on_call(2, crew.SPLIT_FROM) as (worker,):
        tell(worker, b"x" * 2**20)  # more than a pipe holds: the write meets its end

        assert worker.wait() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("order", [b"", pickle.dumps(["an order"] * 9)[:-5]], ids=["none", "broken off"])
def test_a_worker_that_gets_no_order_ends_with_the_pipe_and_says_nothing(
    order: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with database_role("engine"), crew.on_call(2, crew.SPLIT_FROM) as (worker,):
        assert worker.stdin
        worker.stdin.write(order)
        worker.stdin.close()

        assert worker.wait() == 0

    assert capfd.readouterr().err == ""


@pytest.fixture
def bank(db: None, objects: dict[str, str]) -> Iterator[None]:
    """A small bank, seen as the loader sees it."""
    with database_role("engine"):
        lay_bank()
        yield


class Broken(Exception):
    """What nobody foresaw."""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The workers that are started from now on."""
    started: list[Process] = []
    start = crew._start
    monkeypatch.setattr(crew, "_start", lambda: started.append(start()) or started[-1])
    return started


@pytest.mark.usefixtures("bank", "_small")
def test_workers_start_before_the_file_is_sealed_and_none_is_left_of_a_load_that_is_refused(
    tmp_path: Path, seen: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "core.csv", [line(f"K{number}") for number in range(9)])
    at_sealing: list[bool] = []

    def refused(*_told: Any) -> Any:
        at_sealing.extend(process.poll() is None for process in seen)
        raise Unavailable("store.down", "")

    monkeypatch.setattr(loading, "sealed", refused)

    with pytest.raises(Unavailable, match=r"store\.down"):
        load_file(loader(), path, "core_customer", business_date=DAY, at=NOW, workers=3)

    assert at_sealing == [True, True]
    assert [process.returncode for process in seen] == [-signal.SIGKILL] * 2


@pytest.mark.usefixtures("bank", "_small")
def test_nobody_writes_to_a_run_any_more_when_it_is_given_back(
    tmp_path: Path, seen: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "core.csv", [line(f"K{number}") for number in range(9)])
    ended: list[bool] = []
    give_back = run_control._give_back

    def told(*call: Any) -> None:
        ended.extend(process.poll() is not None for process in seen)
        give_back(*call)

    def broken(*_told: Any) -> None:
        raise Broken

    monkeypatch.setattr(run_control, "_give_back", told)
    monkeypatch.setattr(crew, "work", broken)

    with pytest.raises(Broken):
        load_file(loader(), path, "core_customer", business_date=DAY, at=NOW, workers=3)

    assert ended == [True, True]


@pytest.mark.usefixtures("bank")
def test_what_is_left_of_a_file_and_not_worth_a_second_process_has_one(
    tmp_path: Path, seen: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is worth it; what is left of it when the run is taken up is not."""
    path = write(tmp_path / "core.csv", [line(f"K{number}") for number in range(9)])
    monkeypatch.setattr(crew, "SPLIT_FROM", 9)
    monkeypatch.setattr(crew, "shared", lambda _job, _run: False)
    idle: list[bool] = []

    load_file(
        loader(),
        path,
        "core_customer",
        business_date=DAY,
        at=NOW,
        workers=2,
        tell=lambda _done, _total: idle.extend(process.poll() is None for process in seen),
    )

    assert idle == [False]


def test_rows_of_a_facet_are_one_workers_and_others_as_many_as_told(
    seen: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    monkeypatch.setattr(loading, "conf", Conf({**conf.environ, "PANORAMA_LOAD_WORKERS": "3"}, conf.var))

    for layout, workers, others in (("phone", None, 0), ("core_customer", None, 2), ("core_customer", 2, 1)):
        with loading._on_call(layout, crew.SPLIT_FROM, workers) as called:
            assert len(called) == others


@pytest.mark.parametrize(("workers", "rows"), [(1, crew.SPLIT_FROM), (2, crew.SPLIT_FROM - 1)])
def test_what_is_not_worth_a_second_process_starts_none(workers: int, rows: int) -> None:
    with crew.on_call(workers, rows) as others:
        assert others == []
