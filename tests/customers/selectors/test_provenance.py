"""Where each value comes from once two records are one: who told it, who verified it and how, why it won, what lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from consolidation.services.merging import Grounds, merge
from customers.models import PersonProfile, Phone
from customers.rules.number import customer_no
from customers.selectors.panorama import panorama
from customers.selectors.provenance import provenance
from mdm.errors import NotFound
from mdm.subjects import registry
from security.access.actor import Actor
from security.models import OperationLog
from tests.customers.admin.conftest import screens_of
from tests.customers.api.conftest import caller
from tests.factories.customers import person, stamp, store
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
BEFORE, LATER = NOW - timedelta(days=9), NOW + timedelta(days=1)


@pytest.fixture
def merged(bank: None) -> tuple[str, str]:
    """Two records of one person. A's profile was verified at the counter, B's is newer and tells more; both tell one
    telephone; B has been a customer for longer."""
    other = person("B")
    other.facets["customer"][0] |= {"opened_on": date(2012, 1, 1)}
    other.facets["person_profile"] = [
        {"sex": "M", "birth_date": date(1949, 12, 31), "nationality": "CHN", "occupation": "2"}
    ]
    first, second = store([person("A"), other]).customer_ids
    with database_role("engine"), transaction.atomic():
        profile = PersonProfile.objects.filter(customer_id=first)
        profile.update(verified_at=BEFORE, verified_by="wang", verified_how="COUNTER")
        PersonProfile.objects.filter(customer_id=second).update(updated_at=LATER, updated_by="li")
        Phone.objects.filter(customer_id=second).update(updated_at=LATER)
        merge(everything("consolidate"), [Grounds((first, second), "M01", "1", 1.0)], stamp())
    return customer_no(first), customer_no(second)


def row_of(told: dict[str, Any], facet: str) -> dict[str, Any]:
    """The first row of a facet of a panorama."""
    found = [f for subject in told["subjects"] for f in subject["facets"] if f["name"] == facet]
    return dict(found[0]["rows"][0])


def test_each_value_of_two_records_says_which_won_and_why(teller: Actor, merged: tuple[str, str]) -> None:
    told = panorama(teller, merged[0], at=NOW)

    profile, own = row_of(told, "person_profile"), row_of(told, "customer")
    values = profile["values"]
    assert [source["key"] for source in profile["sources"]] == ["A", "B"]
    won = {
        name: (values[name]["source"], values[name]["why"]) for name in ("sex", "occupation", "nationality")
    }
    assert won == {"sex": (0, "VERIFIED"), "occupation": (1, "ONLY"), "nationality": (0, "SAME")}
    assert values["sex"]["value"] == "F"
    assert "why" not in values["education"], "nobody tells it"
    first, second = profile["sources"]
    assert (first["customer_no"], first["verified_by"], first["verified_how"]) == (
        merged[0],
        "wang",
        "COUNTER",
    )
    assert first["verified_at"] == BEFORE.isoformat()
    assert (second["customer_no"], second["verified_at"], second["verified_by"]) == (merged[1], None, "")
    assert (second["updated_at"], second["updated_by"]) == (LATER.isoformat(), "li")
    opened = own["values"]["opened_on"]
    told_first = own["sources"][opened["source"]]
    assert (opened["value"], opened["why"], told_first["key"]) == ("2012-01-01", "EARLIEST", "B")


def test_a_row_of_several_says_why_the_best_of_them_is_shown(teller: Actor, merged: tuple[str, str]) -> None:
    phone = row_of(panorama(teller, merged[0], at=NOW), "phone")

    assert [source["key"] for source in phone["sources"]] == ["B", "A"]
    assert (phone["why"], phone["updated_at"]) == ("NEWEST", LATER.isoformat())
    assert all("why" not in value for value in phone["values"].values()), "they say the same"


def test_a_customer_of_one_record_says_it_once(teller: Actor, bank: None) -> None:
    (only,) = store([person()]).customer_ids
    profile = row_of(panorama(teller, customer_no(only), at=NOW), "person_profile")

    assert profile["why"] == "ONLY"
    assert len(profile["sources"]) == 1
    assert all(set(value) == {"value", "text"} for value in profile["values"].values())


def fields_of(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (facet,) = told["facets"]
    return {field["name"]: field for field in facet["rows"][0]["fields"]}


def test_what_lost_is_told_on_demand(teller: Actor, merged: tuple[str, str]) -> None:
    told = provenance(teller, merged[1], "person_profile", at=NOW)
    fields = fields_of(told)

    assert [(one["key"], one["value"]) for one in fields["sex"]["told"]] == [("A", "F"), ("B", "M")]
    assert (fields["sex"]["why"], fields["occupation"]["why"]) == ("VERIFIED", "ONLY")
    assert [one["verified_how"] for one in fields["sex"]["told"]] == ["COUNTER", ""]
    assert "education" not in fields
    logged = OperationLog.objects.get(action="customer.provenance")
    assert (customer_no(logged.customer_id or 0), logged.subject) == (told["customer_no"], "person_profile")


def test_what_the_panorama_shows_is_what_stands_first(teller: Actor, merged: tuple[str, str]) -> None:
    told = panorama(teller, merged[0], at=NOW)
    for name in ("customer", "person_profile", "phone", "credential", "address"):
        shown = row_of(told, name)["values"]
        fields = fields_of(provenance(teller, merged[0], name, at=NOW))
        assert {field: one["told"][0]["text"] for field, one in fields.items()} == {
            field: value["text"] for field, value in shown.items() if value["value"] is not None
        }


def test_nothing_is_shown_in_clear_nor_to_others(merged: tuple[str, str]) -> None:
    auditor = staff("x", "auditor", org=branch("1000"))
    told = str(
        [provenance(auditor, merged[0], name, at=NOW) for name in ("customer_name", "credential", "phone")]
    )
    for clear in ("欧阳知远", "11010519491231002X", "13912345670"):
        assert clear not in told
    with pytest.raises(NotFound, match=r"customer\.unknown"):
        provenance(staff("far", "teller", org=branch("1200", branch("1000"))), merged[0], "phone", at=NOW)
    with pytest.raises(NotFound, match=r"facet\.unknown"):
        provenance(auditor, merged[0], "nothing", at=NOW)


def test_page_and_endpoint_tell_the_same(merged: tuple[str, str]) -> None:
    number = merged[0]
    teller = screens_of("teller9", "1100", "teller")
    shown = teller.get(f"/customer/{number}/")
    assert "core_customer A: verified, the other is not" in shown.text
    assert "/provenance/person_profile/" in shown.html
    page = teller.get(f"/customer/{number}/provenance/person_profile/")
    assert "wang · COUNTER" in page.text
    assert "core_customer B" in page.text
    assert teller.get(f"/customer/{number}/provenance/nothing/").status == 404
    api = caller("reader", "1100", scopes=("customer.view",))
    told = api.get(f"customers/{number}/provenance?facet=person_profile")
    assert fields_of(told.body)["sex"]["why"] == "VERIFIED"
    assert len(api.get(f"customers/{number}/provenance").body["facets"]) == len(list(registry.facets()))
    assert api.get(f"customers/{number}/panorama").status == 200
