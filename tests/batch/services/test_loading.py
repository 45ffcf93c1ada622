"""Loading a file: what becomes of every row, what is refused and can be sent again, and what nothing is written for."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from batch.formats.lines import RowError
from batch.layouts.core_customer import CORE_CUSTOMER_GB18030
from batch.models import RejectedRow
from batch.services.loading import Loaded, dry_run, load_file
from batch.services.rejects import read_rejects
from batch.synthetic.generator import Recipe, generate
from customers.models import Customer
from customers.services.revealing import Why
from mdm.bulk.models import SourceRecord
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound
from mdm.quality.models import IssueState, QualityIssue
from mdm.runs import JobRun, RunState
from security.access.actor import system_actor
from security.access.alert_rules import seed_rules
from security.models import Alert, AlertRule, OperationLog, Organisation, Reveal
from tests.factories.approvals import unasked
from tests.factories.customers import rows_of, the_row
from tests.factories.files import firm, line, load, promise, write
from tests.factories.security import NOW, branch, everything, staff
from tests.support.pictures import whole_database

pytestmark = pytest.mark.usefixtures("bank")
COUNTS = ("rows", "created", "updated", "unchanged", "rejected")


def counts(loaded: Loaded) -> tuple[int, ...]:
    """Rows, created, updated, unchanged, rejected."""
    told = asdict(loaded.counts)
    return tuple(told[name] for name in COUNTS)


def owner(key: str) -> int:
    """The customer of a source key."""
    return SourceRecord.objects.get(source_key=key).customer_id


def test_a_file_becomes_customers(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B", name="王五", branch_code="1210"), firm("C")])

    loaded = load(path)

    assert counts(loaded) == (3, 3, 0, 0, 0)
    assert the_row("customer_name", owner("A")).full_name.open() == "欧阳知远"
    assert the_row("phone", owner("A"), "MOBILE").number.open() == "+8613912345670"
    assert the_row("person_profile", owner("A")).sex == "F"
    assert the_row("customer", owner("B")).org.code == "1210"
    assert the_row("organisation_profile", owner("C")).registered_name == "北京星辰科技有限公司"
    run = JobRun.objects.get(pk=loaded.run)
    assert (run.state, run.done, run.total, run.business_date) == (RunState.SUCCEEDED, 3, 3, date(2026, 3, 2))
    assert run.counts == asdict(loaded.counts)


def test_the_raw_file_is_kept_sealed(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A")])

    loaded = load(path)

    run = JobRun.objects.get(pk=loaded.run)
    with default_storage.open(run.params["object"]) as stored:
        content = stored.read()
    assert "欧阳知远".encode() not in content
    assert b"11010519491231002X" not in content


def test_the_same_file_twice_changes_nothing_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B", mobile="13912345679"), firm("C")])
    load(path)
    before = whole_database()

    again = load(path)

    assert counts(again) == (3, 0, 0, 3, 0)
    after = whole_database()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"mdm_jobrun", "mdm_storedobject", "security_operationlog"}
    assert set(Customer.objects.values_list("version", flat=True)) == {1}
    assert set(SourceRecord.objects.values_list("version", flat=True)) == {1}


def test_a_generated_file_is_accounted_for_to_the_last_row_and_stays_the_same(tmp_path: Path) -> None:
    made = generate(Recipe(rows=600, seed=5, errors=0.1), tmp_path)

    first = load(made.file, at=NOW + timedelta(days=120))
    second = load(made.file, at=NOW + timedelta(days=120))

    rows, created, updated, unchanged, rejected = counts(first)
    assert rows == 600 == created + updated + unchanged + rejected
    assert (updated, unchanged) == (0, 0)
    assert 0 < rejected < 60
    assert counts(second) == (600, 0, 0, created, rejected)
    assert Customer.objects.count() == created


def test_a_second_delivery_creates_changes_and_leaves_alone(tmp_path: Path) -> None:
    load(write(tmp_path / "one.csv", [line("A"), line("B"), line("C")]))
    second = [line("A"), line("B", mobile="13912345671"), line("D"), line("C", party_type="XX")]

    loaded = load(write(tmp_path / "two.csv", second))

    assert counts(loaded) == (4, 1, 1, 1, 1)
    assert the_row("phone", owner("B"), "MOBILE").number.open() == "+8613912345671"
    assert the_row("customer", owner("C")).version == 1


def screening(key: str) -> list[str]:
    """What asks for a customer to be screened again."""
    return [row.reference for row in rows_of("customer_event", owner(key)) if row.kind == "RESCREENING"]


def test_a_file_that_changes_what_screening_depends_on_asks_for_it_once(tmp_path: Path) -> None:
    load(write(tmp_path / "one.csv", [line("A"), line("B"), line("C"), line("D")]))
    name, passport = {"name": "欧阳知行"}, {"id_number": "110101199001010015", "birth_date": "19900101"}
    second = [line("A", **name), line("B", mobile="13912345671"), line("C", **passport), line("D")]
    load(write(tmp_path / "two.csv", second))
    load(write(tmp_path / "three.csv", [line("A", name="欧阳知止")]))

    assert screening("A") == ["customer_name: full_name"]
    assert screening("C") == ["person_profile: birth_date; credential: number"]
    assert screening("B") == screening("D") == []


def test_of_two_lines_with_one_key_the_later_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B"), line("A", mobile="13912345671"), line("A")])

    loaded = load(path)

    assert counts(loaded) == (4, 2, 2, 0, 0)
    row = the_row("phone", owner("A"), "MOBILE")
    assert (row.number.open(), row.version) == ("+8613912345670", 3)


def test_a_refused_later_line_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("A", name="", id_number="")])

    loaded = load(path)

    assert counts(loaded) == (2, 1, 0, 0, 1)
    assert the_row("customer_name", owner("A")).full_name.open() == "欧阳知远"


def test_what_is_doubtful_loads_with_an_issue_and_its_value(tmp_path: Path) -> None:
    path = write(
        tmp_path / "core.csv", [line("A", birth_date="19560231", id_number="110105194912310020", sex="7")]
    )

    loaded = load(path)

    assert counts(loaded) == (1, 1, 0, 0, 0)
    profile = the_row("person_profile", owner("A"))
    assert (profile.birth_date, profile.raw_values.open()) == (None, {"birth_date": "19560231", "sex": "7"})
    assert the_row("credential", owner("A")).number.open() == "110105194912310020"
    found = {(i.rule, i.facet, i.field) for i in QualityIssue.objects.filter(customer_id=owner("A"))}
    assert {("V24", "person_profile", "birth_date"), ("V21", "person_profile", "sex")} <= found
    assert ("V01", "credential", "number") in found
    assert loaded.counts.issues == len(found)


def test_issues_close_when_the_value_comes_right(tmp_path: Path) -> None:
    load(write(tmp_path / "one.csv", [line("A", birth_date="19560231")]))

    load(write(tmp_path / "two.csv", [line("A")]))

    states = dict(QualityIssue.objects.filter(field="birth_date").values_list("rule", "state"))
    assert states == {"V24": IssueState.RESOLVED}


def test_an_unknown_branch_stands_at_head_office_with_its_code_kept(tmp_path: Path) -> None:
    load(write(tmp_path / "core.csv", [line("A", branch_code="9999")]))

    customer = the_row("customer", owner("A"))
    assert (customer.org.code, customer.raw_values.open()) == ("1000", {"org": "9999"})
    assert QualityIssue.objects.filter(rule="V24", facet="customer", field="org").count() == 1


def test_a_value_that_is_nothing_but_invisible_signs_refuses_its_row_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B", mobile="\u200b", name="\u200b"), line("C")])

    loaded = load(path)

    assert counts(loaded) == (3, 2, 0, 0, 1)
    assert set(RejectedRow.objects.values_list("line", "code")) == {(3, "S06")}


WHY = Why("CORRECTION", "send again")


def test_rejects_come_back_in_the_layout_and_load_once_corrected(tmp_path: Path) -> None:
    bad = [line("B", party_type="??"), line("C", name="", id_number="", id_type=""), line("", name="赵六")]
    loaded = load(write(tmp_path / "core.csv", [line("A"), *bad]))
    assert counts(loaded) == (4, 1, 0, 0, 3)
    assert JobRun.objects.get(pk=loaded.run).state == RunState.PARTIAL
    assert RejectedRow.objects.filter(run_id=loaded.run, raw_line__isnull=True).count() == 0

    name, stream = read_rejects(everything("desk"), loaded.run or 0, WHY, at=NOW)
    with stream:
        text = stream.read().decode()
    assert name == "core.rejects.systemdesk.20260302T090000Z.csv"
    header, *lines = text.splitlines()
    assert header.split("|!")[-4:] == ["reject_line", "reject_field", "reject_code", "reject_reason"]
    assert [(told[-4], told[-2]) for told in (row.split("|!") for row in lines)] == [
        ("3", "row.party_type"),
        ("4", "S02"),
        ("5", "row.required"),
    ]
    corrected = text.replace("|!??|!", "|!PERSON|!").replace("C|!PERSON|!|!", "C|!PERSON|!陈七|!")
    again = tmp_path / "again.csv"
    again.write_text(corrected, encoding="utf-8")
    promise(again)

    second = load(again)

    assert counts(second) == (3, 2, 0, 0, 1)
    assert SourceRecord.objects.count() == 3
    assert the_row("customer_name", owner("C")).full_name.open() == "陈七"


def test_reading_rejects_takes_the_right_and_is_logged(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "core.csv", [line("A", party_type="??")]))
    run = loaded.run or 0

    with pytest.raises(NotAllowed):
        read_rejects(system_actor("curious", ["load.view"]), run, WHY, at=NOW)
    assert not OperationLog.objects.filter(action="rejects.read").exists()
    read_rejects(everything("desk"), run, WHY, at=NOW)[1].close()
    assert OperationLog.objects.get(action="rejects.read").reason == "send again"


def test_a_reject_file_is_counted_and_watched_as_clear_values_are(tmp_path: Path) -> None:
    run = load(write(tmp_path / "core.csv", [line("A", party_type="??")])).run or 0
    seed_rules()
    desk, evening = staff("desk", org=branch("1000")), NOW.replace(hour=20)
    desk = replace(desk, rights=everything().rights)

    read_rejects(desk, run, WHY, at=evening)[1].close()
    trace = Reveal.objects.get()
    assert (trace.actor, trace.customer_id, trace.facet, trace.row_id) == ("desk", None, "rejects", run)
    assert (trace.cause, trace.reason, trace.fields) == ("CORRECTION", "send again", ["core.rejects.csv"])
    assert set(Alert.objects.values_list("rule", flat=True)) == {"reveal.file", "reveal.night"}

    AlertRule.objects.filter(code="reveal.quota").update(threshold=1)
    with pytest.raises(NotAllowed, match="reveal.quota"):
        read_rejects(desk, run, WHY, at=evening)
    for why in (Why("OTHER", "send again"), Why("CORRECTION", "x"), Why("INCIDENT", "send again")):
        with pytest.raises(Invalid, match="reveal.reason"):
            read_rejects(desk, run, why, at=evening)
    assert (Reveal.objects.count(), OperationLog.objects.filter(action="rejects.read").count()) == (1, 1)


def test_a_run_without_rejects_has_no_reject_file(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "core.csv", [line("A")]))

    with pytest.raises(NotFound, match="rejects.none"):
        read_rejects(everything("desk"), loaded.run or 0, WHY, at=NOW)


def test_a_dry_run_tells_every_error_of_every_row_and_writes_nothing(tmp_path: Path) -> None:
    load(write(tmp_path / "one.csv", [line("A"), line("B")]))
    rows = [
        line("A"),
        line("B", mobile="13912345671"),
        line("C"),
        line("C"),
        line("D", party_type="??"),
        line("E", name="\x07", employer="\x07"),
        line("F", name="", id_number="", employer="长" * 200),
    ]
    path = write(tmp_path / "two.csv", rows)
    before = whole_database()  # which names every object there is
    found: list[RowError] = []

    told = dry_run(everything("load"), path, "core_customer", at=NOW, found=found.append)

    assert told.run is None
    assert counts(told) == (7, 1, 1, 2, 3)
    assert {(error.line, error.code) for error in found} == {
        (6, "row.party_type"),
        (7, "row.control"),
        (8, "S02"),
        (8, "S04"),
    }
    assert whole_database() == before
    assert counts(load(path)) == counts(told)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"rows": 3}, "file.control_rows"),
        ({"bytes": 1}, "file.control_bytes"),
        ({"sm3": "0" * 64}, "file.control_digest"),
        ({"file": "other.csv"}, "file.control_file"),
    ],
)
def test_a_broken_promise_refuses_the_whole_file(tmp_path: Path, wrong: dict[str, object], code: str) -> None:
    path = write(tmp_path / "core.csv", [line("A")])
    promise(path, **wrong)
    before = whole_database()

    with pytest.raises(Invalid) as refused:
        load(path)

    assert code in {error.code for error in refused.value.errors}
    assert whole_database() == before


def test_a_missing_control_file_refuses_the_whole_file(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A")])
    path.with_suffix(".ctl").unlink()

    with pytest.raises(Invalid, match=r"file\.control_missing"):
        load(path)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"business_date": date(2026, 3, 3)}, "file.control_business_date"),
        ({"mode": "full"}, "file.control_mode"),
    ],
)
def test_a_file_for_another_day_or_mode_is_refused(
    tmp_path: Path, options: dict[str, object], code: str
) -> None:
    path = write(tmp_path / "core.csv", [line("A")])

    with pytest.raises(Invalid, match=code):
        load(path, **options)


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A")])

    with pytest.raises(NotFound, match=r"layout\.unknown"):
        load_file(everything("load"), path, "nothing", at=NOW)


def test_loading_takes_the_right(tmp_path: Path) -> None:
    path = write(tmp_path / "core.csv", [line("A")])

    with pytest.raises(NotAllowed):
        load_file(system_actor("web", ["load.view"]), path, "core_customer", at=NOW)
    with pytest.raises(NotAllowed):
        dry_run(system_actor("web", ["load.view"]), path, "core_customer", at=NOW, found=lambda _error: None)


def test_a_host_file_in_gb18030_reads_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "host.csv", [line("A", name="欧阳㐂远")], layout=CORE_CUSTOMER_GB18030)

    load(path, CORE_CUSTOMER_GB18030)

    assert the_row("customer_name", owner("A")).full_name.open() == "欧阳㐂远"


def test_an_empty_delta_loads_nothing_and_succeeds(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "core.csv", []))

    assert counts(loaded) == (0, 0, 0, 0, 0)
    assert JobRun.objects.get(pk=loaded.run).state == RunState.SUCCEEDED


def test_a_run_that_has_not_ended_is_taken_up_instead_of_a_second(tmp_path: Path) -> None:
    from batch.services.loading import execute, submit

    path = write(tmp_path / "core.csv", [line("A")])
    order = {"mode": None, "business_date": None, "at": NOW}
    first = submit(everything("load"), path, "core_customer", **order)  # type: ignore[arg-type]
    second = submit(everything("load"), path, "core_customer", **order)  # type: ignore[arg-type]
    assert first.pk == second.pk

    execute(everything("load"), first.pk, path)

    third = submit(everything("load"), path, "core_customer", **order)  # type: ignore[arg-type]
    assert third.pk != first.pk
    with pytest.raises(Duplicate, match=r"run\.taken"):
        execute(everything("load"), first.pk, path)


def test_who_orders_a_load_writes_no_further_than_their_branches(tmp_path: Path) -> None:
    from batch.services.loading import run_load, submit
    from security.access.actor import Actor, Right

    load(write(tmp_path / "one.csv", [line("A", branch_code="1200"), line("B", branch_code="1110")]))
    unasked("load.run")
    branch = Organisation.objects.get(code="1100")
    operator = Actor("operator", "staff", (Right(frozenset({"load.run"}), branch.pk),), channel="COUNTER")
    rows = [
        line("A", branch_code="1100", mobile="13912345671"),
        line("B", branch_code="1110", mobile="13912345671"),
        line("C", branch_code="1200"),
        line("D", branch_code="1111"),
        line("E", branch_code=""),
    ]

    run = submit(
        operator, write(tmp_path / "two.csv", rows), "core_customer", mode=None, business_date=None, at=NOW
    )
    run_load(run.pk)

    run.refresh_from_db()
    assert {name: run.counts[name] for name in COUNTS} == {
        "rows": 5,
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": 3,
    }
    refused = set(RejectedRow.objects.filter(run=run).values_list("line", "field", "code"))
    assert refused == {(n, "branch_code", "access.branch") for n in (2, 4, 6)}
    assert the_row("customer", owner("A")).org.code == "1200"
    assert the_row("phone", owner("A"), "MOBILE").number.open() == "+8613912345670"


def test_each_chunk_writes_its_counts_to_the_operation_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batch.pipeline.load.CHUNK", 2)

    loaded = load(write(tmp_path / "core.csv", [line(f"K{number}") for number in range(5)]))

    entries = OperationLog.objects.filter(action="load.chunk", object_id=loaded.run).order_by("pk")
    assert [entry.fields["created"] for entry in entries] == [2, 2, 1]
    assert {entry.actor for entry in entries} == {"system:load"}
    assert all("欧阳" not in str(entry.fields) + entry.reason for entry in entries)


def test_rows_of_another_facet_slot_come_and_go(tmp_path: Path) -> None:
    load(write(tmp_path / "one.csv", [line("A", home_tel="01065551234", former_name="欧阳近")]))

    load(write(tmp_path / "two.csv", [line("A", work_tel="01082345678")], day=date(2026, 3, 3)))

    phones = {row.slot: (row.status, row.valid_to) for row in rows_of("phone", owner("A"))}
    assert phones == {
        "MOBILE": ("ACTIVE", None),
        "HOME_TEL": ("ENDED", date(2026, 3, 3)),
        "WORK_TEL": ("ACTIVE", None),
    }
    assert {row.slot: row.status for row in rows_of("customer_name", owner("A"))} == {
        "LEGAL": "ACTIVE",
        "FORMER": "ENDED",
    }


def test_suspects_are_counted(tmp_path: Path) -> None:
    load(write(tmp_path / "one.csv", [line("A")]))

    loaded = load(write(tmp_path / "two.csv", [line("X1"), firm("X2")]))

    assert loaded.counts.suspects == 1


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batch.pipeline.load.CHUNK", 2)
    told: list[tuple[int, int]] = []

    load(
        write(tmp_path / "core.csv", [line(f"K{n}") for n in range(5)]),
        tell=lambda done, total: told.append((done, total)),
    )

    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_run_of_another_file_is_refused(tmp_path: Path) -> None:
    from batch.services.loading import execute, submit
    from mdm.errors import Unavailable

    order = {"mode": None, "business_date": None, "at": NOW}
    run = submit(everything("load"), write(tmp_path / "a.csv", [line("A")]), "core_customer", **order)  # type: ignore[arg-type]
    other = write(tmp_path / "b.csv", [line("B")])

    with pytest.raises(Unavailable, match=r"load\.file_changed"):
        execute(everything("load"), run.pk, other)

    run.refresh_from_db()
    assert (run.state, run.problems[0]["code"]) == (RunState.FAILED, "load.file_changed")
