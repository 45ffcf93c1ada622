"""Applying bundles: what is created, what changes, what stays as it is, and with which history."""

from datetime import date, timedelta

import pytest

from customers.models import Customer
from mdm.bulk.apply import apply
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.history.models import Status
from mdm.subjects import registry
from tests.factories.customers import (
    DAY,
    another,
    company,
    past_of,
    person,
    rows_of,
    stamp,
    store,
    stored,
    the_row,
)
from tests.factories.security import NOW

pytestmark = pytest.mark.usefixtures("bank")
LATER = NOW + timedelta(days=1)


def _tables() -> dict[str, int]:
    """Rows of every table that a bundle may touch."""
    models = [facet.model for facet in registry.facets()]
    histories = [model.history.model for model in models]  # type: ignore[attr-defined]
    return {
        model._meta.db_table: model._default_manager.count()
        for model in (*models, *histories, LookupEntry, SourceRecord)
    }


def test_a_new_bundle_becomes_one_customer_with_all_its_rows() -> None:
    applied = store([person()])

    (customer_id,) = applied.customer_ids
    assert applied.created == {customer_id}
    assert (applied.updated, applied.unchanged) == (set(), 0)
    customer = the_row("customer", customer_id)
    assert (customer.party_type, customer.org.code, customer.opened_on) == (
        "PERSON",
        "1100",
        date(2015, 5, 20),
    )
    assert customer.org_path == customer.org.path
    assert the_row("customer_name", customer_id).full_name.open() == "欧阳知远"
    assert the_row("credential", customer_id).number.open() == "11010519491231002X"
    assert [row.slot for row in rows_of("phone", customer_id)] == ["MOBILE", "HOME_TEL"]
    assert the_row("person_profile", customer_id).birth_date == date(1949, 12, 31)


def test_every_row_says_where_it_comes_from_and_who_wrote_it() -> None:
    customer_id = stored(person(), stamp(reason="first delivery", run_id=7))

    for facet in registry.facets():
        for row in rows_of(facet.name, customer_id):
            assert (row.source_system, row.source_key) == ("core_customer", "P-1")
            assert (row.created_by, row.updated_by, row.version) == ("system:load", "system:load", 1)
            assert (row.created_at, row.status) == (NOW, Status.ACTIVE)
            (past,) = past_of(row)
            assert (past.history_type, past.history_user_id, past.history_date) == ("+", "system:load", NOW)
            assert past.history_change_reason == "first delivery"
    record = SourceRecord.objects.get(customer_id=customer_id)
    assert (record.source_key, record.business_date, record.run_id, record.version) == ("P-1", DAY, 7, 1)


def test_ids_follow_the_order_of_the_file() -> None:
    applied = store([person(f"P-{number}") for number in range(40)])

    assert applied.customer_ids == sorted(applied.customer_ids)


def test_the_same_bundle_again_writes_nothing() -> None:
    customer_id = stored(person())
    before = _tables()

    applied = store([person()], stamp(at=LATER))

    assert applied.customer_ids == [customer_id]
    assert (applied.created, applied.updated, applied.unchanged) == (set(), set(), 1)
    assert _tables() == before
    assert the_row("customer", customer_id).version == 1


def test_the_order_of_fields_and_blanks_make_no_difference() -> None:
    bundle = person()
    customer_id = stored(bundle)
    shuffled = another(bundle)
    shuffled.facets = {
        name: [
            {"postcode": None, "employer": "", **dict(reversed(row.items()))}
            if name == "person_profile"
            else dict(reversed(row.items()))
            for row in rows
        ]
        for name, rows in reversed(shuffled.facets.items())
    }
    shuffled.facets["person_profile"][0].pop("postcode")

    applied = store([shuffled], stamp(at=LATER))

    assert (applied.customer_ids, applied.unchanged) == ([customer_id], 1)
    assert SourceRecord.objects.get(customer_id=customer_id).version == 1


def test_a_changed_field_changes_its_row_and_no_other() -> None:
    customer_id = stored(person())
    told = person()
    told.facets["phone"][0]["number"] = "+8613912345671"

    applied = store([told], stamp(at=LATER, reason="second delivery"))

    assert applied.updated == {customer_id}
    mobile, home = rows_of("phone", customer_id)
    assert (mobile.number.open(), mobile.version, mobile.updated_at) == ("+8613912345671", 2, LATER)
    assert (home.version, home.updated_at) == (1, NOW)
    assert the_row("customer", customer_id).version == 1
    first, second = past_of(mobile)
    assert (first.number.open(), second.number.open()) == ("+8613912345670", "+8613912345671")
    assert (second.history_type, second.history_change_reason, second.version) == ("~", "second delivery", 2)
    assert SourceRecord.objects.get(customer_id=customer_id).version == 2


def test_creation_columns_survive_a_change() -> None:
    customer_id = stored(person())
    told = person()
    told.facets["person_profile"][0]["employer"] = "北京星辰科技有限公司"

    store([told], stamp(at=LATER))

    row = the_row("person_profile", customer_id)
    assert (row.created_at, row.created_channel) == (NOW, "SYSTEM")
    assert row.updated_at == LATER


@pytest.mark.parametrize(
    ("field", "value"),
    [("staff_count", 0), ("staff_count", 12), ("short_name", "星辰"), ("established_on", date(2001, 2, 3))],
)
def test_a_value_told_for_the_first_time_is_stored(field: str, value: object) -> None:
    customer_id = stored(company())
    told = company()
    told.facets["organisation_profile"][0][field] = value

    applied = store([told], stamp(at=LATER))

    assert applied.updated == {customer_id}
    assert getattr(the_row("organisation_profile", customer_id), field) == value


def test_a_value_told_no_more_is_taken_away() -> None:
    customer_id = stored(person())
    told = person()
    del told.facets["address"][0]["detail"]
    told.facets["address"][0]["postcode"] = None

    store([told], stamp(at=LATER))

    row = the_row("address", customer_id)
    assert (row.detail, row.postcode, row.version) == (None, "", 2)


def test_a_row_told_no_more_is_ended_with_its_business_date() -> None:
    customer_id = stored(person())
    told = person()
    told.facets["phone"] = told.facets["phone"][:1]

    applied = store([told], stamp(at=LATER))

    assert applied.updated == {customer_id}
    _, home = rows_of("phone", customer_id)
    assert (home.status, home.valid_to, home.version) == (Status.ENDED, DAY, 2)
    assert [past.history_type for past in past_of(home)] == ["+", "~"]


def test_an_ended_row_told_again_comes_back_as_the_same_row() -> None:
    customer_id = stored(person())
    short = person()
    short.facets["phone"] = short.facets["phone"][:1]
    store([short], stamp(at=LATER))

    store([person()], stamp(at=LATER + timedelta(days=1)))

    _, home = rows_of("phone", customer_id)
    assert (home.status, home.valid_to, home.version) == (Status.ACTIVE, None, 3)
    assert len(rows_of("phone", customer_id)) == 2


def test_an_ended_row_is_not_ended_again() -> None:
    customer_id = stored(person())
    short = person()
    short.facets["phone"] = short.facets["phone"][:1]
    store([short], stamp(at=LATER))
    short.facets["person_profile"][0]["job_title"] = "工程师"

    store([short], stamp(at=LATER + timedelta(days=1)))

    assert rows_of("phone", customer_id)[1].version == 2


def test_a_new_slot_is_a_new_row() -> None:
    customer_id = stored(person())
    told = person()
    told.facets["phone"].append({"slot": "WORK_TEL", "kind": "WORK_TEL", "number": "+861082345678"})
    told.facets["organisation_profile"] = [{"registered_name": "知远工作室"}]

    applied = store([told], stamp(at=LATER))

    assert applied.updated == {customer_id}
    assert [row.slot for row in rows_of("phone", customer_id)] == ["MOBILE", "HOME_TEL", "WORK_TEL"]
    work = the_row("phone", customer_id, "WORK_TEL")
    assert (work.version, work.created_at) == (1, LATER)
    assert [past.history_type for past in past_of(work)] == ["+"]


def test_rows_of_other_sources_are_left_alone() -> None:
    from customers.services import facets
    from tests.factories.security import everything

    customer_id = stored(person())
    number = Customer.objects.get(pk=customer_id).customer_no
    values = {"kind": "WORK", "address": "ouyang@example.org"}
    row = facets.add(everything("counter"), number, "email", values, reason="customer asked", at=NOW)
    told = person(email=[])

    store([told], stamp(at=LATER))

    assert {r.slot: r.status for r in rows_of("email", customer_id)} == {
        "PERSONAL": Status.ENDED,
        row.slot: Status.ACTIVE,
    }


def test_texts_that_could_not_be_read_are_kept_sealed_and_replaced() -> None:
    bundle = person()
    bundle.facets["person_profile"][0] |= {"birth_date": None, "raw_values": {"birth_date": "19560231"}}
    customer_id = stored(bundle)
    assert the_row("person_profile", customer_id).raw_values.open() == {"birth_date": "19560231"}

    store([person()], stamp(at=LATER))

    row = the_row("person_profile", customer_id)
    assert (row.raw_values, row.birth_date) == (None, date(1949, 12, 31))


def test_a_customer_moves_to_another_branch_with_its_path() -> None:
    customer_id = stored(person())
    told = person()
    told.facets["customer"][0]["org"] = "1210"

    store([told], stamp(at=LATER))

    customer = the_row("customer", customer_id)
    assert (customer.org.code, customer.org_path, customer.version) == ("1210", customer.org.path, 2)


def test_many_rows_take_the_way_of_copy_and_come_out_the_same() -> None:
    few = [stored(person(f"F-{number}")) for number in range(3)]
    many = store([person(f"M-{number}") for number in range(120)]).customer_ids

    def told(customer_id: int) -> list[object]:
        phones = [(row.slot, row.number.open(), row.is_primary) for row in rows_of("phone", customer_id)]
        (address,) = rows_of("address", customer_id)
        return [phones, address.detail.open(), address.city, the_row("customer", customer_id).name_tokens]

    assert told(few[0]) == told(many[0]) == told(many[119])
    assert [len(past_of(row)) for row in rows_of("phone", many[60])] == [1, 1]


def test_many_changes_take_the_way_of_copy_too() -> None:
    ids = store([person(f"M-{number}") for number in range(60)]).customer_ids
    told = [person(f"M-{number}", email=[]) for number in range(60)]

    applied = store(told, stamp(at=LATER))

    assert applied.updated == set(ids)
    assert {the_row("email", customer_id).status for customer_id in ids} == {Status.ENDED}


def test_nothing_applied_is_nothing() -> None:
    assert apply([], stamp()).customer_ids == []


def test_keys_are_told_apart_by_their_system() -> None:
    applied = store([person(), another(person(), source_system="loans")])

    assert len(set(applied.customer_ids)) == 2
