"""Two writers at the same time: nothing is doubled, nothing is lost, nobody waits in a circle."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from consolidation.services.merging import Grounds, merge
from customers.models import Customer
from customers.services import facets
from mdm.bulk.apply import apply
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.subjects import Bundle
from tests.factories.customers import bank, person, rows_of, stamp, store, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    with database_role("engine"):
        bank()
        yield


def changed(mobile: str, **facets: list[dict[str, object]]) -> Bundle:
    told = person(**facets)
    told.facets["phone"][0]["number"] = mobile
    return told


def test_two_loads_of_a_new_key_make_one_customer() -> None:
    with two_racers() as (first, second):
        one = first.do(lambda: apply([person("A"), person("B")], stamp()))
        running = second.start(lambda: apply([person("B"), person("A"), person("C")], stamp(at=LATER)))
        second.wait_until_held_up()
        first.commit()
        two = running.result(20)
        second.commit()

    assert two.customer_ids[:2] == one.customer_ids[::-1]
    assert (len(two.created), two.updated, two.unchanged) == (1, set(), 2)
    assert Customer.objects.count() == SourceRecord.objects.count() == 3
    assert LookupEntry.objects.filter(kind=1).count() == 3


def test_the_second_load_of_a_new_key_changes_what_the_first_brought() -> None:
    with two_racers() as (first, second):
        first.do(lambda: apply([person()], stamp()))
        running = second.start(lambda: apply([changed("+8613912345671")], stamp(at=LATER)))
        second.wait_until_held_up()
        first.commit()
        applied = running.result(20)
        second.commit()

    (customer_id,) = applied.customer_ids
    assert applied.updated == {customer_id}
    row = the_row("phone", customer_id, "MOBILE")
    assert (row.number.open(), row.version) == ("+8613912345671", 2)


def test_the_same_change_by_two_loads_is_made_once() -> None:
    (customer_id,) = store([person()]).customer_ids
    with two_racers() as (first, second):
        first.do(lambda: apply([changed("+8613912345671")], stamp(at=LATER)))
        running = second.start(lambda: apply([changed("+8613912345671")], stamp(at=LATER)))
        second.wait_until_held_up()
        first.commit()
        applied = running.result(20)
        second.commit()

    assert (applied.updated, applied.unchanged) == (set(), 1)
    assert the_row("phone", customer_id, "MOBILE").version == 2


def test_a_load_does_not_overwrite_what_a_teller_writes_meanwhile() -> None:
    (customer_id,) = store([person()]).customer_ids
    teller = everything("counter")
    home = the_row("phone", customer_id, "HOME_TEL")
    with two_racers() as (first, second):
        first.do(
            lambda: facets.change(
                teller, "phone", home.pk, 1, {"number": "01065559999"}, reason="moved", at=NOW
            )
        )
        running = second.start(lambda: apply([changed("+8613912345671")], stamp(at=LATER)))
        second.wait_until_held_up()
        first.commit()
        running.result(20)
        second.commit()

    numbers = {row.slot: (row.number.open(), row.version) for row in rows_of("phone", customer_id)}
    assert numbers["MOBILE"] == ("+8613912345671", 2)
    assert numbers["HOME_TEL"] == ("+861065559999", 2), "the source told nothing new of this row"


def test_a_teller_learns_of_the_load_that_was_faster() -> None:
    from mdm.errors import Stale

    (customer_id,) = store([person()]).customer_ids
    mobile = the_row("phone", customer_id, "MOBILE")
    teller = everything("counter")

    def write() -> object:
        return facets.change(teller, "phone", mobile.pk, 1, {"number": "13912345679"}, reason="new", at=NOW)

    with two_racers() as (first, second):
        first.do(lambda: apply([changed("+8613912345671")], stamp(at=LATER)))
        running = second.start(write)
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(Stale):
            running.result(20)

    assert the_row("phone", customer_id, "MOBILE").number.open() == "+8613912345671"


def test_two_tellers_cannot_both_change_one_version() -> None:
    from mdm.errors import Stale

    (customer_id,) = store([person()]).customer_ids
    row = the_row("email", customer_id)

    def write(address: str) -> object:
        return facets.change(
            everything("counter"), "email", row.pk, 1, {"address": address}, reason="told", at=NOW
        )

    with two_racers() as (first, second):
        first.do(lambda: write("a@example.com"))
        running = second.start(lambda: write("b@example.com"))
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(Stale):
            running.result(20)

    assert the_row("email", customer_id).address.open() == "a@example.com"


def test_loads_in_opposite_order_do_not_wait_in_a_circle() -> None:
    ids = store([person("A"), person("B")]).customer_ids

    def told(key: str, mobile: str) -> Bundle:
        bundle = changed(mobile)
        bundle.source_key = key
        return bundle

    forward = [told("A", "+8613912345671"), told("B", "+8613912345671")]
    backward = [told("B", "+8613912345672"), told("A", "+8613912345672")]
    with two_racers() as (first, second):
        first.do(lambda: apply(forward, stamp(at=LATER)))
        running = second.start(lambda: apply(backward, stamp(at=LATER)))
        second.wait_until_held_up()
        first.commit()
        running.result(20)
        second.commit()

    assert {the_row("phone", pk, "MOBILE").number.open() for pk in ids} == {"+8613912345672"}


def test_a_merge_waits_for_a_change_of_a_member() -> None:
    ids = store([person("A"), person("B")]).customer_ids
    row = the_row("email", ids[1])
    grounds = [Grounds(tuple(ids), "M03", "1", 1.0)]
    with two_racers() as (first, second):
        first.do(
            lambda: facets.change(
                everything("counter"),
                "email",
                row.pk,
                1,
                {"address": "new@example.com"},
                reason="told",
                at=NOW,
            )
        )
        running = second.start(
            lambda: merge(everything("desk"), grounds, stamp(everything("desk"), at=LATER))
        )
        second.wait_until_held_up()
        first.commit()
        running.result(20)
        second.commit()

    assert Customer.objects.get(pk=ids[1]).golden_id == ids[0]
    assert the_row("email", ids[1]).address.open() == "new@example.com"


def test_two_merges_of_one_customer_leave_one_golden_record() -> None:
    ids = store([person("A"), person("B"), person("C")]).customer_ids

    def join(*members: int) -> object:
        return merge(
            everything("desk"), [Grounds(members, "M03", "1", 1.0)], stamp(everything("desk"), at=LATER)
        )

    with two_racers() as (first, second):
        first.do(lambda: join(ids[0], ids[1]))
        running = second.start(lambda: join(ids[1], ids[2]))
        second.wait_until_held_up()
        first.commit()
        running.result(20)
        second.commit()

    golden = {c.pk: c.golden_id for c in Customer.objects.all()}
    assert golden == {ids[0]: None, ids[1]: ids[0], ids[2]: ids[0]}
    assert Customer.objects.get(pk=ids[0]).members == ids[1:]
