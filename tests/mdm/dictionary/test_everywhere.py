"""An attribute that two people added takes part everywhere at once, and is sealed, masked and found like a field."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from batch.layouts.core_customer import CORE_CUSTOMER
from batch.layouts.layout import Column
from batch.models import RejectedRow
from customers.models import Customer
from customers.selectors.history import row_history
from customers.selectors.panorama import panorama
from customers.selectors.search import search
from customers.services import facets
from mdm.errors import Invalid
from mdm.extension import attributes
from mdm.quality.models import QualityIssue
from security.access.actor import Actor
from tests.factories.attributes import asked, defined
from tests.factories.customers import bank as made_bank
from tests.factories.customers import person, rows_of, stored
from tests.factories.files import line, load, write
from tests.factories.security import NOW, branch, everything, staff
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
CLUB = "x_club_no"
WHY = "told at the counter"
#: A value that nobody else has.
CANARY = "80417263"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def teller(db: None) -> Actor:
    made_bank()
    return staff("teller", "teller", org=branch("1100"))


@pytest.fixture
def customer(teller: Actor) -> Customer:
    return Customer(pk=stored(person()))


def phone_of(customer: Customer) -> Any:
    return next(row for row in rows_of("phone", customer.pk) if row.kind == "MOBILE")


def told_in(actor: Actor, customer: Customer) -> dict[str, Any]:
    """The attribute as the panorama shows it on the mobile."""
    told = panorama(actor, customer.customer_no, at=LATER)
    (facet,) = [f for s in told["subjects"] for f in s["facets"] if f["name"] == "phone"]
    (row,) = [row for row in facet["rows"] if row["values"]["kind"]["value"] == "MOBILE"]
    names = {field["name"]: field for field in facet["fields"]}
    return {"row": row["values"].get(CLUB), "field": names.get(CLUB)}


def club(actor: Actor, customer: Customer, value: str | None) -> Any:
    row = phone_of(customer)
    return facets.change(actor, "phone", row.pk, row.version, {CLUB: value}, reason=WHY, at=LATER)


def test_nothing_is_there_before_a_second_person_agrees(teller: Actor, customer: Customer) -> None:
    asked("phone", "club_no")
    attributes.refresh()
    with pytest.raises(Invalid, match=r"field\.unknown"):
        club(teller, customer, CANARY)
    assert told_in(teller, customer) == {"row": None, "field": None}


def test_a_value_is_sealed_masked_found_and_in_the_history(teller: Actor, customer: Customer) -> None:
    defined("phone", "club_no")
    row = club(teller, customer, CANARY)

    assert CANARY not in str(told_in(teller, customer))
    assert told_in(teller, customer) == {
        "row": {"value": "****", "text": "****"},
        "field": {"name": CLUB, "label": "Club number", "sensitive": True},
    }
    assert [hit.customer_no for hit in search(teller, CANARY, at=LATER).hits] == [customer.customer_no]
    assert search(teller, CANARY[:-1] + "4", at=LATER).hits == []
    (change,) = row_history(staff("reader", "branch_manager", org=branch("1100")), "phone", row.pk, at=LATER)[
        0
    ]["changes"]
    assert change == {"field": CLUB, "label": "Club number", "old": "", "new": "****"}
    with database_role("engine"), connection.cursor() as cursor:
        cursor.execute("SELECT extension FROM customers_phone WHERE id = %s", [row.pk])
        kept = bytes(cursor.fetchone()[0])
    assert CANARY.encode() not in kept
    assert row.extension.open() == {CLUB: CANARY}
    assert in_rows([CANARY]) == {}


@pytest.mark.usefixtures("contacts_alone")
def test_what_is_changed_besides_leaves_it_alone(teller: Actor, customer: Customer) -> None:
    defined("phone", "club_no")
    row = club(teller, customer, CANARY)
    again = facets.change(teller, "phone", row.pk, row.version, {"is_primary": False}, reason=WHY, at=LATER)
    assert again.extension.open() == {CLUB: CANARY}
    emptied = club(teller, customer, None)
    assert emptied.extension is None
    assert search(teller, CANARY, at=LATER).hits == []


@pytest.mark.parametrize(
    ("told", "value", "rule"),
    [
        ({}, "123456789", "X02"),
        ({"pattern": "[0-9]{8}"}, "12A45678", "X04"),
        ({"kind": "whole", "minimum": "10", "maximum": "20"}, 21, "X03"),
        ({"kind": "date"}, "tomorrow", "X06"),
    ],
)
def test_its_rules_refuse_or_raise_an_issue_as_it_says(
    teller: Actor, customer: Customer, told: dict[str, Any], value: Any, rule: str
) -> None:
    defined("phone", "club_no", **told, severity="BLOCK")
    with pytest.raises(Invalid) as refused:
        club(teller, customer, value)
    (error,) = refused.value.errors
    assert (error.code, error.pointer.endswith(f"/{CLUB}")) == (rule, True)


def test_a_file_tells_it_by_its_column(teller: Actor, tmp_path: Path) -> None:
    defined("person_profile", "club_no", columns={"core_customer": {"column": "club"}}, pattern="[0-9]{8}")
    codes = "GOLD|金卡|Gold\nBLUE|蓝卡|Blue"
    tier = {"label_zh": "等级", "label_en": "Tier", "kind": "code", "codes": codes, "severity": "BLOCK"}
    defined("phone", "tier", **tier, columns={"core_customer": {"column": "tier", "slot": "MOBILE"}})
    more = (Column("club", "club"), Column("tier", "tier"))
    with_column = replace(CORE_CUSTOMER, columns=(*CORE_CUSTOMER.columns, *more))
    told = [line("K-1", club=CANARY, tier="金卡"), line("K-2", club="no number"), line("K-3", tier="RED")]
    told.append(line("K-4", club="no digit"))
    done = load(write(tmp_path / "c.csv", told, layout=with_column))
    assert (done.counts.created, done.counts.rejected) == (3, 1)
    with database_role("engine"):
        profiles = {p.source_key: p for p in rows_by_key("person_profile")}
        issues = set(QualityIssue.objects.filter(field=CLUB).values_list("rule", "severity"))
        (mobile,) = [p for p in rows_by_key("phone") if p.source_key == "K-1"]
        refused = set(RejectedRow.objects.values_list("line", "field", "code"))
    assert mobile.extension.open() == {"x_tier": "GOLD"}
    assert refused == {(4, "tier", "X05")}
    assert profiles["K-1"].extension.open() == {CLUB: CANARY}
    assert issues >= {("X02", "WARN"), ("X04", "WARN")}
    found = search(everything(), CANARY, at=LATER).hits
    assert [hit.customer_no for hit in found] == [Customer(pk=profiles["K-1"].customer_id).customer_no]


def rows_by_key(facet: str) -> list[Any]:
    from mdm.subjects import registry

    return list(registry.facet(facet).model._default_manager.all())
