"""Staff and source tell of the same row: what the source only repeats leaves what staff made of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from customers.services import facets
from mdm.bulk.models import SourceRecord
from mdm.quality.models import QualityIssue
from mdm.quality.rules import book
from security.access.actor import Actor, Right
from security.access.roles import PERMISSIONS
from tests.factories.approvals import changed
from tests.factories.customers import DAY, HOME, past_of, the_row
from tests.factories.files import line, load, write
from tests.factories.security import NOW, branch, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.usefixtures("bank", "contacts_alone")
TELLER = Actor("teller1", "staff", (Right(frozenset(PERMISSIONS), None),), user_id=7, channel="COUNTER")
SAID = {"reason": "the customer said so", "at": NOW}


def deliver(folder: Path, days: int, *rows: dict[str, str]) -> Any:
    """A file of some days after the first one; its counts."""
    day = DAY + timedelta(days=days)
    return load(write(folder / f"core-{days}.csv", list(rows), day=day)).counts


def row(facet: str, slot: str | None = None) -> Any:
    return the_row(facet, SourceRecord.objects.get(source_key="A").customer_id, slot)


def change(facet: str, slot: str | None = None, **changes: Any) -> None:
    """What a teller changes, as the web's role."""
    found = row(facet, slot)
    with database_role("app"):
        facets.change(TELLER, facet, found.pk, found.version, changes, **SAID)


def overruled() -> set[tuple[str, str, str]]:
    """Where the source changed what staff had changed."""
    return set(QualityIssue.objects.filter(rule="T05").values_list("facet", "slot", "field"))


def test_what_the_source_repeats_leaves_the_change_of_staff(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))
    change("phone", "MOBILE", number="+8613912345672")

    counts = deliver(tmp_path, 1, line("A", segment="PRIVATE"))

    assert counts.updated == 1
    assert row("phone", "MOBILE").number.open() == "+8613912345672"
    assert row("customer").segment == "PRIVATE"
    assert overruled() == set()


def test_what_the_source_tells_anew_holds_and_is_found(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))
    change("phone", "MOBILE", number="+8613912345672")

    deliver(tmp_path, 1, line("A", mobile="13912345673"))

    assert row("phone", "MOBILE").number.open() == "+8613912345673"
    assert overruled() == {("phone", "MOBILE", "number")}
    with override("en"):
        assert str(book.rules["T05"].message) == "The source changed what staff had changed"


def test_of_one_row_each_keeps_the_field_it_told_last(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A", employer="first", job_title="clerk"))
    change("person_profile", employer="corrected")

    deliver(tmp_path, 1, line("A", employer="first", job_title="director"))

    profile = row("person_profile")
    assert (profile.employer, profile.job_title) == ("corrected", "director")
    assert overruled() == set()


def test_what_staff_ended_stays_ended_until_the_source_tells_something_new(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))
    mobile = row("phone", "MOBILE")
    with database_role("app"):
        facets.end(TELLER, "phone", mobile.pk, mobile.version, **SAID)

    deliver(tmp_path, 1, line("A", segment="PRIVATE"))
    assert row("phone", "MOBILE").status == "ENDED"

    deliver(tmp_path, 2, line("A", mobile="13912345673"))
    mobile = row("phone", "MOBILE")
    assert (mobile.status, mobile.valid_to, mobile.number.open()) == ("ACTIVE", None, "+8613912345673")
    assert overruled() == {("phone", "MOBILE", "status")}


def test_a_row_the_source_drops_ends_even_where_staff_changed_it(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))
    change("phone", "MOBILE", number="+8613912345672")

    deliver(tmp_path, 1, line("A", mobile=""))

    mobile = row("phone", "MOBILE")
    assert (mobile.status, mobile.valid_to) == ("ENDED", date(2026, 3, 3))
    assert overruled() == {("phone", "MOBILE", "status")}


def test_a_source_that_agrees_with_staff_is_noted_so_that_a_later_change_of_staff_stands(
    tmp_path: Path,
) -> None:
    deliver(tmp_path, 0, line("A"))
    change("phone", "MOBILE", number="+8613912345672")
    deliver(tmp_path, 1, line("A", mobile="13912345672"))
    change("phone", "MOBILE", number="+8613912345674")

    deliver(tmp_path, 2, line("A", mobile="13912345672", segment="PRIVATE"))

    assert row("phone", "MOBILE").number.open() == "+8613912345674"
    assert overruled() == set()


def test_a_value_that_could_not_be_read_and_was_filled_in_by_staff_stays_filled_in(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A", birth_date="19491331"))
    unread = row("person_profile")
    told = {"birth_date": date(1949, 12, 31)}
    maker = staff("counter", "teller", org=branch(HOME))
    changed(maker, "person_profile", unread.pk, unread.version, told, **SAID)

    deliver(tmp_path, 1, line("A", birth_date="19491331", segment="PRIVATE"))
    deliver(tmp_path, 2, line("A", birth_date="19491332", segment="PRIVATE"))

    profile = row("person_profile")
    assert profile.birth_date == date(1949, 12, 31)
    assert not profile.raw_values or "birth_date" not in profile.raw_values.open()


def test_history_says_which_load_and_nothing_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "欧阳知远-11010519491231002X.csv", [line("A")])

    loaded = load(path)

    assert {entry.history_change_reason for entry in past_of(row("phone", "MOBILE"))} == {
        f"load #{loaded.run}"
    }
