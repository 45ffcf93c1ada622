"""What a source told for a later day stands: an older file does not come over it, however late it comes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from batch.formats.lines import RowError
from batch.models import RejectedRow
from batch.services.loading import dry_run, execute, run_load, submit
from mdm.bulk.models import SourceRecord
from mdm.errors import Duplicate, Stale
from mdm.run_control import claim, hold
from mdm.runs import JobRun, RunState
from tests.factories.customers import DAY, the_row
from tests.factories.files import line, load, write
from tests.factories.security import NOW, everything

pytestmark = pytest.mark.usefixtures("bank")
NEXT = DAY + timedelta(days=1)
AFTER = DAY + timedelta(days=2)
ORDER: dict[str, Any] = {"mode": None, "business_date": None, "at": NOW}


def mobile(key: str) -> str:
    owner = SourceRecord.objects.get(source_key=key).customer_id
    return str(the_row("phone", owner, "MOBILE").number.open())


def deliver(folder: Path, day: date, *rows: dict[str, str]) -> Path:
    return write(folder / f"core-{day}.csv", list(rows), day=day)


def test_an_older_file_is_refused_row_by_row(tmp_path: Path) -> None:
    load(deliver(tmp_path, NEXT, line("A", mobile="13912345671")))

    loaded = load(deliver(tmp_path, DAY, line("A", mobile="13912345672"), line("B")))

    assert (loaded.counts.created, loaded.counts.updated, loaded.counts.rejected) == (1, 0, 1)
    refused = RejectedRow.objects.get(run_id=loaded.run)
    assert (refused.line, refused.code) == (2, "row.stale")
    assert "13912345672" in refused.raw_line.open()
    assert mobile("A") == "+8613912345671"


def test_a_day_that_told_nothing_new_counts_too(tmp_path: Path) -> None:
    load(deliver(tmp_path, DAY, line("A")))
    load(deliver(tmp_path, AFTER, line("A")))

    loaded = load(deliver(tmp_path, NEXT, line("A", mobile="13912345672")))

    assert (loaded.counts.updated, loaded.counts.rejected) == (0, 1)
    assert mobile("A") == "+8613912345670"


def test_the_same_day_again_is_not_late(tmp_path: Path) -> None:
    path = deliver(tmp_path, DAY, line("A"))
    load(path)

    assert load(path).counts.unchanged == 1
    again = write(tmp_path / "more.csv", [line("A", mobile="13912345672")])
    assert load(again).counts.updated == 1


def test_a_trial_tells_of_late_rows(tmp_path: Path) -> None:
    load(deliver(tmp_path, NEXT, line("A")))
    found: list[RowError] = []

    told = dry_run(
        everything("load"), deliver(tmp_path, DAY, line("A")), "core_customer", at=NOW, found=found.append
    )

    assert (told.counts.rejected, [(error.line, error.code) for error in found]) == (1, [(2, "row.stale")])


def test_of_one_source_one_file_at_a_time(tmp_path: Path) -> None:
    first = submit(everything("load"), deliver(tmp_path, DAY, line("A")), "core_customer", **ORDER)
    second = submit(everything("load"), deliver(tmp_path, NEXT, line("B")), "core_customer", **ORDER)
    claim(first.pk)

    with pytest.raises(Duplicate, match=r"run\.busy"):
        execute(everything("load"), second.pk, tmp_path / f"core-{NEXT}.csv")
    run_load(second.pk)
    second.refresh_from_db()
    assert second.state == RunState.WAITING

    JobRun.objects.filter(pk=first.pk).update(state=RunState.CANCELLED)
    run_load(second.pk)
    second.refresh_from_db()
    assert second.state == RunState.SUCCEEDED


def test_a_loader_that_stood_still_does_not_come_over_the_next_file(tmp_path: Path) -> None:
    first = submit(everything("load"), deliver(tmp_path, DAY, line("A")), "core_customer", **ORDER)
    second = submit(everything("load"), deliver(tmp_path, NEXT, line("A")), "core_customer", **ORDER)
    still = claim(first.pk)
    JobRun.objects.filter(pk=first.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    run_load(second.pk)

    with pytest.raises(Stale, match=r"run\.fenced"):
        hold(still)
    second.refresh_from_db()
    assert second.state == RunState.SUCCEEDED
    run_load(first.pk)  # taken up again: what it tells is late by now
    first.refresh_from_db()
    assert (first.state, first.counts["rejected"]) == (RunState.PARTIAL, 1)


def test_a_refused_row_names_its_column_whatever_its_slot(tmp_path: Path) -> None:
    rows = [line("A", id_number="1" * 200), line("B", id2_type="P02", id2_number="2" * 200)]

    loaded = load(write(tmp_path / "core.csv", rows))

    refused = set(RejectedRow.objects.filter(run_id=loaded.run).values_list("line", "field", "code"))
    assert refused == {(2, "id_number", "S04"), (3, "id2_number", "S04")}
