"""A load that is still writing when a consolidation begins must not be passed over by this run and the next."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from consolidation.models import Signature
from consolidation.models.signature import moment_of_reading
from consolidation.selectors.signatures import changed_since
from consolidation.services.matching import consolidate
from customers.models import Customer
from mdm.bulk.apply import apply
from tests.factories.customers import DAY, bank, person, stamp, store
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    with database_role("engine"):
        bank()
        yield


def test_the_moment_of_reading_waits_for_who_writes_and_nobody_else() -> None:
    with two_racers() as (writer, reader):
        (customer_id,) = writer.do(lambda: apply([person("A")], stamp())).customer_ids
        reading = reader.start(moment_of_reading)
        reader.wait_until_held_up()
        writer.commit()
        until = reading.result(20)
        reader.commit()

    assert Signature.objects.get(pk=customer_id).changed_at < until
    assert changed_since(until) == []
    store([person("B")])
    assert len(changed_since(until)) == 1


def test_what_was_written_slowly_is_merged_by_the_run_that_waited_for_it() -> None:
    desk = everything("desk")
    store([person("A")])
    consolidate(desk, business_date=DAY, full=True, at=NOW)
    later = NOW + timedelta(days=1)

    with two_racers() as (writer, reader):
        writer.do(lambda: apply([person("B")], stamp()))
        running = reader.start(
            lambda: consolidate(desk, business_date=DAY + timedelta(days=1), full=False, at=later)
        )
        reader.wait_until_held_up()
        writer.commit()
        done = running.result(20)
        reader.commit()

    assert done.merged == 1
    assert Customer.objects.exclude(golden=None).count() == 1
