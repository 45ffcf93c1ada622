"""The clock of documents: states, events, restrictions and lifting; twice is once, killed is taken up again."""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from credentials.rules.lifecycle import MOVES
from credentials.services import clock, replacing, verifying
from credentials.services.verifying import Check
from customers.models import Customer
from customers.rules.number import customer_no
from customers.services import facets
from mdm import codes
from mdm.conf import conf
from mdm.history.models import Status
from mdm.jobs import run as run_job
from mdm.run_control import carry_out, create_run
from mdm.runs import JobRun, RunState
from security.access.actor import Actor, system_actor
from security.models import OperationLog
from tests.factories.credentials import AHEAD, document, fresh, holder
from tests.factories.customers import rows_of, store, stored
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)
GRACE = conf.credential_grace_days
#: The clock's own counts of a run that finds nothing to do.
NOTHING: dict[str, int] = {}


def turn(day: date = DAY, at: datetime | None = None) -> dict[str, int]:
    """One night; what it counted, without zeros."""
    with database_role("engine"):
        actor = system_actor("job", clock.RIGHTS, channel="BATCH")
        done = run_job(clock.JOB, actor, day, at or NOW + timedelta(days=90), {})
    assert done.state == RunState.SUCCEEDED
    return {name: count for name, count in done.counts.items() if count}


def ended(days: int) -> date:
    """A day so many days before DAY."""
    return DAY - timedelta(days=days)


def status_of(customer_id: int) -> str:
    with database_role("engine"):
        return Customer.objects.get(pk=customer_id).lifecycle_status


def restrictions(customer_id: int) -> list[Any]:
    return [row for row in rows_of("restriction", customer_id) if row.kind == "EXPIRED_ID"]


def events(customer_id: int) -> Counter[str]:
    return Counter(row.kind for row in rows_of("customer_event", customer_id) if row.kind.startswith("ID_"))


#: Days after the end of a document -> where the clock brings one that it moves.
CLOCK = {-400: "VERIFIED", -90: "EXPIRING", 0: "EXPIRING", 1: "GRACE", GRACE: "GRACE", GRACE + 1: "EXPIRED"}


def by_clock(state: str) -> set[str]:
    """The states that the clock's moves of the table lead to, one after another, from a state."""
    found = {state}
    for _move in MOVES:
        found |= {move.target for move in MOVES if move.source in found and move.trigger == "clock"}
    return found


def test_the_clock_moves_every_state_as_the_table_says(bank: None) -> None:
    """A document that has ended does not come back because its date says so."""
    cases = [(state, days) for state in sorted(codes.get("credential_state").known) for days in CLOCK]
    bundles = [holder(key=f"{s}-{d}", state=s, expiry_date=ended(d)) for s, d in cases]
    rows = [rows_of("credential", pk)[0] for pk in store(bundles).customer_ids]

    turn()

    for (state, days), row in zip(cases, rows, strict=True):
        stays = CLOCK[days] not in by_clock(state) or (state in ("EXPIRED", "GRACE") and days <= 0)
        assert fresh(row).lifecycle_state == (state if stays else CLOCK[days]), (state, days)


@pytest.mark.parametrize("party", ["PERSON", "CORPORATE"])
@pytest.mark.parametrize(
    ("days", "state", "event", "restricted"),
    [
        (-400, "VERIFIED", None, False),
        (-90, "EXPIRING", "ID_EXPIRING", False),
        (0, "EXPIRING", "ID_EXPIRING", False),
        (1, "GRACE", "ID_EXPIRED", False),
        (GRACE, "GRACE", "ID_EXPIRED", False),
        (GRACE + 1, "EXPIRED", "ID_EXPIRED", True),
    ],
)
def test_a_night(bank: None, party: str, days: int, state: str, event: str | None, restricted: bool) -> None:
    row = document(party, state="VERIFIED", expiry_date=ended(days))

    turn()

    assert fresh(row).lifecycle_state == state
    assert events(row.customer_id) == (Counter([event]) if event else Counter())
    assert len(restrictions(row.customer_id)) == restricted
    assert status_of(row.customer_id) == ("RESTRICTED" if restricted else "ACTIVE")


def test_twice_is_once(bank: None) -> None:
    row = document(state="VERIFIED", expiry_date=ended(GRACE + 5))

    assert turn() == {"events": 1, "expired": 1, "restricted": 1}
    before = [fresh(row).version, len(restrictions(row.customer_id)), OperationLog.objects.count()]
    assert turn() == NOTHING
    after = [fresh(row).version, len(restrictions(row.customer_id)), OperationLog.objects.count()]
    assert after == before


def test_every_band_tells_the_branch_once(bank: None) -> None:
    row = document(state="VERIFIED", expiry_date=DAY)
    for day in (ended(89), ended(88), ended(60), ended(45), ended(30), ended(1)):
        turn(day)
    assert events(row.customer_id) == Counter({"ID_EXPIRING": 3})
    last = [one for one in rows_of("customer_event", row.customer_id) if one.kind == "ID_EXPIRING"][-1]
    assert last.follow_up_on == DAY


def test_a_document_loaded_long_expired_restricts_though_nobody_ever_checked_it(bank: None) -> None:
    row = document(state="PENDING_VERIFY", expiry_date=date(2019, 5, 1))
    turn()
    assert fresh(row).lifecycle_state == "PENDING_VERIFY"
    assert status_of(row.customer_id) == "RESTRICTED"


def test_who_has_another_main_document_in_time_is_not_restricted(bank: None) -> None:
    passport = {"slot": "P11", "type": "P11", "number": "E12345678", "is_primary": True, "expiry_date": AHEAD}
    row = document("PERSON", passport, state="VERIFIED", expiry_date=ended(GRACE + 1))
    turn()
    assert restrictions(row.customer_id) == []


def test_a_new_document_lifts_the_restriction_at_once(teller: Actor) -> None:
    row = document(state="VERIFIED", expiry_date=ended(GRACE + 1))
    turn()
    at = NOW + timedelta(days=95)
    old = fresh(row)
    new = replacing.replace(
        teller, old.pk, old.version, "RENEWED", {"expiry_date": AHEAD}, reason="renewed", at=at
    )
    verifying.verify(teller, new.pk, 1, Check("NETWORK_CHECK", "CONSISTENT"), reason="checked", at=at)

    (held,) = restrictions(row.customer_id)
    assert (held.status, held.lifted_by, held.lifted_on) == (Status.ENDED, "teller", at.date())
    assert status_of(row.customer_id) == "ACTIVE"
    assert turn() == NOTHING


def test_another_restriction_keeps_the_customer_restricted(teller: Actor) -> None:
    judicial = [{"slot": "J", "kind": "JUDICIAL", "extent": "ALL", "begun_on": DAY}]
    bundle = holder(state="VERIFIED", expiry_date=ended(GRACE + 1))
    bundle.facets["restriction"] = judicial
    customer = stored(bundle)
    turn()
    with database_role("engine"):
        row = rows_of("credential", customer)[0]
        type(row).objects.filter(pk=row.pk).update(expiry_date=AHEAD)
    assert turn() == {"lifted": 1}
    assert status_of(customer) == "RESTRICTED"
    assert [row.status for row in rows_of("restriction", customer) if row.kind == "JUDICIAL"] == [
        Status.ACTIVE
    ]


def test_what_people_imposed_until_a_day_ends_after_it(bank: None) -> None:
    order = {"extent": "ALL", "begun_on": ended(400)}
    customer = stored(holder(state="VERIFIED", expiry_date=AHEAD))
    with database_role("engine"):
        for more in ({"kind": "JUDICIAL", "ends_on": DAY}, {"kind": "FRAUD", "ends_on": AHEAD}):
            told = {**order, **more}
            facets.add(everything(), customer_no(customer), "restriction", told, reason="a court's", at=NOW)
    assert status_of(customer) == "RESTRICTED"

    assert turn() == NOTHING, "its last day is not over"
    assert turn(DAY + timedelta(days=1)) == {"ended": 1}
    assert status_of(customer) == "RESTRICTED"
    assert turn(AHEAD + timedelta(days=1))["ended"] == 1
    assert status_of(customer) == "ACTIVE"
    assert [row.valid_to for row in rows_of("restriction", customer)] == [DAY, AHEAD]


def test_a_run_that_died_is_taken_up_where_it_stood(bank: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = document(state="VERIFIED", expiry_date=ended(1), key="A")
    second = document(state="VERIFIED", expiry_date=ended(1), key="B")
    monkeypatch.setattr(clock, "CHUNK", 1)
    actor = system_actor("job", clock.RIGHTS, channel="BATCH")
    with database_role("engine"):
        run = create_run(actor, clock.JOB, {}, business_date=DAY, at=NOW, key="x")
        turned, calls = clock._turned, []

        def dies(ids: Any, stamp: Any) -> Any:
            calls.append(ids)
            if len(calls) == 2:
                raise MemoryError
            return turned(ids, stamp)

        monkeypatch.setattr(clock, "_turned", dies)
        with pytest.raises(MemoryError):
            carry_out(run.pk, partial(clock.work, actor, at=NOW))
        assert JobRun.objects.get(pk=run.pk).state == RunState.WAITING
        counts = carry_out(run.pk, partial(clock.work, actor, at=NOW))
    assert counts == {"events": 2, "grace": 2}
    assert calls == [[first.customer_id], [second.customer_id], [second.customer_id]]
    assert {fresh(first).version, fresh(second).version} == {2}
