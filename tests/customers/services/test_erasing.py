"""Erasure: nothing that was known of a customer is left, nothing of anybody else is touched, nothing comes back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction

from batch.models import RejectedRow
from consolidation.selectors.consistency import check
from consolidation.services.merging import Grounds, merge
from customers.models import Customer, Tombstone
from customers.rules.number import customer_no
from customers.selectors.customer import get
from customers.services import erasing, onboarding
from customers.services.erasing import eraser, order, work
from mdm.bulk.linking import find, source_digests
from mdm.bulk.models import LookupEntry
from mdm.errors import Duplicate, Gone, Invalid, NotFound
from mdm.run_control import carry_out
from mdm.runs import JobRun, RunState
from mdm.storage.models import StoredObject
from mdm.storage.objects import open_object
from security.approvals.deciding import approve
from security.crypto.coverage import stored_columns
from security.models import OperationLog
from tests.factories.customers import bank, newcomer, person, rows_of, stamp, stored
from tests.factories.files import line, load, write
from tests.factories.security import NOW, branch, everything, staff
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role

#: After ten years from any day of a load.
LATER = datetime(2040, 1, 1, 9, tzinfo=UTC)
KEYS = ("K-ERASED-1", "K-ERASED-2")
VALUES = {
    "name": "澹台明镜",
    "id_number": "110105194912310119",
    "mobile": "13977760001",
    "email": "mingjing.tantai@example.com",
    "residence_detail": "静默胡同七十七号院三单元",
    "employer": "永昌典藏文物修复工作室",
}
CHANGED = "13977760002"
WHY = "retention is over"


def told(key: str, **columns: str) -> dict[str, str]:
    return line(key, **{**VALUES, "status": "CLOSED", **columns})


@pytest.fixture
def ids(transactional_db: None, objects: dict[str, str], tmp_path: Path) -> list[int]:
    """Somebody who left long ago, told twice by two records that are one customer; beside two others."""
    bank()
    others = [line("K-OTHER-1"), line("K-OTHER-2", name="司马青云", mobile="13977770009")]
    load(write(tmp_path / "first.csv", [*(told(key) for key in KEYS), *others]))
    refused = told(KEYS[0], party_type="??")
    load(write(tmp_path / "second.csv", [told(KEYS[0], mobile=CHANGED), refused], day=date(2026, 3, 3)))
    found = find(source_digests([("core_customer", key) for key in KEYS]))
    family = sorted(found.values())
    with database_role("engine"), transaction.atomic():
        assert merge(everything(), [Grounds(tuple(family), "A1", "test", 1.0)], stamp())
    golden = [row.pk for row in Customer.objects.filter(pk__in=family, golden=None)] or [golden_of(family)]
    return [*golden, *(pk for pk in family if pk not in golden)]


def golden_of(family: Sequence[int]) -> int:
    with database_role("engine"):
        return int(Customer.objects.get(pk__in=family, golden=None).pk)


def erase(customer_id: int, at: datetime = LATER) -> dict[str, int]:
    """What `erase_customer` does."""
    with database_role("engine"):
        ordered = order(eraser(), customer_no(customer_id), reason=WHY, at=at)
        return carry_out(ordered.run_id, partial(work, eraser(), at=at))


def tables_about_customers() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = 'customer_id' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def rows_about(ids: Sequence[int]) -> dict[str, int]:
    """Rows of each table that name one of the customers; none told of where there are none."""
    found = {}
    with database_role("owner"), connection.cursor() as cursor:
        for table in tables_about_customers():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE customer_id = ANY(%s)', [list(ids)])
            found[table] = cursor.fetchone()[0]
        for table in ("customers_customer", "customers_historicalcustomer"):
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE id = ANY(%s)', [list(ids)])
            found[table] = cursor.fetchone()[0]
    return {table: count for table, count in found.items() if count}


def of_others(ids: Sequence[int]) -> dict[str, str]:
    """A digest of all rows of each table that name other customers."""
    found = {}
    with database_role("owner"), connection.cursor() as cursor:
        for table in [*tables_about_customers(), "customers_customer", "customers_historicalcustomer"]:
            if table == "security_operationlog":
                continue
            key = "customer_id" if table in tables_about_customers() else "id"
            cursor.execute(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t '
                f"WHERE NOT {key} = ANY(%s)",
                [list(ids)],
            )
            found[table] = cursor.fetchone()[0]
    return found


def ciphertexts(ids: Sequence[int]) -> list[bytes]:
    """Every sealed value of the customers, live and past, and every refused line."""
    found: list[bytes] = []
    with database_role("owner"), connection.cursor() as cursor:
        for column in stored_columns(apps):
            about = "customer_id = ANY(%s)"
            if column.table not in tables_about_customers():
                about = "id = ANY(%s)" if column.table.endswith("customer") else "%s::bigint[] IS NOT NULL"
            if column.table.startswith("security_") or column.table.startswith("approvals_"):
                continue
            cursor.execute(
                f'SELECT "{column.column}" FROM "{column.table}" WHERE "{column.column}" IS NOT NULL AND {about}',
                [list(ids)],
            )
            found += [bytes(value) for (value,) in cursor.fetchall()]
    return found


def still_stored(values: Sequence[bytes]) -> int:
    total = 0
    with database_role("owner"), connection.cursor() as cursor:
        for column in stored_columns(apps):
            cursor.execute(
                f'SELECT count(*) FROM "{column.table}" WHERE "{column.column}" = ANY(%s)', [list(values)]
            )
            total += cursor.fetchone()[0]
    return total


def test_nothing_of_the_customer_is_left(ids: list[int]) -> None:
    values = [*VALUES.values(), CHANGED, *KEYS]
    assert set(in_rows(values)) >= set(KEYS), "the scan finds what is there"
    sealed = ciphertexts(ids)
    assert still_stored(sealed) == len(sealed) > 20
    files = list(StoredObject.objects.values_list("name", flat=True))
    assert all(default_storage.exists(name) for name in files)

    counts = erase(ids[0])

    assert in_rows(values) == {}
    assert still_stored(sealed) == 0
    assert set(rows_about(ids)) == {
        "customers_erasedkey",
        "customers_tombstone",
        "mdm_lookupentry",
        "security_operationlog",
    }
    assert set(LookupEntry.objects.filter(customer_id__in=ids).values_list("kind", flat=True)) == {1}
    assert counts["objects"] == len(files) == 3, "two files and one of refused lines"
    assert not any(default_storage.exists(name) for name in files)
    with pytest.raises(Gone, match=r"object\.destroyed"):
        open_object(files[0])


def test_nobody_else_is_touched_and_all_promises_hold(ids: list[int]) -> None:
    before = of_others(ids)
    erase(ids[0])
    assert of_others(ids) == before
    with database_role("engine"):
        assert check(everything("check"))[1] == []


def test_the_number_is_gone_for_good_with_all_that_counted_for_it(ids: list[int]) -> None:
    erase(ids[0])
    for pk in ids:
        with pytest.raises(Gone, match=r"customer\.erased"):
            get(everything(), customer_no(pk), at=LATER)
    with pytest.raises(NotFound):
        get(staff("elsewhere", "teller", org=branch("1200")), customer_no(ids[0]), at=NOW)
    with database_role("engine"):
        buried = list(Tombstone.objects.filter(pk__in=ids))
    assert len(buried) == len(ids)
    assert {(row.golden_id, row.reason, row.ordered_by) for row in buried} == {(ids[0], WHY, "system:erase")}
    logged = OperationLog.objects.filter(action="customer.erase").values_list("customer_id", flat=True)
    assert set(logged) == set(ids)


def test_twice_is_once(ids: list[int]) -> None:
    erase(ids[0])
    with pytest.raises(Gone, match=r"customer\.erased"):
        erase(ids[0])
    assert OperationLog.objects.filter(action="customer.erase").count() == len(ids)


def test_a_delivery_of_the_same_lines_brings_nobody_back(ids: list[int], tmp_path: Path) -> None:
    erase(ids[0])
    with database_role("engine"):
        known = Customer.objects.count()
    lines = [*(told(key) for key in KEYS), line("K-NEW", mobile="13977770123")]
    done = load(write(tmp_path / "again.csv", lines, day=date(2026, 3, 4)))
    assert (done.counts.rejected, done.counts.created) == (2, 1)
    with database_role("engine"):
        assert Customer.objects.count() == known + 1
        refused = RejectedRow.objects.filter(run_id=done.run)
        assert {(row.code, row.field, row.raw_line) for row in refused} == {
            ("customer.erased", "source_key", None)
        }
    assert in_rows(VALUES.values()) == {}


def test_a_system_that_creates_under_the_key_is_told(ids: list[int]) -> None:
    erase(ids[0])
    with pytest.raises(Gone, match=r"customer\.erased"):
        onboarding.create(everything(), newcomer(KEYS[0]), at=LATER)


def test_a_worker_killed_between_rows_and_files_is_finished_by_the_next(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(name: str, at: datetime) -> None:
        raise Killed

    with database_role("engine"):
        ordered = order(eraser(), customer_no(ids[0]), reason=WHY, at=LATER)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(erasing, "destroy_object", killed)
            carry_out(ordered.run_id, partial(work, eraser(), at=LATER))
        JobRun.objects.filter(pk=ordered.run_id).update(lease_until=NOW)
        counts = carry_out(ordered.run_id, partial(work, eraser(), at=LATER))
        assert JobRun.objects.get(pk=ordered.run_id).state == RunState.SUCCEEDED
    assert counts["objects"] == StoredObject.objects.exclude(destroyed_at=None).count() == 3


class TestRefusals:
    """What the law or the bank still needs stays."""

    @pytest.fixture(autouse=True)
    def a_bank(self, db: None) -> None:
        bank()

    def refused(self, customer_id: int, at: datetime = LATER) -> set[str]:
        with database_role("engine"), pytest.raises(Invalid, match=r"erasure\.refused") as refusal:
            order(eraser(), customer_no(customer_id), reason=WHY, at=at)
        return {error.code for error in refusal.value.errors}

    def test_a_customer_of_today(self) -> None:
        assert self.refused(stored(person())) == {"erasure.status", "erasure.agreement", "erasure.hold"}

    def test_within_ten_years_of_the_end(self) -> None:
        made = stored(ended(valid_to=date(2031, 1, 1)))
        assert self.refused(made) == {"erasure.retention"}
        assert self.refused(made, datetime(2040, 12, 31, 4, tzinfo=UTC)) == {"erasure.retention"}
        assert ordered(made, datetime(2041, 1, 1, 4, tzinfo=UTC))

    def test_an_account_closed_later_counts(self) -> None:
        account = {
            "slot": "D",
            "kind": "DEPOSIT",
            "agreement_status": "CLOSED",
            "closed_on": date(2033, 5, 5),
        }
        made = stored(ended(agreement=[{**account, "opened_on": date(2015, 5, 20)}]))
        assert self.refused(made) == {"erasure.retention"}

    def test_an_inquiry_holds_however_old(self) -> None:
        held = {"slot": "R", "kind": "JUDICIAL", "extent": "ALL", "begun_on": date(2012, 1, 1)}
        assert self.refused(stored(ended(restriction=[held]))) == {"erasure.hold"}
        assert ordered(stored(ended("P-2", restriction=[{**held, "lifted_on": date(2013, 1, 1)}])), LATER)

    def test_an_applicant_goes_after_a_year(self) -> None:
        made = stored(ended(status="REJECTED", valid_to=date(2039, 1, 2)))
        assert self.refused(made) == {"erasure.retention"}
        assert ordered(made, datetime(2040, 1, 2, 4, tzinfo=UTC))

    def test_a_merged_number(self) -> None:
        one, other = stored(ended()), stored(ended("P-2"))
        with database_role("engine"):
            merge(everything(), [Grounds((one, other), "A1", "test", 1.0)], stamp())
            with pytest.raises(Duplicate, match=r"customer\.merged"):
                order(eraser(), customer_no(other), reason=WHY, at=LATER)


def ended(key: str = "P-1", status: str = "CLOSED", valid_to: date = date(2020, 1, 1), **facets: Any) -> Any:
    customer = {"party_type": "PERSON", "org": "1100", "lifecycle_status": status, "valid_to": valid_to}
    return person(key, **{"customer": [customer], "agreement": [], "restriction": [], **facets})


def ordered(customer_id: int, at: datetime) -> int:
    with database_role("engine"):
        return order(eraser(), customer_no(customer_id), reason=WHY, at=at).run_id


@pytest.mark.django_db
class TestTheFloor:
    """The database lets nothing go but by an erasure that is logged."""

    def call(self, customer_id: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM panorama_erase(%s)", [[customer_id]])

    def test_the_web_may_not(self) -> None:
        bank()
        made = stored(ended())
        with pytest.raises(DatabaseError, match="permission denied for function panorama_erase"):
            self.call(made)

    def test_a_worker_may_not_without_log_and_tombstone(self) -> None:
        bank()
        made = stored(ended())
        with database_role("engine"), pytest.raises(DatabaseError, match="logged and leaves a tombstone"):
            self.call(made)
        assert rows_of("phone", made)

    @pytest.mark.parametrize("role", ["app", "engine"])
    @pytest.mark.parametrize("table", ["customers_tombstone", "customers_erasedkey"])
    def test_a_tombstone_stands(self, role: Any, table: str) -> None:
        with database_role(role), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT has_table_privilege('{table}', 'UPDATE'), has_table_privilege('{table}', 'DELETE'), "
                f"has_table_privilege('{table}', 'INSERT')"
            )
            assert cursor.fetchone() == (False, False, role == "engine")


@pytest.mark.django_db
def test_it_takes_a_second_person_and_then_a_worker() -> None:
    bank()
    made = stored(ended(valid_to=date(2012, 1, 1)))
    asker, checker = (staff(name, "compliance", org=branch("1000")) for name in ("asker", "checker"))
    waiting = erasing.ask(asker, customer_no(made), reason=WHY, at=LATER)
    assert waiting.request is not None
    assert get(asker, customer_no(made), at=LATER).golden_id == made
    approve(checker, waiting.request.pk, waiting.request.version, reason="", at=LATER)
    with database_role("engine"):
        run = JobRun.objects.get(job=erasing.JOB)
        assert run.started_by == "asker"
        erasing.run_erasure(run.pk)
        assert JobRun.objects.get(pk=run.pk).problems == []
        assert Tombstone.objects.get(pk=made).ordered_by == "asker"
