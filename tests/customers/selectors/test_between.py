"""Two moments of one customer: what came, went and changed, in system time, in business time, over a merge; masked."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from customers.rules.number import customer_no
from customers.selectors.as_of import Moment, as_of
from customers.selectors.between import CAME, CHANGED, WENT, between
from customers.selectors.history import history
from customers.services import facets
from mdm.errors import Invalid, NotFound
from security.access.actor import Actor
from security.models import OperationLog
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import NOW, branch, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contacts_alone")]
LATER, LATEST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
END = NOW + timedelta(hours=3)


@pytest.fixture
def customer() -> int:
    """A customer whose telephone was changed, and then whose e-mail was ended and an address added."""
    bank()
    found = stored(person())
    actor = staff("wang", "teller", org=branch("1100"))
    phone, email = the_row("phone", found, "MOBILE"), the_row("email", found)
    facets.change(
        actor, "phone", phone.pk, phone.version, {"number": "+8613800138000"}, reason="asked", at=LATER
    )
    facets.end(actor, "email", email.pk, email.version, reason="asked", at=LATEST)
    told = {"kind": "MAILING", "country": "CHN", "region_code": "110105", "detail": "安宁路1号"}
    facets.add(actor, customer_no(found), "address", told, reason="asked", at=LATEST)
    return found


@pytest.fixture
def reader(customer: int) -> Actor:
    return staff("reader", "teller", org=branch("1100"))


def told(actor: Actor, customer: int, first: Any, second: Any) -> dict[str, list[tuple[str, list[str]]]]:
    """Facet -> (state, fields) of each row that differs."""
    moments = [one if isinstance(one, Moment) else Moment(one) for one in (first, second)]
    found = between(actor, customer_no(customer), *moments, at=END)
    return {
        facet["name"]: [(row["state"], [one["field"] for one in row["changes"]]) for row in facet["rows"]]
        for facet in found["facets"]
    }


def test_each_pair_of_moments_tells_what_was_done_between_them(reader: Actor, customer: int) -> None:
    assert told(reader, customer, NOW, LATER) == {"phone": [(CHANGED, ["number"])]}
    second = told(reader, customer, LATER, LATEST)
    assert {name: [state for state, _fields in rows] for name, rows in second.items()} == {
        "email": [WENT],
        "address": [CAME],
    }
    assert set(told(reader, customer, NOW, LATEST)) == {"phone", "email", "address"}
    back = told(reader, customer, LATEST, NOW)
    assert (back["email"][0][0], back["address"][0][0]) == (CAME, WENT)
    assert told(reader, customer, LATER, LATER) == {}


def test_what_differs_is_what_the_two_panoramas_differ_in(reader: Actor, customer: int) -> None:
    """The twin: every row that `as_of` shows at one moment only, or with another text, is told, and no other."""

    def rows(at: datetime) -> dict[tuple[str, int], Any]:
        shown = as_of(reader, customer_no(customer), Moment(at), at=END)
        facets_of = [facet for subject in shown["subjects"] for facet in subject["facets"]]
        return {
            (facet["name"], row["id"]): {n: v["text"] for n, v in row["values"].items()}
            for facet in facets_of
            for row in facet["rows"]
        }

    before, after = rows(NOW), rows(LATEST)
    differing = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    found = between(reader, customer_no(customer), Moment(NOW), Moment(LATEST), at=END)
    named = {(facet["name"], row["row_id"]) for facet in found["facets"] for row in facet["rows"]}
    assert named == differing
    assert found["same"] == len({*before, *after}) - len(differing)


def test_values_are_masked_and_the_read_is_logged(reader: Actor, customer: int) -> None:
    found = between(reader, customer_no(customer), Moment(NOW), Moment(LATEST), at=END)
    assert "13912345670" not in str(found)
    assert "13800138000" not in str(found)
    assert "安宁路1号" not in str(found)
    logged = OperationLog.objects.get(action="customer.compare")
    assert (logged.actor, logged.customer_id) == ("reader", customer)


def test_business_time_is_compared_too(reader: Actor, customer: int) -> None:
    long_ago, today = Moment(LATEST, date(1990, 1, 1)), Moment(LATEST, NOW.date())
    assert told(reader, customer, today, today) == {}
    assert {
        name: [state for state, _fields in rows]
        for name, rows in told(reader, customer, long_ago, today).items()
    } == {"email": [WENT], "phone": [CHANGED]}, "the new number holds since the day it was told"


def test_moments_ahead_before_the_customer_and_out_of_scope_are_refused(reader: Actor, customer: int) -> None:
    number = customer_no(customer)
    with pytest.raises(Invalid) as ahead:
        between(reader, number, Moment(NOW), Moment(END + timedelta(days=1)), at=END)
    assert ahead.value.code == "as_of.ahead"
    with pytest.raises(NotFound) as early:
        between(reader, number, Moment(NOW - timedelta(days=1)), Moment(NOW), at=END)
    assert early.value.code == "customer.not_yet"
    with pytest.raises(NotFound) as hidden:
        between(staff("far", "teller", org=branch("1200")), number, Moment(NOW), Moment(LATER), at=END)
    assert hidden.value.code == "customer.unknown"


@pytest.mark.parametrize(
    ("filters", "facets_told"),
    [
        ({"field": "number", "actor": "wang"}, {"phone"}),
        ({"field": "detail", "facet": "phone"}, set()),
        ({"actor": "wang"}, {"phone", "email", "address"}),
        ({"actor": "wang", "source": "core_customer"}, {"phone", "email"}),
        ({"field": "status", "actor": "wang"}, {"email", "address"}),
        ({"until": "1990-01-01"}, set()),
        ({"since": "2200-01-01"}, set()),
        ({"request": "none"}, set()),
    ],
)
def test_history_is_filtered_by_field_person_source_and_day(
    reader: Actor, customer: int, filters: dict[str, str], facets_told: set[str]
) -> None:
    found = history(reader, customer_no(customer), at=END, filters=filters)
    assert {row["facet"] for row in found.rows} == facets_told


def test_a_history_filtered_by_field_is_paged(reader: Actor, customer: int) -> None:
    whole = history(reader, customer_no(customer), at=END, filters={"field": "number"}).rows
    first = history(reader, customer_no(customer), at=END, size=1, filters={"field": "number"})
    assert first.next == 1
    second = history(reader, customer_no(customer), at=END, offset=1, size=1, filters={"field": "number"})
    assert [*first.rows, *second.rows] == whole[:2]
