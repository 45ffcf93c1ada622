"""Files of single facets: what each row does, what is refused and how, and that a file says the same as a screen."""

import os
import random
import signal
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch.models import RejectedRow
from batch.services.loading import dry_run, load_file, loader
from batch.services.rejects import read_rejects
from consolidation.services.merging import Grounds, merge
from customers.rules.number import customer_no
from customers.selectors.relations import relations
from customers.services import facets
from customers.services.revealing import Why
from mdm.errors import Invalid
from mdm.history.models import Status
from mdm.rest.facets import part_fields
from mdm.runs import JobRun, RunState
from mdm.subjects import registry
from security.access.actor import Actor, Right
from security.access.roles import PERMISSIONS
from security.models import OperationLog, Organisation
from tests.factories.approvals import unasked
from tests.factories.customers import DAY, company, past_of, person, rows_of, stamp, store, stored, the_row
from tests.factories.customers import bank as lay_bank
from tests.factories.facet_files import counts, deliver, facet_file, promised, rejects, row, run_of
from tests.factories.files import line, load, write
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.loader_process import load_in_process
from tests.support.loads import rejected_rows
from tests.support.pictures import differences, picture

#: A row of a facet of each subject, as a file writes it.
TOLD: dict[str, dict[str, str]] = {
    "customer_name": {"kind": "ALIAS", "full_name": "老欧"},
    "credential": {
        "type": "P03",
        "number": "E12345678",
        "issuing_country": "CHN",
        "expiry_date": "20330101",
        "lifecycle_state": "DRAFT",
    },
    "further_contact": {"kind": "WECHAT", "reach": "zhiyuan_2026"},
    "expected_activity": {"kind": "DECLARED", "as_of": "20260101", "yearly_count": "24"},
    "consent": {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "2026/3/1"},
    "channel_preference": {"kind": "SERVICE", "channel": "SMS", "allowed": "N"},
    "address": {"kind": "WORK", "country": "CHN", "region_code": "110105", "detail": "建国路1号"},
    "relationship": {"kind": "GUARANTOR", "other_name": "李四", "begun_on": "20200101"},
    "agreement": {"kind": "CARD", "agreement_no": "C-1", "account_no": "6222021001122334455"},
    "income": {"kind": "DECLARED", "as_of": "20251231", "annual_income": "1234.50"},
    "rating": {"kind": "CREDIT_INTERNAL", "grade": "AA", "score": "81.5", "assessed_on": "20260301"},
    "tax_certification": {"certification_no": "T-9", "residency_status": "CHINESE", "joint_holders": "1"},
    "investor_assessment": {"assessment_no": "I-9", "regime": "AM2018", "experience_years": "3"},
    "customer_event": {"kind": "VISIT", "happened_on": "20260302", "note": "来访"},
}

#: The same as JSON has it, where that differs.
JSON: dict[str, dict[str, Any]] = {
    "credential": {"expiry_date": "2033-01-01"},
    "expected_activity": {"as_of": "2026-01-01", "yearly_count": 24},
    "consent": {"decided_on": "2026-03-01"},
    "channel_preference": {"allowed": False},
    "relationship": {"begun_on": "2020-01-01"},
    "income": {"as_of": "2025-12-31"},
    "rating": {"assessed_on": "2026-03-01"},
    "tax_certification": {"joint_holders": 1, "certification_no": "T-10"},
    "investor_assessment": {"experience_years": 3},
    "customer_event": {"happened_on": "2026-03-02"},
}
WHY = Why("CORRECTION", "send again")


@pytest.fixture
def customers(bank: None) -> dict[str, int]:
    """A person and a company of branch 1100."""
    return dict(zip(("P-1", "O-1"), store([person(), company()]).customer_ids, strict=True))


def own(facet: str, row_: Any) -> dict[str, Any]:
    return facets.clear(registry.facet(facet), row_)


@pytest.mark.parametrize("facet", TOLD)
def test_a_row_by_file_is_the_row_that_a_screen_makes(
    facet: str, customers: dict[str, int], tmp_path: Path
) -> None:
    """Of each subject a facet: same values, issues and lookups; another source and slot."""
    told, number = TOLD[facet], customer_no(customers["P-1"])
    loaded = deliver(tmp_path, facet, row(slot="X-1", **told))
    assert counts(loaded) == (1, 0, 0, 0), rejects(loaded)

    by_file = the_row(facet, customers["P-1"], "~X-1")
    with database_role("engine"):
        reader = part_fields(registry.facet(facet))(data={**told, **JSON.get(facet, {})})
        assert reader.is_valid(), reader.errors
        values = dict(reader.validated_data)
        online = facets.add(everything(), number, facet, values, reason="counter", at=NOW)
    twin = next(one for one in rows_of(facet, customers["P-1"]) if one.pk == online.pk)
    different = {"certification_no"}  # which names one declaration of the customer
    same = {name: value for name, value in own(facet, twin).items() if name not in different}
    assert {name: own(facet, by_file)[name] for name in same} == same
    assert (by_file.source_system, by_file.source_key) == ("core_customer", "P-1")
    assert past_of(by_file)[0].history_change_reason == f"facet file #{loaded.run}"


def test_a_file_of_documents_begins_them_and_moves_none(customers: dict[str, int], tmp_path: Path) -> None:
    new = row(slot="X-1", type="P03", number="E12345678", lifecycle_state="SUPERSEDED")
    old = row("change", slot="P01", lifecycle_state="SUPERSEDED")
    assert rejects(deliver(tmp_path, "credential", new, old)) == [
        (2, "lifecycle_state", "state.first"),
        (3, "lifecycle_state", "unknown"),
    ]
    assert the_row("credential", customers["P-1"]).lifecycle_state == "PENDING_VERIFY"


def test_a_row_lives_by_file(customers: dict[str, int], tmp_path: Path) -> None:
    """Added, told again, changed by the columns that are named, emptied, ended, ended again."""
    add = row(slot="K-1", kind="AUTOMATED", decision="GRANTED", decided_on="20260301", evidence="form 7")
    assert counts(deliver(tmp_path, "consent", add)) == (1, 0, 0, 0)
    said = row("change", slot="K-1", evidence="form 8")
    assert counts(deliver(tmp_path, "consent", said)) == (0, 1, 0, 0)
    again = row("change", slot="K-1", evidence="form 8", kind="AUTOMATED")
    assert counts(deliver(tmp_path, "consent", again)) == (0, 0, 1, 0)

    kept = the_row("consent", customers["P-1"], "~K-1")
    assert (kept.decision, kept.evidence, kept.version) == ("GRANTED", "form 8", 2)

    emptied = row("change", slot="K-1", evidence="", withdrawn_on="20260302")
    ended = deliver(tmp_path, "consent", emptied, row("end", slot="K-1"), row("end", slot="K-1"))
    assert (counts(ended), ended.counts.ended) == ((0, 2, 1, 0), 1)
    last = the_row("consent", customers["P-1"], "~K-1")
    assert (last.status, last.evidence, last.withdrawn_on) == (Status.ENDED, "", date(2026, 3, 2))
    assert [past.history_type for past in past_of(last)] == ["+", "~", "~", "~"]
    with database_role("engine"):
        log = OperationLog.objects.filter(customer_id=customers["P-1"], action__startswith="consent.")
        assert [entry.action for entry in log.order_by("id")] == [
            *("consent.add", "consent.change", "consent.read", "consent.change", "consent.end"),
        ]


def test_employment_changes_without_touching_the_rest(customers: dict[str, int], tmp_path: Path) -> None:
    loaded = deliver(tmp_path, "person_profile", row("change", employer="北京星辰科技有限公司", job_title=""))
    assert counts(loaded) == (0, 1, 0, 0)
    profile = the_row("person_profile", customers["P-1"])
    assert (profile.employer, profile.sex, profile.birth_date) == (
        "北京星辰科技有限公司",
        "F",
        date(1949, 12, 31),
    )
    twice = deliver(tmp_path, "person_profile", row(employer="x"))
    assert rejects(twice) == [(2, "", "row.exists")]


def test_what_cannot_be_done_is_told_by_line_field_and_code(
    customers: dict[str, int], tmp_path: Path
) -> None:
    """Every row is in the counts; the others are applied; nothing of a value is repeated."""
    fine = {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "20260301"}
    loaded = deliver(
        tmp_path,
        "consent",
        row(slot="K-1", **fine),
        row(slot="2", **{**fine, "kind": "WHATEVER", "decided_on": "20260231"}),
        row("erase", slot="3", **fine),
        row(slot="4", **fine, customer_no="C1234567890"),
        row(key="", slot="5", **fine),
        row(key="NOBODY", slot="6", **fine),
        row("change", slot="7", **fine),
        row(slot="8" * 40, **fine),
        row(slot="9", decision="GRANTED", decided_on="20260301"),
        row(slot="K-1", evidence="another", **fine),
        row(source="", slot="10", **fine),
        row(key="", slot="11", customer_no="C0000000000", **fine),
    )
    assert counts(loaded) == (1, 0, 0, 11)
    assert rejects(loaded) == [
        (3, "kind", "value.code"),
        (3, "decided_on", "value.date"),
        (4, "operation", "row.operation"),
        (5, "source_key", "row.whose"),
        (6, "source_key", "row.whose"),
        (7, "", "customer.unknown"),
        (8, "", "row.unknown"),
        (9, "slot", "row.field_too_long"),
        (10, "kind", "required"),
        (11, "", "row.exists"),
        (12, "source_system", "row.required"),
        (13, "", "customer.unknown"),
    ]
    assert loaded.counts.rows == 12
    assert run_of(loaded).state == RunState.PARTIAL


def test_a_corrected_reject_file_loads(customers: dict[str, int], tmp_path: Path) -> None:
    fine = row(slot="K-1", kind="AUTOMATED", decision="GRANTED", decided_on="20260301")
    loaded = deliver(tmp_path, "consent", fine, {**fine, "slot": "2", "decision": "YES!"})
    with database_role("engine"):
        _name, stream = read_rejects(everything("desk"), loaded.run or 0, WHY, at=NOW)
    with stream:
        text = stream.read().decode().replace("YES!", "GRANTED")
    assert text.splitlines()[0].endswith("reject_line,reject_field,reject_code,reject_reason")

    again = tmp_path / "corrected.csv"
    again.write_text(text, encoding="utf-8")
    with database_role("engine"):
        second = load_file(loader(), again, "consent", at=NOW, business_date=DAY)
    assert counts(second) == (1, 0, 0, 0)


def test_files_are_refused_as_a_whole(customers: dict[str, int], tmp_path: Path) -> None:
    told = row(slot="K-1", kind="AUTOMATED", decision="GRANTED", decided_on="20260301")

    def code(*lines: dict[str, str], **options: Any) -> str:
        with pytest.raises(Invalid) as refused:
            deliver(tmp_path, "consent", *lines, **options)
        return refused.value.code

    assert code({**told, "colour": "red"}) == "file.header_unknown"
    assert code({k: v for k, v in told.items() if k != "source_key"}) == "file.header_missing"
    assert code({"slot": "1", "kind": "AUTOMATED"}) == "file.header"
    assert code(told, mode="full") == "file.delta_only"
    assert code(told, business_date=DAY + timedelta(days=30)) == "file.future"
    deliver(tmp_path, "consent", told)
    assert code(told) == "file.replayed"
    with database_role("engine"):
        assert JobRun.objects.count() == 1


def test_promises_of_a_control_file_are_kept(customers: dict[str, int], tmp_path: Path) -> None:
    told = row(slot="K-1", kind="AUTOMATED", decision="GRANTED", decided_on="20260301")
    path = facet_file(tmp_path / "consent.csv", "consent", told)
    promised(path, "consent", rows=2)
    with database_role("engine"):
        with pytest.raises(Invalid, match=r"file\.control_rows"):
            load_file(loader(), path, "consent", at=NOW)
        promised(path, "consent")
        assert counts(load_file(loader(), path, "consent", at=NOW)) == (1, 0, 0, 0)


def test_a_trial_tells_the_same_and_writes_nothing(customers: dict[str, int], tmp_path: Path) -> None:
    fine = {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "20260301"}
    lines = [
        row(slot="K-1", **fine),
        row("change", slot="K-1", evidence="e", **fine),
        row(slot="2", kind="?", decision="GRANTED"),
    ]
    path = facet_file(tmp_path / "consent.csv", "consent", *lines)
    found: list[Any] = []
    with database_role("engine"):
        before = picture()
        tried = dry_run(loader(), path, "consent", business_date=DAY, at=NOW, found=found.append)
        assert differences(picture(), before) == {}
        assert JobRun.objects.count() == 0
    assert counts(tried) == (1, 1, 0, 1)
    loaded = deliver(tmp_path, "consent", *lines)
    assert counts(loaded) == counts(tried)
    assert [(one.line, one.field, one.code) for one in found] == rejects(loaded)


def test_a_trial_takes_back_after_some_rows_and_later_rows_see_earlier_ones_all_the_same(
    customers: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is taken back is locked no more; the change of P-1's row comes a chunk after the row."""
    monkeypatch.setattr("batch.pipeline.facet_load.CHUNK", 2)
    fine = {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "20260301"}
    lines = [
        row(slot="K-1", **fine),
        *(row(key="O-1", slot=f"K-{place}", **fine) for place in range(3)),
        row(key="nobody", slot="K-1", **fine),
        row("change", slot="K-1", evidence="e", **fine),
    ]
    path = facet_file(tmp_path / "consent.csv", "consent", *lines)
    kept: list[tuple[int, bool]] = []
    with database_role("engine"):
        before = picture()
        told = {"business_date": DAY, "at": NOW, "found": lambda reject: None}
        tried = dry_run(
            loader(),
            path,
            "consent",
            tell=lambda done, _all: kept.append((done, picture() == before)),
            **told,
        )
    assert kept == [(3, True), (6, True)]
    assert counts(tried) == (4, 1, 0, 1) == counts(deliver(tmp_path, "consent", *lines))


def test_an_older_day_does_not_overwrite_a_newer_one(customers: dict[str, int], tmp_path: Path) -> None:
    deliver(tmp_path, "consent", row(slot="K-1", kind="AUTOMATED", decision="GRANTED", decided_on="20260301"))
    late = deliver(
        tmp_path,
        "consent",
        row("change", slot="K-1", evidence="old"),
        business_date=DAY - timedelta(days=1),
    )
    assert rejects(late) == [(2, "", "row.stale")]


def test_rows_told_by_themselves_outlive_the_customers_file(bank: None, tmp_path: Path) -> None:
    """The customer's file ends what it told and tells no more, and nothing else; what a row changed in it holds
    until it says something new."""
    load(write(tmp_path / "core.csv", [line("P-1")]))
    deliver(tmp_path, "phone", row(slot="OFFICE", kind="WORK_TEL", number="01065551234"))
    deliver(tmp_path, "phone", row("change", slot="MOBILE", number="13900000001"))

    load(write(tmp_path / "core.csv", [line("P-1", segment="VIP", email="")]), at=NOW + timedelta(days=1))
    (customer,) = {one.customer_id for one in _phones()}
    kept = {one.slot: (one.status, one.number.open()) for one in rows_of("phone", customer)}
    assert kept == {
        "MOBILE": ("ACTIVE", "+8613900000001"),
        "~OFFICE": ("ACTIVE", "+861065551234"),
    }
    assert the_row("email", customer).status == Status.ENDED

    load(write(tmp_path / "core.csv", [line("P-1", mobile="13900000002")]), at=NOW + timedelta(days=2))
    assert the_row("phone", customer, "MOBILE").number.open() == "+8613900000002"


def _phones() -> list[Any]:
    with database_role("engine"):
        return list(registry.facet("phone").model._default_manager.all())


def limited(org: str) -> Actor:
    """A batch operator of one branch."""
    with database_role("engine"):
        branch = Organisation.objects.get(code=org).pk
    return Actor("zheng", "staff", (Right(frozenset(PERMISSIONS), branch),), user_id=7, org_code=org)


def test_customers_of_other_branches_are_not_there(customers: dict[str, int], tmp_path: Path) -> None:
    """By key and by number, for a new row and for one that is there."""
    unasked("load.run")
    number = customer_no(customers["P-1"])
    fine = {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "20260301"}
    lines = [
        row(slot="K-1", **fine),
        row("change", slot="K-1", **fine),
        row(key="", slot="2", customer_no=number, **fine),
    ]
    path = facet_file(tmp_path / "consent.csv", "consent", *lines)
    with database_role("engine"):
        loaded = load_file(limited("1200"), path, "consent", at=NOW, business_date=DAY)
    assert rejects(loaded) == [(place, "", "customer.unknown") for place in (2, 3, 4)]
    with database_role("engine"):
        ours = load_file(limited("1100"), path, "consent", at=NOW, business_date=DAY - timedelta(days=1))
    assert counts(ours) == (2, 0, 1, 0)


def test_relations_name_customers_that_are_there(customers: dict[str, int], tmp_path: Path) -> None:
    """Both ends find the relation; a number that is none, and the customer itself, are refused."""
    mine, other = customer_no(customers["P-1"]), customer_no(customers["O-1"])
    loaded = deliver(
        tmp_path,
        "relationship",
        row(slot="K-1", kind="EMPLOYER", other_no=other),
        row(slot="2", kind="EMPLOYER", other_no="C0000000000"),
        row(slot="3", kind="EMPLOYER", other_no=mine),
    )
    assert counts(loaded) == (1, 0, 0, 2)
    assert rejects(loaded) == [(3, "other_no", "other.unknown"), (4, "other_no", "other.itself")]
    with database_role("engine"):
        found = relations(everything(), other, at=NOW)
    assert mine in str(found)


def test_a_merged_record_still_speaks_and_its_number_does_not(
    customers: dict[str, int], tmp_path: Path
) -> None:
    """Its own source writes the record it always wrote; a merged number is told where it went."""
    other = stored(person("P-2"))
    with database_role("engine"):
        merge(everything(), [Grounds((customers["P-1"], other), "M01", "1", 1.0)], stamp(everything()))
    fine = {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "20260301"}
    loaded = deliver(
        tmp_path,
        "consent",
        row(key="P-2", slot="K-1", **fine),
        row(key="", slot="2", customer_no=customer_no(other), **fine),
    )
    assert counts(loaded) == (1, 0, 0, 1)
    assert rejects(loaded) == [(3, "", "customer.merged")]
    assert the_row("consent", other, "~K-1").decision == "GRANTED"


@pytest.mark.django_db(transaction=True)
def test_a_loader_killed_goes_on_where_it_was(tmp_path: Path, objects: dict[str, str]) -> None:
    """At four statements of chance: no row is done twice, none is lost, counts and rejects are the same."""
    chance = random.Random(int.from_bytes(os.urandom(4), "big"))
    with database_role("engine"):
        lay_bank()
        store([person(f"P-{n}", credential=[]) for n in range(6)])
        fine = {"kind": "AUTOMATED", "decision": "GRANTED", "decided_on": "20260301"}
        lines = [row(key=f"P-{n}", slot=f"S-{n}", **fine) for n in range(6)]
        lines += [row("end", key=f"P-{n}", slot=f"S-{n}", **fine) for n in range(5)] + [row(key="?", **fine)]
        path = facet_file(tmp_path / "consent.csv", "consent", *lines)
        codes = [load_in_process(path, chance.randrange(60, 200), 3, "consent")[0] for _ in range(3)]
        if not JobRun.objects.filter(state=RunState.PARTIAL).exists():
            codes.append(load_in_process(path, 0, 3, "consent")[0])
        assert -signal.SIGKILL in codes
        (run,) = JobRun.objects.all()
        told = {name: run.counts[name] for name in ("rows", "created", "updated", "ended", "rejected")}
        assert told == {"rows": 12, "created": 6, "updated": 5, "ended": 5, "rejected": 1}
        assert len(rejected_rows()) == RejectedRow.objects.count() == 1
        consents = registry.facet("consent").model._default_manager.filter(slot__startswith="~")
        assert sorted(consents.values_list("slot", "status", "version")) == [
            (f"~S-{n}", "ENDED" if n < 5 else "ACTIVE", 2 if n < 5 else 1) for n in range(6)
        ]
        log = OperationLog.objects.filter(action="load.chunk", object_id=run.pk)
        assert sum(entry.fields["rows"] for entry in log) == 12
