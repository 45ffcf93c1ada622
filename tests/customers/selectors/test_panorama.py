"""The panorama: all of one customer and its members, masked for who asks; and its history."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from consolidation.services.merging import Grounds, merge
from customers.models import Customer
from customers.selectors.customer import get, list_customers
from customers.selectors.history import history, row_history
from customers.selectors.panorama import panorama
from customers.services import facets
from mdm.bulk.tables import own_fields
from mdm.display import sensitive
from mdm.errors import Invalid, NotAllowed, NotFound
from mdm.subjects import registry
from security.access.actor import Actor, system_actor
from security.models import OperationLog
from tests.factories.customers import company, person, stamp, store, stored, the_row
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
PLANNING = ["enable_sort", "max_parallel_workers_per_gather"]
LATER = NOW + timedelta(days=1)
CLEAR = ("欧阳知远", "11010519491231002X", "13912345670", "65551234", "zhiyuan@", "9号院", "1949-12-31")


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def rows(shown: dict[str, Any], facet: str) -> list[dict[str, Any]]:
    """The rows of one facet of a panorama."""
    found = [f for subject in shown["subjects"] for f in subject["facets"] if f["name"] == facet]
    return list(found[0]["rows"])


@pytest.fixture
def merged(bank: None) -> list[int]:
    """Two records of one person: same name and document, one telephone of each and one of both."""
    other = person("B")
    other.facets["customer"][0] |= {"opened_on": date(2012, 1, 1)}
    other.facets["phone"] = [
        {"slot": "MOBILE", "kind": "MOBILE", "number": "+8613912345670", "is_primary": False},
        {"slot": "WORK_TEL", "kind": "WORK_TEL", "number": "+861082345678", "is_primary": True},
    ]
    other.facets["person_profile"] = [{"education": "20", "birth_date": date(1949, 12, 31)}]
    ids = store([person("A"), other]).customer_ids
    with database_role("engine"):
        merge(everything(), [Grounds(tuple(ids), "M01", "1", 1.0)], stamp(everything()))
    survivor = Customer.objects
    with database_role("engine"):
        golden = survivor.get(members__len=1).pk
    return [golden, next(pk for pk in ids if pk != golden)]


def test_everything_that_was_told_is_shown(teller: Actor, bank: None) -> None:
    shown = panorama(teller, number(stored(person())), at=NOW)

    assert [subject["number"] for subject in shown["subjects"]] == [s.number for s in registry.subjects]
    assert len(rows(shown, "phone")) == 2
    (card,) = rows(shown, "credential")
    assert [(source["system"], source["key"]) for source in card["sources"]] == [("core_customer", "P-1")]
    assert card["values"]["type"]["value"] == "P01"
    assert shown["org"]["code"] == "1100"
    assert (shown["redirected_from"], shown["members"], shown["opened_on"]) == (None, [], "2015-05-20")


@pytest.mark.parametrize("profile", ["standard", "strict"])
def test_nothing_sensitive_is_shown_in_clear(bank: None, profile: str) -> None:
    customer_id = stored(person())
    actor = staff("x", {"standard": "teller", "strict": "auditor"}[profile], org=branch("1000"))
    assert actor.mask_profile == profile

    for shown in (
        panorama(actor, number(customer_id), at=NOW),
        history(actor, number(customer_id), at=NOW).rows,
        row_history(actor, "phone", the_row("phone", customer_id, "MOBILE").pk, at=NOW),
    ):
        for clear in CLEAR:
            assert clear not in str(shown), clear


def test_every_sensitive_field_says_that_it_is(teller: Actor, bank: None) -> None:
    shown = panorama(teller, number(stored(person())), at=NOW)

    told = {
        f["name"]: {field["name"]: field["sensitive"] for field in f["fields"]}
        for s in shown["subjects"]
        for f in s["facets"]
    }
    assert told == {
        facet.name: {f.attname: sensitive(facet.model, f) for f in own_fields(facet.model)}
        for facet in registry.facets()
    }


def test_labels_are_in_the_readers_language(teller: Actor, bank: None) -> None:
    customer_id = stored(person())
    for language, label in (("zh-hans", "个人"), ("en", "Person")):
        with translation.override(language):
            assert label in panorama(teller, number(customer_id), at=NOW)["party_type"]["label"]


def test_the_rows_of_all_members_are_gathered(teller: Actor, merged: list[int]) -> None:
    golden, gone = merged

    shown = panorama(teller, number(golden), at=NOW)

    assert shown["members"] == [number(gone)]
    phones = rows(shown, "phone")
    assert len(phones) == 3
    both = next(row for row in phones if len(row["sources"]) == 2)
    assert {source["key"] for source in both["sources"]} == {"A", "B"}
    (profile,) = rows(shown, "person_profile")
    assert (profile["values"]["sex"]["value"], profile["values"]["education"]["value"]) == ("F", "20")
    assert shown["opened_on"] == "2012-01-01", "the earliest day holds"


def test_a_merged_number_answers_with_its_survivor(teller: Actor, merged: list[int]) -> None:
    golden, gone = merged

    shown = panorama(teller, number(gone), at=NOW)
    view = get(teller, number(gone), at=NOW)

    assert (shown["customer_no"], shown["redirected_from"]) == (number(golden), number(gone))
    assert (view.golden_id, view.redirected_from, view.member_ids) == (golden, number(gone), [golden, gone])
    whole = {name: value for name, value in shown.items() if name != "redirected_from"}
    direct = panorama(teller, number(golden), at=NOW)
    assert whole == {name: value for name, value in direct.items() if name != "redirected_from"}


def test_a_list_shows_golden_customers_only(teller: Actor, merged: list[int]) -> None:
    assert [row.pk for row in list_customers(teller, at=NOW).rows] == [merged[0]]


def test_of_another_branch_a_list_shows_who_has_a_record_here(teller: Actor, bank: None) -> None:
    there = [person(key) for key in ("A", "C")]
    for bundle in there:
        bundle.facets["customer"][0]["org"] = "1200"
    golden, _alone, gone = store([*there, person("B")]).customer_ids
    with database_role("engine"):
        merge(everything(), [Grounds((golden, gone), "M01", "1", 1.0)], stamp(everything()))

    assert [r.pk for r in list_customers(teller, at=NOW, filters={"org": "1200"}).rows] == [golden]
    assert list_customers(teller, at=NOW, filters={"org": "1000"}).rows == []


def test_a_list_is_narrowed_by_what_it_offers_and_by_nothing_else(teller: Actor, bank: None) -> None:
    one, firm = stored(person()), stored(company())

    assert [r.pk for r in list_customers(teller, at=NOW, filters={"party_type": "CORPORATE"}).rows] == [firm]
    assert {r.pk for r in list_customers(teller, at=NOW, filters={"org": "1100"}).rows} == {one, firm}
    assert list_customers(teller, at=NOW, filters={"org": "1200"}).rows == []
    for name in ("name_tokens", "org__users__password__startswith", "golden"):
        with pytest.raises(Invalid, match=r"filter\.unknown"):
            list_customers(teller, at=NOW, filters={name: "x"})


def test_pages_follow_each_other_without_gaps(teller: Actor, bank: None) -> None:
    ids = store([person(f"P-{n}") for n in range(7)]).customer_ids

    first = list_customers(teller, at=NOW, size=3)
    second = list_customers(teller, at=NOW, size=3, after=first.next)
    third = list_customers(teller, at=NOW, size=3, after=second.next)

    assert [row.pk for page in (first, second, third) for row in page.rows] == ids[::-1]
    assert third.next is None


def test_a_page_leaves_the_planner_as_it_was(teller: Actor, bank: None) -> None:
    stored(person())

    list_customers(teller, at=NOW, filters={"org": "1100"})

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_settings WHERE name = ANY(%s) AND setting <> reset_val", [PLANNING]
        )
        assert cursor.fetchone() == (0,)


def test_what_must_be_done_is_told_with_its_day(teller: Actor, bank: None) -> None:
    bundle = person()
    bundle.facets["credential"][0]["expiry_date"] = NOW.date() + timedelta(days=30)
    expired = {
        "slot": "P04",
        "type": "P04",
        "number": "E12345678",
        "expiry_date": NOW.date() - timedelta(days=1),
    }
    for_ever = {"slot": "P05", "type": "P05", "number": "军字第1234567号", "expiry_date": date(9999, 12, 31)}
    bundle.facets["credential"] += [expired, for_ever]

    due = panorama(teller, number(stored(bundle)), at=NOW)["obligations"]

    assert [(entry["code"], entry["due"]) for entry in due] == [
        ("credential.expiring", "2026-04-01"),
        ("credential.expired", "2026-03-01"),
        ("aml.missing", None),
        ("tax.missing", None),
    ]
    bare = panorama(teller, number(stored(person("N", credential=[]))), at=NOW)
    assert bare["obligations"][0]["code"] == "credential.missing"


def test_doubts_lower_the_score(teller: Actor, bank: None) -> None:
    sound = panorama(teller, number(stored(person())), at=NOW)["quality"]
    assert sound == {"score": 100, "issues": []}
    doubtful = person("D")
    doubtful.facets["email"][0]["address"] = "nonsense"
    customer_id = stored(doubtful)
    row = the_row("email", customer_id)
    facets.change(everything(), "email", row.pk, 1, {"address": "nonsense2"}, reason="told", at=NOW)

    quality = panorama(teller, number(customer_id), at=NOW)["quality"]

    assert quality["score"] < 100
    assert ("V17", "email", "address") in {(i["rule"], i["facet"], i["field"]) for i in quality["issues"]}
    assert all(issue["text"] for issue in quality["issues"])


def test_who_may_not_see_history_sees_no_changes(bank: None) -> None:
    customer_id = stored(person())
    manager = staff("rm", "relationship_manager", org=branch("1100"))

    assert panorama(manager, number(customer_id), at=NOW)["recent_changes"] == []
    with pytest.raises(NotAllowed):
        history(manager, number(customer_id), at=NOW)
    with pytest.raises(NotAllowed):
        row_history(manager, "phone", the_row("phone", customer_id, "MOBILE").pk, at=NOW)


@pytest.mark.usefixtures("contacts_alone")
def test_history_tells_who_what_when_why_and_through_which_door(teller: Actor, bank: None) -> None:
    customer_id = stored(person(), stamp(reason="first load"))
    phone = the_row("phone", customer_id, "MOBILE")
    facets.change(
        teller, "phone", phone.pk, 1, {"number": "13912345679"}, reason="told at the desk", at=LATER
    )

    newest, *others = history(teller, number(customer_id), at=LATER).rows

    assert (newest["at"], newest["actor"], newest["channel"]) == (LATER.isoformat(), "teller", "COUNTER")
    assert (newest["facet"], newest["row_id"], newest["type"]) == ("phone", phone.pk, "~")
    assert newest["reason"] == "told at the desk"
    (change,) = newest["changes"]
    assert (change["field"], change["old"] != change["new"]) == ("number", True)
    assert {entry["type"] for entry in others} == {"+"}
    assert {entry["reason"] for entry in others} == {"first load"}
    one = row_history(teller, "phone", phone.pk, at=LATER)
    assert [entry["version"] for entry in one] == [2, 1]


def test_history_of_members_is_the_survivors(teller: Actor, merged: list[int]) -> None:
    golden, gone = merged

    told = history(teller, number(golden), at=LATER, size=200).rows

    merges = [entry for entry in told if entry["facet"] == "customer" and entry["type"] == "~"]
    assert {entry["row_id"] for entry in merges} == {golden, gone}
    assert {entry["row_id"] for entry in told if entry["facet"] == "customer"} == {golden, gone}
    assert told == history(teller, number(gone), at=LATER, size=200).rows


def test_history_comes_in_pages_and_is_narrowed(teller: Actor, bank: None) -> None:
    customer_id = stored(person())
    everything_told = history(teller, number(customer_id), at=NOW).rows
    size, found, at = 3, [], 0
    while at is not None:
        page = history(teller, number(customer_id), at=NOW, offset=at, size=size)
        found += page.rows
        at = page.next

    assert found == everything_told
    phones = history(teller, number(customer_id), at=NOW, filters={"facet": "phone"}).rows
    assert {entry["facet"] for entry in phones} == {"phone"}
    assert len(phones) == 2
    assert history(teller, number(customer_id), at=NOW, filters={"actor": "nobody"}).rows == []


@pytest.mark.parametrize("role", ["app", "engine"])
def test_history_out_of_scope_is_not_found_whoever_asks_the_database(bank: None, role: Any) -> None:
    customer_id = stored(person())
    stranger = staff("stranger", "teller", org=branch("1200"))
    phone = the_row("phone", customer_id, "MOBILE")

    with database_role(role):
        for attempt in (
            lambda: history(stranger, number(customer_id), at=NOW),
            lambda: row_history(stranger, "phone", phone.pk, at=NOW),
            lambda: panorama(stranger, number(customer_id), at=NOW),
            lambda: get(stranger, number(customer_id), at=NOW),
        ):
            with pytest.raises(NotFound):
                attempt()


@pytest.mark.parametrize("typed", ["", "C", "C12345678901", "13912345670", "C' OR 1=1"])
def test_what_is_no_number_is_not_found(teller: Actor, typed: str) -> None:
    for read in (get, panorama, history):
        with pytest.raises(NotFound, match=r"customer\.unknown"):
            read(teller, typed, at=NOW)


def test_each_read_leaves_one_entry_in_the_operation_log(teller: Actor, bank: None) -> None:
    customer_id = stored(person())
    phone = the_row("phone", customer_id, "MOBILE")
    reads = {
        "customer.read": lambda: get(teller, number(customer_id), at=NOW),
        "customer.panorama": lambda: panorama(teller, number(customer_id), at=NOW),
        "customer.history": lambda: history(teller, number(customer_id), at=NOW),
        "phone.history": lambda: row_history(teller, "phone", phone.pk, at=NOW),
    }
    for action, read in reads.items():
        before = OperationLog.objects.count()
        read()
        (entry,) = OperationLog.objects.order_by("pk")[before:]
        assert (entry.action, entry.actor, entry.customer_id) == (action, "teller", customer_id)


def test_a_read_that_is_refused_leaves_no_entry_of_a_read(bank: None) -> None:
    customer_id = stored(person())

    with pytest.raises(NotAllowed):
        panorama(system_actor("loader", ["load.run"]), number(customer_id), at=NOW)
    assert not OperationLog.objects.filter(action="customer.panorama").exists()


def test_the_rows_of_a_panorama_are_one_statement(
    teller: Actor, merged: list[int], django_assert_max_num_queries: Any
) -> None:
    panorama(teller, number(merged[0]), at=NOW)

    with django_assert_max_num_queries(30) as asked:
        shown = panorama(teller, number(merged[0]), at=NOW)

    assert shown["members"]
    assert len([query for query in asked.captured_queries if '"t"."extension_no"' in query["sql"]]) == 1
