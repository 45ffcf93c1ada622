"""Staff and source tell of the same row: what the source only repeats leaves what staff made of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from credentials.services import verifying
from credentials.services.verifying import Check
from customers.services import facets
from mdm.bulk.last_told import runs_of_row
from mdm.bulk.models import SourceRecord
from mdm.quality.models import QualityIssue
from mdm.quality.rules import book
from mdm.subjects import registry
from security.access.actor import Actor, Right
from security.access.roles import PERMISSIONS
from tests.factories.approvals import changed
from tests.factories.customers import DAY, HOME, past_of, the_row
from tests.factories.files import line, load, write
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.usefixtures("bank", "contacts_alone")
TELLER = Actor("teller1", "staff", (Right(frozenset(PERMISSIONS), None),), user_id=7, channel="COUNTER")
NETWORK = Check("NETWORK_CHECK", "CONSISTENT", "police register", "NC-1")
SAID: dict[str, Any] = {"reason": "the customer said so", "at": NOW}


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


def test_what_staff_corrected_outlives_all_that_the_source_tells_besides(tmp_path: Path) -> None:
    told: dict[str, Any] = {"employer": "first"}
    deliver(tmp_path, 0, line("A", **told, job_title="clerk"))
    change("person_profile", employer="corrected")

    for day, title in enumerate(("cashier", "director", "partner"), 1):
        counts = deliver(tmp_path, day, line("A", **told, job_title=title))
        profile = row("person_profile")
        assert (profile.employer, profile.job_title, counts.updated) == ("corrected", title, 1)
    assert past_of(profile)[-1].history_change_reason.endswith(" (kept: employer)")
    assert overruled() == set()

    deliver(tmp_path, 4, line("A", employer="second", job_title="partner"))
    assert row("person_profile").employer == "second"
    assert overruled() == {("person_profile", "", "employer")}
    assert len(runs_of_row(registry.facet("person_profile"), profile.pk)) == 5


def test_a_check_outlives_what_the_source_tells_besides_but_not_another_number(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))
    found = row("credential", "P01")
    with database_role("app"):
        verifying.verify(everything(), found.pk, 1, NETWORK, **SAID)

    for day, authority in enumerate(("朝阳分局", "海淀分局"), 1):
        deliver(tmp_path, day, line("A", id_authority=authority))
        found = row("credential", "P01")
        assert (found.lifecycle_state, found.verified_how) == ("VERIFIED", "NETWORK_CHECK")

    deliver(tmp_path, 3, line("A", id_authority="海淀分局", id_number="440524188001010014"))
    found = row("credential", "P01")
    assert (found.lifecycle_state, found.verified_how, found.verified_at) == ("PENDING_VERIFY", "", None)


def test_a_confirmation_by_staff_is_of_one_number(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))
    change("phone", "MOBILE", verified_state="VERIFIED")

    deliver(tmp_path, 1, line("A", mobile="13912345673"))

    assert row("phone", "MOBILE").verified_state == ""


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
