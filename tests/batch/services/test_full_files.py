"""A full file holds all that its source has: what it leaves out ends, unless it looks cut off."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch.formats.lines import RowError
from batch.formats.syntax import join_line
from batch.formats.writer import create
from batch.layouts.core_customer import CORE_CUSTOMER
from batch.services.loading import dry_run, submit
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.errors import Invalid
from mdm.runs import JobRun, RunState
from security.access.actor import Actor, Right
from security.models import Organisation
from tests.factories.approvals import unasked
from tests.factories.customers import DAY, past_of, person, rows_of, store, the_row
from tests.factories.files import line, load, promise, write
from tests.factories.security import NOW, everything

KEYS = "ABCDEFGH"
ORDER: dict[str, Any] = {"mode": None, "business_date": None, "at": NOW}


@pytest.fixture(autouse=True)
def _eight(bank: None, tmp_path: Path) -> None:
    """Eight customers of the core system."""
    load(write(tmp_path / "first.csv", [line(key) for key in KEYS]))


def full(folder: Path, keys: str, days: int = 1, *more: dict[str, str]) -> Path:
    rows = [line(key) for key in keys]
    day = DAY + timedelta(days=days)
    return write(folder / f"full-{days}.csv", [*rows, *more], mode="full", day=day)


def owner(key: str) -> int:
    return SourceRecord.objects.get(source_key=key).customer_id


def test_what_a_full_file_leaves_out_ends_with_history(tmp_path: Path) -> None:
    loaded = load(full(tmp_path, KEYS[:-1]))

    assert (loaded.counts.unchanged, loaded.counts.ended, loaded.as_json()["ended"]) == (7, 1, 1)
    gone = owner("H")
    for facet in ("phone", "credential", "address", "customer_name", "person_profile"):
        for row in rows_of(facet, gone):
            assert (row.status, row.valid_to, row.version) == ("ENDED", date(2026, 3, 3), 2), facet
            last = past_of(row)[-1]
            assert (last.status, last.history_type, last.history_change_reason) == (
                "ENDED",
                "~",
                f"load #{loaded.run}",
            )
    customer = the_row("customer", gone)
    assert (customer.status, customer.lifecycle_status, customer.version) == ("ACTIVE", "ACTIVE", 1)
    assert {row.status for row in rows_of("phone", owner("A"))} == {"ACTIVE"}
    assert set(LookupEntry.objects.filter(customer_id=gone).values_list("facet", flat=True)) == {"customer"}


def test_the_same_full_file_again_ends_nothing_and_a_return_brings_all_back(tmp_path: Path) -> None:
    path = full(tmp_path, KEYS[:-1])
    load(path)

    again = load(path)
    assert (again.counts.unchanged, again.counts.ended) == (7, 0)

    back = load(full(tmp_path, KEYS, 2))
    assert (back.counts.updated, back.counts.unchanged, back.counts.ended) == (1, 7, 0)
    assert {row.status for row in rows_of("phone", owner("H"))} == {"ACTIVE"}


def test_a_delta_ends_nothing(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "delta.csv", [line("A")], day=DAY + timedelta(days=1)))

    assert loaded.counts.ended == 0
    assert {row.status for row in rows_of("phone", owner("H"))} == {"ACTIVE"}


def test_a_file_that_leaves_out_too_many_is_refused_before_its_first_row(tmp_path: Path) -> None:
    path = full(tmp_path, "AB", 1, line("NEW"))

    with pytest.raises(Invalid, match=r"load\.too_many_missing"):
        load(path)

    assert JobRun.objects.get(business_date=DAY + timedelta(days=1)).state == RunState.FAILED
    assert not SourceRecord.objects.filter(source_key="NEW").exists()
    accepted = load(path, accept_missing=True)
    assert (accepted.counts.created, accepted.counts.ended) == (1, 6)


def test_a_trial_tells_what_would_end_and_that_it_is_too_much(tmp_path: Path) -> None:
    found: list[RowError] = []
    path = full(tmp_path, "AB")

    told = dry_run(everything("load"), path, "core_customer", at=NOW, found=found.append)

    assert (told.counts.ended, [(error.line, error.code) for error in found]) == (
        6,
        [(0, "load.too_many_missing")],
    )
    assert SourceRecord.objects.filter(content_digest=b"").count() == 0


def test_a_refused_row_is_no_customer_that_is_gone(tmp_path: Path) -> None:
    path = full(tmp_path, KEYS[:-2], 1, line("G", party_type="??"), line("H", employer="\x07"))

    loaded = load(path)

    assert (loaded.counts.rejected, loaded.counts.ended) == (2, 0)


def test_a_refused_row_is_known_by_its_key_wherever_its_column_stands(tmp_path: Path) -> None:
    names = CORE_CUSTOMER.names[::-1]
    rows = [line(key) for key in KEYS[:-1]] + [line("H", employer="\x07")]
    path = tmp_path / "turned.csv"
    with create(path, CORE_CUSTOMER.profile, names) as writer:
        writer.write_lines(
            [join_line([row.get(name, "") for name in names], CORE_CUSTOMER.profile) for row in rows]
        )
    promise(path, mode="full", day=DAY + timedelta(days=1))

    loaded = load(path)

    assert (loaded.counts.rejected, loaded.counts.ended) == (1, 0)


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0", "\t"])
def test_a_key_is_the_same_with_every_blank_in_it(tmp_path: Path, blank: str) -> None:
    odd = line(f"I{blank}")
    load(write(tmp_path / "more.csv", [odd]))
    before = SourceRecord.objects.count()

    loaded = load(full(tmp_path, KEYS, 1, odd))

    assert (loaded.counts.ended, SourceRecord.objects.count()) == (0, before)


def test_a_key_that_holds_what_no_text_may_hold_is_a_refused_row(tmp_path: Path) -> None:
    loaded = load(full(tmp_path, KEYS[:-1], 1, line("H\0")))

    assert (loaded.counts.rejected, loaded.counts.ended) == (1, 0)


def test_other_sources_other_branches_and_later_days_stay(tmp_path: Path) -> None:
    store([person("P-9", source="crm")])
    load(write(tmp_path / "south.csv", [line("S", branch_code="1200")]))
    load(write(tmp_path / "later.csv", [line("H", segment="PRIVATE")], day=DAY + timedelta(days=5)))
    unasked("load.run")
    branch = Organisation.objects.get(code="1100")
    operator = Actor("operator", "staff", (Right(frozenset({"load.run"}), branch.pk),), channel="COUNTER")

    run = submit(operator, full(tmp_path, KEYS[:-2]), "core_customer", **ORDER)
    from batch.services.loading import run_load

    run_load(run.pk)

    run.refresh_from_db()
    assert run.counts["ended"] == 1
    assert set(SourceRecord.objects.filter(content_digest=b"").values_list("source_key", flat=True)) == {"G"}


def test_orders_of_other_branches_or_modes_are_other_runs(tmp_path: Path) -> None:
    unasked("load.run")
    path = full(tmp_path, KEYS)
    branches = [Organisation.objects.get(code=code).pk for code in ("1100", "1200")]
    operators = [
        Actor("operator", "staff", (Right(frozenset({"load.run"}), pk),), channel="COUNTER")
        for pk in branches
    ]

    runs = [submit(operator, path, "core_customer", **ORDER) for operator in operators]
    again = submit(operators[0], path, "core_customer", **ORDER)
    accepting = submit(operators[0], path, "core_customer", accept_missing=True, **ORDER)

    assert len({run.pk for run in runs}) == 2
    assert again.pk == runs[0].pk
    assert accepting.pk != runs[0].pk


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("core_customer_1100_20260302_001_01.csv", "core_customer_1100_20260302_001_01.csv"),
        ("11010519491231002X.csv", "_hidden_.csv"),
        ("list_11010519491231002X_a.csv", "list__hidden__a.csv"),
        ("13912345670.csv", "_hidden_.csv"),
        ("欧阳知远.csv", "____.csv"),
    ],
)
def test_a_file_name_is_kept_without_what_it_may_tell_of_a_person(
    tmp_path: Path, name: str, kept: str
) -> None:
    from mdm.storage.models import StoredObject

    path = write(tmp_path / name, [line("A")])

    run = submit(everything("load"), path, "core_customer", file_name=name, **ORDER)

    stored = StoredObject.objects.get(name=run.params["object"])
    assert (run.params["file"], stored.file_name) == (kept, kept)
