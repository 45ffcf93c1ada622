"""A restriction on everything restricts the customer by whatever door it comes with the whole record, and frees it again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from batch.layouts import registry
from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.layout import Column
from customers.services import facets, onboarding
from mdm.bulk.models import SourceRecord
from tests.factories.customers import DAY, newcomer, past_of, the_row
from tests.factories.files import Line, line, load, write
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.usefixtures("bank")
#: A layout of the bank's own that tells restrictions too.
HOLDING = replace(
    CORE_CUSTOMER,
    columns=(
        *CORE_CUSTOMER.columns,
        Column("hold", "hold", person="restriction[HOLD].kind"),
        Column("held_from", "held from", "date", person="restriction[HOLD].begun_on"),
    ),
    constants={**CORE_CUSTOMER.constants, "restriction[HOLD]": {"extent": "ALL"}},
)
HELD = {"hold": "JUDICIAL", "held_from": "20260301"}


@pytest.fixture(autouse=True)
def holding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._layouts(), "core_customer", HOLDING)


def state_after(folder: Path, days: int, *rows: Line) -> str:
    """The status of customer A after a file of some days after the first one."""
    load(
        write(folder / f"core-{days}.csv", list(rows), layout=HOLDING, day=DAY + timedelta(days=days)),
        HOLDING,
        at=NOW + timedelta(days=days),
    )
    return str(the_row("customer", SourceRecord.objects.get(source_key="A").customer_id).lifecycle_status)


def test_who_comes_restricted_is_so_until_the_file_tells_it_no_more(tmp_path: Path) -> None:
    assert state_after(tmp_path, 0, line("A", **HELD)) == "RESTRICTED"
    assert state_after(tmp_path, 1, line("A", segment="PRIVATE", **HELD)) == "RESTRICTED", (
        "ACTIVE is repeated"
    )
    assert state_after(tmp_path, 2, line("A", segment="PRIVATE")) == "ACTIVE"


def test_who_is_restricted_by_a_later_file_is_so_at_once(tmp_path: Path) -> None:
    assert state_after(tmp_path, 0, line("A")) == "ACTIVE"
    assert state_after(tmp_path, 1, line("A", **HELD)) == "RESTRICTED"
    customer = the_row("customer", SourceRecord.objects.get(source_key="A").customer_id)
    assert past_of(customer)[-1].history_user_id == "system:restrictions"


def test_whom_the_source_calls_restricted_it_alone_frees(tmp_path: Path) -> None:
    assert state_after(tmp_path, 0, line("A", status="RESTRICTED")) == "RESTRICTED"
    assert state_after(tmp_path, 1, line("A", status="RESTRICTED", **HELD)) == "RESTRICTED"
    assert state_after(tmp_path, 2, line("A", status="RESTRICTED")) == "RESTRICTED"
    assert state_after(tmp_path, 3, line("A", status="ACTIVE")) == "ACTIVE"


def test_whom_the_source_calls_restricted_no_restriction_of_the_same_file_frees(tmp_path: Path) -> None:
    """A core system tells the state and its cause together; that the cause is left out frees nobody."""
    assert state_after(tmp_path, 0, line("A", status="RESTRICTED", **HELD)) == "RESTRICTED"
    assert state_after(tmp_path, 1, line("A", status="RESTRICTED")) == "RESTRICTED"
    assert state_after(tmp_path, 2, line("A", status="ACTIVE")) == "ACTIVE"
    assert state_after(tmp_path, 3, line("A", status="RESTRICTED", **HELD)) == "RESTRICTED", "told anew"
    assert state_after(tmp_path, 4, line("A", status="RESTRICTED")) == "RESTRICTED"


def test_whom_the_source_calls_restricted_nobody_frees_who_lifts_what_it_told_with_it(tmp_path: Path) -> None:
    assert state_after(tmp_path, 0, line("A", status="RESTRICTED", **HELD)) == "RESTRICTED"
    customer = SourceRecord.objects.get(source_key="A").customer_id
    row = the_row("restriction", customer)
    with database_role("engine"):
        over = {"lifted_on": DAY}
        facets.change(everything("clerk"), "restriction", row.pk, 1, over, reason="paid", at=NOW)
    assert the_row("customer", customer).lifecycle_status == "RESTRICTED"


@pytest.mark.parametrize(("extent", "state"), [("ALL", "RESTRICTED"), ("DEBIT", "ACTIVE")])
def test_who_is_created_with_one_is_restricted_at_once(extent: str, state: str) -> None:
    bundle = newcomer()
    bundle.facets["restriction"] = [{"kind": "FRAUD", "extent": extent, "begun_on": DAY}]
    made = onboarding.create(everything(), bundle, at=NOW)
    assert the_row("customer", made.customer_id).lifecycle_status == state
