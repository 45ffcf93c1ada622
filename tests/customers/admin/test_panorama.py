"""The panorama: what is shown, to whom, masked how, and what a merged number shows."""

from datetime import timedelta

import pytest
from django.db import transaction

from consolidation.services import merging
from consolidation.services.merging import Grounds
from customers.rules.number import customer_id as customer_id_of
from customers.rules.number import customer_no
from customers.services import facets, marks
from security.models import OperationLog, Organisation
from tests.customers.admin.conftest import screens_of
from tests.factories.customers import person, stamp, stored, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.screens import Screens

CLEAR = ("欧阳知远", "11010519491231002X", "13912345670", "zhiyuan@example.com", "望京西路", "1949-12-31")


def test_everything_is_there_and_masked(teller: Screens, number: str) -> None:
    seen = teller.get(f"/customer/{number}/")
    assert seen.status == 200
    for shown in (
        number,
        "**远",
        "Active",
        "110***********002X",
        "139****5670",
        "z***@example.com",
        "1949-**-**",
    ):
        assert shown in seen.text
    assert [clear for clear in CLEAR if clear in seen.html] == []


def test_the_strict_mask_shows_less(auditor: Screens, number: str) -> None:
    seen = auditor.get(f"/customer/{number}/")
    assert "1****************X" in seen.text
    assert "110***********002X" not in seen.text


def test_each_row_says_where_it_comes_from(teller: Screens, number: str) -> None:
    seen = teller.get(f"/customer/{number}/")
    assert "core_customer P-1" in seen.text
    assert "system:load" in seen.text


def test_the_read_is_logged(teller: Screens, number: str, customer_id: int) -> None:
    teller.get(f"/customer/{number}/")
    row = OperationLog.objects.get(action="customer.panorama")
    assert (row.actor, row.customer_id, row.channel) == ("teller", customer_id, "COUNTER")


def test_a_teller_may_edit_and_an_auditor_may_not(
    teller: Screens, auditor: Screens, number: str, customer_id: int
) -> None:
    address = f"/customers/phone/{the_row('phone', customer_id, 'MOBILE').pk}/change/"
    assert address in teller.get(f"/customer/{number}/").html
    assert address not in auditor.get(f"/customer/{number}/").html


def test_who_looks_after_the_customer_and_where_it_began(teller: Screens, number: str) -> None:
    """Account managers with their days, those before too; the branch it began at, wherever it is kept now."""
    screens_of("first", "1100", "relationship_manager")
    second = screens_of("second", "1100", "relationship_manager")
    actor = everything()
    with database_role("engine"):
        marks.mark(actor, number, "MANAGER", "first", reason="opened", at=NOW)
        marks.unmark(actor, number, "MANAGER", "first", reason="left", at=NOW + timedelta(days=9))
        marks.mark(actor, number, "MANAGER", "second", reason="took over", at=NOW + timedelta(days=9))
        customer = the_row("customer", customer_id_of(number) or 0)
        branch = Organisation.objects.get(code="1110").pk
        changes = {"org_id": branch}
        facets.change(actor, "customer", customer.pk, customer.version, changes, reason="moved", at=NOW)
    now = second.get(f"/customer/{number}/").text.split("Looked after", 1)[1].split("</section>", 1)[0]
    assert ("second" in now, "first" in now) == (True, False), "who looked after it once is the past"
    seen = teller.get(f"/customer/{number}/").text
    after = seen.split("Looked after", 1)[1]
    assert after.index("second") < after.index("first"), "the newest first"
    assert "1100" in after.split("Account manager", 1)[0]


def test_who_may_not_see_changes_sees_none(number: str) -> None:
    manager = screens_of("manager", "1100", "relationship_manager")
    seen = manager.get(f"/customer/{number}/")
    assert seen.status == 200
    assert "Recent changes" not in seen.text
    assert "/history/" not in seen.html


@pytest.mark.parametrize("address", ["C00000000000", "C1", "1", "欧阳", "C999999999999999"])
def test_a_number_of_nobody_is_not_found(teller: Screens, address: str) -> None:
    assert teller.get(f"/customer/{address}/").status == 404


def merge(grounds: list[Grounds]) -> None:
    with database_role("engine"), transaction.atomic():
        merging.merge(everything("consolidate"), grounds, stamp())


def test_a_merged_number_shows_the_survivor(teller: Screens, number: str, customer_id: int) -> None:
    other = stored(person("P-2"))
    merge([Grounds((customer_id, other), "R1", "test", 1.0)])
    seen = teller.get(f"/customer/{customer_no(other)}/")
    assert seen.status == 200
    assert f"It was merged into {number}" in seen.text
    assert customer_no(other) in seen.text


def test_the_home_page_lists_whom_one_opened(teller: Screens, number: str) -> None:
    assert "None yet" in teller.get("/").text
    teller.get(f"/customer/{number}/")
    assert number in teller.get("/").text
