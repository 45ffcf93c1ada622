"""The operation log on the screen: for auditors, at their branches, never changed, and logged itself."""

import pytest
from django.utils import timezone

from security.audit.log import record
from security.models import OperationLog
from tests.factories.security import branch, everything, member_of_staff, staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor() -> Screens:
    """The auditor of head office."""
    return Screens(member_of_staff("auditor", "auditor", org=branch("1000")))


def operations(count: int) -> None:
    actor = everything("load")
    for number in range(count):
        record(actor, "load.step", timezone.now(), subject="run", object_id=number, fields={"rows": number})


def test_what_was_done_is_shown_with_who_where_and_why(auditor: Screens) -> None:
    teller = staff("wang", "teller", org=branch("1100", branch("1000")))
    fields = {"fields": ["number"], "version": 2}
    record(
        teller,
        "phone.change",
        timezone.now(),
        subject="phone",
        object_id=7,
        customer_id=1,
        fields=fields,
        reason="asked",
    )
    seen = auditor.get("/security/operationlog/")
    for shown in (
        "wang",
        "1100",
        "phone.change",
        "phone 7",
        "fields: number; version: 2",
        "asked",
        "Staff screens",
    ):
        assert shown in seen.text


def test_reading_the_log_is_logged(auditor: Screens) -> None:
    auditor.get("/security/operationlog/")
    row = OperationLog.objects.get(action="audit.read")
    assert (row.actor, row.channel) == ("auditor", "COUNTER")


def test_the_customer_is_named_by_its_number(auditor: Screens) -> None:
    from customers.rules.number import customer_no

    record(everything(), "customer.read", timezone.now(), customer_id=12)
    record(everything(), "customer.read", timezone.now(), customer_id=13)
    assert customer_no(12) in auditor.get("/security/operationlog/").text
    narrowed = auditor.get("/security/operationlog/", customer=customer_no(13)).text
    assert customer_no(13) in narrowed
    assert customer_no(12) not in narrowed
    assert "No entry matches" in auditor.get("/security/operationlog/", customer="nonsense").text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"actor": "system:load"}, True),
        ({"actor": "nobody"}, False),
        ({"action": "load.step"}, True),
        ({"action": "load"}, False),
        ({"until": "2020-01-01"}, False),
        ({"since": "not a day"}, True),
        ({"branch": "1000"}, False),
        ({"channel": "SYSTEM"}, True),
        ({"channel": "API"}, False),
        ({"kind": "seen"}, False),
        ({"result": "refused"}, False),
    ],
)
def test_filters(auditor: Screens, query: dict[str, str], shown: bool) -> None:
    operations(1)
    assert ("load.step" in auditor.get("/security/operationlog/", **query).html.split("<tbody>")[-1]) == shown


def test_pages_go_on_without_gap_or_repeat(auditor: Screens) -> None:
    operations(60)
    address, found = "/security/operationlog/?action=load.step", []
    while address:
        html = auditor.get(address).html
        found += [int(part.split(";")[0]) for part in html.split(">run ")[1:]]
        address = (
            html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in html
            else ""
        )
        address = f"/security/operationlog/{address}" if address else ""
    assert found == list(range(59, -1, -1))


def test_a_branch_manager_sees_own_branches_only() -> None:
    head = branch("1000")
    north, south = branch("1100", head), branch("1200", head)
    record(staff("far", "teller", org=south), "phone.change", timezone.now())
    record(staff("near", "teller", org=branch("1110", north)), "email.change", timezone.now())
    seen = Screens(member_of_staff("manager", "branch_manager", org=north)).get("/security/operationlog/")
    assert "email.change" in seen.text
    assert "phone.change" not in seen.text


def test_nobody_else_reads_it_and_nobody_changes_it(auditor: Screens) -> None:
    operations(1)
    row = OperationLog.objects.get(action="load.step")
    teller = Screens(member_of_staff("teller", "teller", org=branch("1000")))
    assert teller.get("/security/operationlog/").status == 403
    for address in (f"{row.pk}/change/", f"{row.pk}/history/", f"{row.pk}/delete/"):
        assert auditor.post(f"/security/operationlog/{address}", reason="x").status == 404
    assert auditor.post("/security/operationlog/add/", action="x").status == 403
