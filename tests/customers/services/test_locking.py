"""Writers of one golden customer take their turns; nobody waits for the other in a circle."""

from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection, transaction

from consolidation.services.merging import Grounds, merge
from customers.models import Customer
from customers.services import facets
from customers.services.locking import done_again, lock
from mdm.bulk.apply import apply
from mdm.subjects import Bundle
from tests.factories.customers import bank, person, stamp, store, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.racing import Racer, two_racers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    with database_role("engine"):
        bank()
        yield


def join(*ids: int) -> object:
    desk = everything("desk")
    with transaction.atomic():
        return merge(desk, [Grounds(ids, "M03", "1", 1.0)], stamp(desk))


def changed(key: str) -> Bundle:
    bundle = person(key)
    bundle.facets["email"][0]["address"] = "new@example.com"
    return bundle


def hold(customer_id: int) -> None:
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)


def test_a_load_of_a_member_and_a_teller_at_its_survivor_do_not_wait_in_a_circle() -> None:
    """The load must not hold the member while it waits for the survivor, whose paths it writes too."""
    survivor, member = store([person("A"), person("B")]).customer_ids
    join(survivor, member)
    row = the_row("email", survivor)
    told = {"address": "teller@example.com"}
    with two_racers() as (teller, load):
        teller.do(lambda: hold(survivor))
        running = load.start(lambda: apply([changed("B")], stamp()))
        load.wait_until_held_up()
        teller.do(
            lambda: facets.change(everything("counter"), "email", row.pk, 1, told, reason="told", at=NOW)
        )
        teller.commit()
        running.result(20)
        load.commit()

    assert the_row("email", survivor).address.open() == "teller@example.com"
    assert the_row("email", member).address.open() == "new@example.com"


def test_a_load_of_one_member_holds_up_the_teller_at_another() -> None:
    survivor, one, other = store([person("A"), person("B"), person("C")]).customer_ids
    join(survivor, one, other)
    row = the_row("email", other)
    with two_racers() as (load, teller):
        load.do(lambda: lock([one]))
        running = teller.start(
            lambda: facets.end(everything("counter"), "email", row.pk, 1, reason="told", at=NOW)
        )
        teller.wait_until_held_up()
        load.commit()
        running.result(20)
        teller.commit()

    assert the_row("email", other).status == "ENDED"


def test_who_waited_for_a_merge_has_the_whole_new_family() -> None:
    """Asked for one customer, and for one that came to count for another meanwhile."""
    first_id, second_id, third_id = store([person("A"), person("B"), person("C")]).customer_ids
    with two_racers() as (first, second):
        first.do(lambda: join(first_id, second_id, third_id))
        running = second.start(lambda: lock([second_id]))
        second.wait_until_held_up()
        first.commit()
        locked = running.result(20)
        second.commit()

    assert set(locked) == {first_id, second_id, third_id}
    assert locked[second_id].golden_id == first_id


def test_locks_of_a_family_that_grew_are_taken_in_order_again() -> None:
    """While it waits for the one with the lowest id, whoever came to lock must not hold the others."""
    lowest, member = store([person("A"), person("B")]).customer_ids
    with two_racers() as (first, second):
        first.do(lambda: hold(member))
        running = second.start(lambda: lock([member]))
        second.wait_until_held_up()
        first.do(lambda: join(lowest, member))
        first.commit()
        assert set(running.result(20)) == {lowest, member}
        second.commit()


def writer(customer_id: int, other: Racer, tries: list[str]) -> None:
    """A transaction that reads, and on its first try is overtaken before it writes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tries.append(Customer.objects.get(pk=customer_id).segment)
        if len(tries) == 1:
            other.do(lambda: Customer.objects.filter(pk=customer_id).update(segment="FIRST"))
            other.commit()
        Customer.objects.filter(pk=customer_id).update(segment="SECOND")


def test_what_the_database_gives_up_is_done_again() -> None:
    (customer_id,) = store([person("A")]).customer_ids
    tries: list[str] = []
    with two_racers() as (other, _):
        done_again(writer)(customer_id, other, tries)

    assert tries == ["", "FIRST"]
    assert Customer.objects.get(pk=customer_id).segment == "SECOND"


def test_but_not_what_fails_otherwise() -> None:
    tries = []

    @done_again
    def wrong() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1/0)")

    with pytest.raises(Exception, match="division by zero"):
        wrong()
    assert len(tries) == 1


def inside(work: Callable[[], None]) -> None:
    """Do something in a transaction that has begun already."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        work()


def test_nor_inside_the_transaction_of_a_caller() -> None:
    (customer_id,) = store([person("A")]).customer_ids
    tries: list[str] = []
    with two_racers() as (other, _), pytest.raises(OperationalError):
        inside(lambda: done_again(writer)(customer_id, other, tries))
    assert tries == [""]
