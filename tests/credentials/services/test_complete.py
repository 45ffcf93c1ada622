"""Elements against money laundering: missing beyond the grace they restrict new business; told, they free at once."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils.translation import override

from credentials.services import complete
from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.panorama import panorama
from customers.services import facets
from customers.services.restrictions import restrict
from mdm.bulk.apply import apply
from mdm.conf import conf
from mdm.history.models import Status
from mdm.jobs import run as run_job
from mdm.run_control import carry_out, create_run
from mdm.runs import JobRun, RunState
from mdm.subjects import Bundle
from security.access.actor import system_actor
from security.models import OperationLog
from tests.credentials.services.test_integrity import whole
from tests.factories.customers import past_of, rows_of, stamp, store, stored, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)
GRACE = timedelta(days=conf.aml_grace_days)
OVER = DAY + GRACE + timedelta(days=1)
WHY = "customer came to the counter"


def night(day: date = DAY) -> dict[str, int]:
    """One night; what it counted, without zeros."""
    with database_role("engine"):
        actor = system_actor("job", complete.RIGHTS, channel="BATCH")
        done = run_job(complete.JOB, actor, day, morning(day), {})
    assert done.state == RunState.SUCCEEDED
    return {name: count for name, count in done.counts.items() if count}


def morning(day: date) -> datetime:
    return NOW + (day - NOW.date())


def lacking(party: str = "PERSON", key: str = "L-1") -> Bundle:
    """A customer at whom one element is missing."""
    bundle = whole(party)
    bundle.source_key = key
    bundle.facets["restriction"] = []
    if party == "PERSON":
        bundle.facets["person_profile"][0].pop("occupation")
    else:
        bundle.facets["organisation_profile"][0].pop("business_scope")
    return bundle


def held(customer_id: int) -> list[Any]:
    return [row for row in rows_of("restriction", customer_id) if row.kind == complete.KIND]


def told(customer_id: int) -> list[Any]:
    return [row for row in rows_of("customer_event", customer_id) if row.kind == complete.KIND]


def duty(customer_id: int) -> list[tuple[str, str | None]]:
    with override("en"):
        body = panorama(everything(), customer_no(customer_id), at=morning(DAY))
    return [(one["text"], one["due"]) for one in body["obligations"] if one["code"] == "aml.missing"]


def completed(customer_id: int, day: date) -> None:
    """Somebody tells what is missing, at a screen."""
    facet, field, value = "person_profile", "occupation", "2"
    if not rows_of(facet, customer_id):
        facet, field, value = "organisation_profile", "business_scope", "软件开发"
    row = the_row(facet, customer_id)
    facets.change(everything(), facet, row.pk, row.version, {field: value}, reason=WHY, at=morning(day))


@pytest.mark.parametrize(
    ("party", "name"), [("PERSON", "Occupation"), ("CORPORATE", "Business scope")], ids=["person", "company"]
)
def test_told_first_restricted_after_the_grace_freed_at_once(bank: None, party: str, name: str) -> None:
    customer = stored(lacking(party))
    assert duty(customer) == [(f"Anti-money-laundering elements are missing: {name}", None)]

    assert night() == {"events": 1}
    (event,) = told(customer)
    assert (event.happened_on, event.follow_up_on) == (DAY, DAY + GRACE)
    assert duty(customer)[0][1] == (DAY + GRACE).isoformat()
    assert night(DAY + GRACE) == {}, "the last day of the grace"
    assert held(customer) == []
    assert night(OVER) == {"restricted": 1}
    (row,) = held(customer)
    assert (row.extent, row.begun_on, row.source_system, row.status) == (
        "NEW_BUSINESS",
        OVER,
        "control",
        Status.ACTIVE,
    )
    assert the_row("customer", customer).lifecycle_status == "ACTIVE", "what there is goes on"
    assert night(OVER + timedelta(days=1)) == {}

    completed(customer, OVER + timedelta(days=2))

    (row,) = held(customer)
    assert (row.status, row.lifted_on) == (Status.ENDED, OVER + timedelta(days=2))
    assert [one.history_change_reason for one in past_of(row)] == [complete.REASON, WHY]
    assert [one.status for one in told(customer)] == [Status.ENDED]
    assert duty(customer) == []
    actions = OperationLog.objects.filter(customer_id=customer, subject="restriction").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["restriction.impose", "restriction.lift"]
    assert night(OVER + timedelta(days=3)) == {}


def test_who_tells_it_within_the_grace_is_never_restricted_and_has_a_new_one_next_time(bank: None) -> None:
    customer = stored(lacking())
    night()
    completed(customer, DAY + timedelta(days=5))
    assert night(OVER) == {}
    row = the_row("person_profile", customer)
    facets.change(
        everything(),
        "person_profile",
        row.pk,
        row.version,
        {"occupation": ""},
        reason=WHY,
        at=morning(OVER),
    )
    later = OVER + timedelta(days=1)
    assert night(later) == {"events": 1}
    assert [(one.status, one.follow_up_on) for one in told(customer)] == [
        (Status.ENDED, DAY + GRACE),
        (Status.ACTIVE, later + GRACE),
    ]
    assert held(customer) == []


def test_a_delivery_that_completes_a_customer_frees_it(bank: None) -> None:
    bundle = lacking()
    customer = stored(bundle)
    night()
    night(OVER)
    bundle.facets["person_profile"][0]["occupation"] = "2"

    with database_role("engine"):
        apply([bundle], stamp(at=morning(OVER)))

    assert [row.status for row in held(customer)] == [Status.ENDED]
    assert [row.status for row in told(customer)] == [Status.ENDED]


def test_only_a_living_relation_is_held_and_only_by_what_the_clock_imposed(bank: None) -> None:
    """A prospect has no business; whom people restricted for the same, the clock does not free."""
    prospect, held_by_hand, closed = lacking(key="L-1"), lacking(key="L-2"), lacking(key="L-3")
    prospect.facets["customer"][0]["lifecycle_status"] = "POTENTIAL"
    by_hand = {"slot": "R", "kind": complete.KIND, "extent": "NEW_BUSINESS", "begun_on": DAY}
    held_by_hand.facets["restriction"] = [by_hand]
    ids = store([prospect, held_by_hand, closed]).customer_ids
    assert night() == {"events": 2}
    assert night(OVER) == {"restricted": 2}
    completed(ids[1], OVER)
    assert sorted(row.status for row in held(ids[1])) == [Status.ACTIVE, Status.ENDED]
    with database_role("engine"):
        Customer.objects.filter(pk=ids[2]).update(lifecycle_status="CLOSED")
    assert night(OVER + timedelta(days=1)) == {"lifted": 1}
    assert (told(ids[0]), held(ids[0])) == ([], [])


def test_a_lifting_frees_nobody_whom_another_restriction_holds(bank: None) -> None:
    customer = stored(lacking())
    night()
    night(OVER)
    with database_role("engine"):
        restrict(Customer.objects.get(pk=customer), "INTERNAL", stamp(at=morning(OVER)))
    completed(customer, OVER)
    assert the_row("customer", customer).lifecycle_status == "RESTRICTED"


def test_a_night_that_was_killed_is_taken_up_again(bank: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = store([lacking(key=f"L-{place}") for place in range(5)]).customer_ids
    monkeypatch.setattr(complete, "CHUNK", 2)
    turned, nights = complete._turned, []

    def dies(*told: Any) -> Any:
        nights.append(told)
        if len(nights) == 2:
            raise MemoryError
        return turned(*told)

    monkeypatch.setattr(complete, "_turned", dies)
    with database_role("engine"):
        actor = system_actor("job", complete.RIGHTS, channel="BATCH")
        run = create_run(actor, complete.JOB, {}, business_date=DAY, at=NOW, key="x")
        with pytest.raises(MemoryError):
            carry_out(run.pk, partial(complete.work, actor, at=NOW))
        carry_out(run.pk, partial(complete.work, actor, at=NOW))
        assert JobRun.objects.get(pk=run.pk).counts["events"] == 5
    assert [len(told(pk)) for pk in ids] == [1] * 5
