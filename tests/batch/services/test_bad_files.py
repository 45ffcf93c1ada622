"""Forty kinds of bad file: each is refused with codes and places, or each of its rows is accounted for."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest
from django.db import transaction

from batch.formats.control import control_path
from batch.models import RejectedRow
from batch.pipeline import crew
from batch.pipeline.job import Process
from batch.services.loading import Loaded
from mdm.bulk.models import SourceRecord
from mdm.errors import Invalid, Unavailable
from mdm.quality.models import QualityIssue
from mdm.runs import JobRun, RunState
from tests.batch.services.bad_files import FINE, KINDS, Bad, Row
from tests.factories.customers import DAY
from tests.factories.files import line, load, promise, write
from tests.support.pictures import differences, picture, whole_database

pytestmark = pytest.mark.usefixtures("bank")


def lay(bad: Bad, path: Path) -> Path:
    """Put the file and what its sender promises where a load looks for them."""
    path.parent.mkdir()
    if bad.data or not bad.lay:
        path.write_bytes(bad.data)
    if bad.lay:
        bad.lay(path)
    if isinstance(bad.control, bytes):
        control_path(path).write_bytes(bad.control)
    elif bad.control is not None:
        promise(path, layout=bad.layout, **bad.control)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_bad_file(kind: str, tmp_path: Path) -> None:
    for number, bad in enumerate(KINDS[kind]()):
        path = lay(bad, tmp_path / str(number) / "core.csv")
        with transaction.atomic():
            if bad.refused:
                refused_whole(bad, path)
            else:
                accounted_for(bad, path)
            transaction.set_rollback(True)


def refused_whole(bad: Bad, path: Path) -> None:
    """Every error of the file with its place, and nothing of the file anywhere."""
    before = whole_database()
    with pytest.raises(Invalid) as refusal:
        load(path, bad.layout, **bad.order)
    assert {(error.code, error.pointer) for error in refusal.value.errors} == bad.refused, bad.name
    assert all(str(error.detail) for error in refusal.value.errors)
    assert whole_database() == before


def accounted_for(bad: Bad, path: Path) -> None:
    """Each row is stored or rejected with its place, and what is odd about a stored one is an issue."""
    counts = asdict(load(path, bad.layout, **bad.order).counts)
    stored = counts["created"] + counts["updated"] + counts["unchanged"]
    assert counts["rows"] == bad.rows == stored + counts["rejected"], bad.name
    assert (counts["updated"], counts["unchanged"]) == (bad.updated, bad.unchanged), bad.name
    assert set(RejectedRow.objects.values_list("line", "field", "code")) == bad.rejects, bad.name
    assert SourceRecord.objects.count() == counts["created"]
    assert issues_of("ODD") - issues_of("GOOD") == bad.issues, bad.name


def issues_of(key: str) -> set[Row]:
    """Field and rule of what is open about the customer of a source key."""
    of_key = SourceRecord.objects.filter(source_key=key).values("customer_id")
    return set(QualityIssue.objects.filter(customer_id__in=of_key).values_list("field", "rule"))


def test_there_are_forty_kinds_and_six_score_files() -> None:
    files = [bad for kind in KINDS.values() for bad in kind()]
    assert len(KINDS) + 4 >= 40, "and those below, which take more than one file"
    assert len(files) >= 120
    assert len({bad.data for bad in files if bad.refused}) >= 80
    assert sum(len(bad.rejects) for bad in files) >= 35


def test_a_file_that_comes_again_under_its_name_or_another_doubles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "core.csv"
    path.write_bytes(FINE)
    promise(path)
    load(path)
    before = picture()

    again = load(path)
    renamed = path.rename(tmp_path / "core_2.csv")
    control_path(path).rename(control_path(renamed))
    with pytest.raises(Invalid, match=r"file\.control_file"):
        load(renamed)
    promise(renamed)
    third = load(renamed)

    assert [(told.counts.unchanged, told.counts.rows) for told in (again, third)] == [(2, 2), (2, 2)]
    assert differences(picture(), before) == {}


def test_a_file_that_comes_after_a_later_one_is_refused_row_by_row(tmp_path: Path) -> None:
    load(write(tmp_path / "late.csv", [line("A"), line("B")], day=DAY + timedelta(days=1)))
    before = picture()

    late = load(write(tmp_path / "early.csv", [line("A", name="张三"), line("B", name="李四")]))

    assert late.counts.rejected == late.counts.rows == 2
    assert set(RejectedRow.objects.values_list("line", "code")) == {(2, "row.stale"), (3, "row.stale")}
    assert differences(picture(), before) == {}


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(FINE.splitlines(keepends=True)[-1])


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-10, 2)
        file.write(b"x")


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


CHANGES = {
    "written on": _append,
    "overwritten": _overwrite,
    "replaced": _replace,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "emptied": lambda path: path.write_bytes(b""),
    "taken away": lambda path: path.unlink(),
}


def _idle() -> Process:
    """A worker that ends at once."""
    return Popen(["/bin/true"], stdin=PIPE)


@pytest.mark.parametrize("workers", [1, 2], ids=["from front to back", "in parts"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read(
    change: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts by this process alone, so that it is known how far it is."""
    monkeypatch.setattr("batch.pipeline.load.CHUNK", 2)
    monkeypatch.setattr(crew, "SPLIT_FROM", 1)
    monkeypatch.setattr(crew, "_start", _idle)
    monkeypatch.setattr("batch.pipeline.parts.PIECES", (1,))
    path = write(tmp_path / "core.csv", [line(f"K{n}") for n in range(6)])
    promised, control = path.read_bytes(), control_path(path).read_bytes()

    with pytest.raises(Unavailable, match=r"load\.file_changed"):
        load(path, workers=workers, tell=lambda done, _t: CHANGES[change](path) if done == 2 else None)

    run = JobRun.objects.get()
    assert (run.state, run.problems[0]["code"], run.counts["rows"]) == (
        RunState.FAILED,
        "load.file_changed",
        2,
    )
    assert set(SourceRecord.objects.values_list("source_key", flat=True)) == {"K0", "K1"}
    path.write_bytes(promised)
    control_path(path).write_bytes(control)
    assert told(load(path)) == {"rows": 6, "created": 4, "unchanged": 2, "rejected": 0}


def told(loaded: Loaded) -> dict[str, Any]:
    """The counts that these tests look at."""
    counts = asdict(loaded.counts)
    return {name: counts[name] for name in ("rows", "created", "unchanged", "rejected")}
