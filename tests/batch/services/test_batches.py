"""Batches of new customers: exact results, turns, trials, corrections, cancelling, dying and going on."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone, translation

from batch.models import BatchRow, CustomerBatch
from batch.selectors.batches import RowView, batch_rows, get_batch
from batch.services import batches, creating
from batch.services.batches import apply_batch, cancel_batch, correct, submit
from batch.services.creating import run_batch
from batch.services.forgetting import forget
from batch.services.relay import relay_runs
from customers.models import Customer
from customers.services.facets import ONLINE
from mdm.bulk.models import SourceRecord
from mdm.erasure import Erased
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound
from mdm.run_control import LEASE
from mdm.runs import JobRun, RunState
from security.access.actor import Actor, staff_actor
from security.models import OperationLog, User
from tests.factories.batches import Sent, people, told
from tests.factories.customers import bank as lay_bank
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.loader_process import forked
from tests.support.pictures import whole_database

TOLERANT, STRICT, TRIAL = "tolerant", "strict", "dry_run"


@pytest.fixture
def teller(db: None) -> Iterator[Actor]:
    """Somebody at branch 1100 who may send batches; worked for by the engine."""
    lay_bank()
    user = member_of_staff("teller", "teller", org=branch("1100"))
    with database_role("engine"):
        yield staff_actor(user, timezone.now())


def sent(actor: Actor, rows: list[Sent], mode: str = TOLERANT, **more: Any) -> CustomerBatch:
    return submit(actor, told(rows), mode=mode, form="table", at=timezone.now(), **more)


def worked(actor: Actor, rows: list[Sent], mode: str = TOLERANT, **more: Any) -> CustomerBatch:
    """A batch that a worker has done."""
    batch = sent(actor, rows, mode, **more)
    return done(actor, batch)


def done(actor: Actor, batch: CustomerBatch) -> CustomerBatch:
    run_batch(batch.run_id or 0)
    return get_batch(actor, batch.pk)


def results(actor: Actor, batch: CustomerBatch, **filters: Any) -> list[RowView]:
    found, after = list[RowView](), None
    while True:
        page = batch_rows(actor, batch, at=timezone.now(), after=after, size=200, filters=filters)
        found += page.rows
        after = page.next
        if after is None:
            return found


def outcomes(actor: Actor, batch: CustomerBatch) -> list[str]:
    return [row.outcome for row in results(actor, batch)]


def state(batch: CustomerBatch) -> str:
    return JobRun.objects.get(pk=batch.run_id).state


def counted() -> dict[str, int]:
    """Rows of every table, as who sees them all."""
    with database_role("owner"):
        return whole_database()


def bad(row: Sent, **changes: str) -> Sent:
    return {**row, **(changes or {"birth_date": "1990-02-31"})}


def test_a_thousand_rows_of_which_some_are_bad_twice_there_or_known(teller: Actor) -> None:
    """5 % bad, 5 % in the batch twice (same key, or same person under another key), 5 % known before."""
    known, rows = people(50), people(950)
    worked(teller, known)
    for place in range(100, 150):
        rows[place] = bad(rows[place])
    again = rows[200:225]
    twins = [{**row, "source_key": f"{row['source_key']}-B"} for row in rows[300:325]]

    batch = worked(teller, [*rows, *again, *twins])

    assert (batch.rows, state(batch)) == (1000, RunState.PARTIAL)
    assert batch.run
    assert batch.run.counts == {
        "rows": 1000, "created": 850, "existing": 75, "suspects": 25, "rejected": 50, "waiting": 0,
    }  # fmt: skip
    found = results(teller, batch)
    assert [row.number for row in found] == list(range(1, 1001))
    wanted = (
        ["EXISTING"] * 50
        + ["CREATED"] * 50
        + ["REJECTED"] * 50
        + ["CREATED"] * 800
        + ["EXISTING"] * 25
        + ["SUSPECT"] * 25
    )
    assert [row.outcome for row in found] == wanted
    assert [row.duplicate_of for row in found[:950]] == [None] * 950
    assert [row.duplicate_of for row in found[950:975]] == list(range(201, 226))
    assert [row.duplicate_of for row in found[975:]] == list(range(301, 326))
    assert [row.customer_no for row in found[950:975]] == [row.customer_no for row in found[200:225]]
    assert [row.suspects[0]["customer_no"] for row in found[975:]] == [
        row.customer_no for row in found[300:325]
    ]
    assert {(e["field"], e["code"]) for row in found[100:150] for e in row.errors} == {
        ("birth_date", "value.date")
    }
    assert Customer.objects.count() == 50 + 850 + 25
    assert SourceRecord.objects.values("source_key").distinct().count() == 925
    assert not BatchRow.objects.filter(content__isnull=False).exists()


def test_a_row_is_found_by_number_key_and_outcome_and_speaks_the_readers_language(teller: Actor) -> None:
    one, two, three = people(3)
    batch = worked(teller, [one, bad(two, party_type="DRAGON"), {**three, "branch_code": "9999"}])
    (row,) = results(teller, batch, source_key="K-0")
    assert (row.number, row.outcome) == (1, "CREATED")
    (row,) = results(teller, batch, row=2)
    assert (row.source_key, [(e["field"], e["code"]) for e in row.errors]) == (
        "K-1",
        [("party_type", "row.party_type")],
    )
    assert [row.number for row in results(teller, batch, outcome="REJECTED")] == [2, 3]
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            (error,) = results(teller, batch, row=3)[0].errors
            said[language] = (error["field"], error["code"], error["text"])
    assert said["en"] == ("", "access.branch", "You may not create customers at this branch.")
    assert said["zh-hans"] == ("", "access.branch", "您不能在该机构创建客户。")


def test_the_same_key_with_something_else_is_refused_wherever_it_came_before(teller: Actor) -> None:
    one, two = people(2)
    batch = worked(teller, [one, {**two, "source_key": one["source_key"]}])
    first, second = results(teller, batch)
    assert (first.outcome, second.outcome, second.duplicate_of) == ("CREATED", "REJECTED", 1)
    assert [e["code"] for e in second.errors] == ["customer.exists"]


def test_the_same_order_sent_twice_is_one_batch(teller: Actor) -> None:
    one = sent(teller, people(2), key="form-1")
    assert sent(teller, people(2), key="form-1").pk == one.pk
    assert sent(teller, people(2), key="form-2").pk != one.pk
    assert BatchRow.objects.filter(batch=one).count() == 2


def test_other_rows_under_the_same_key_are_not_taken_for_the_old_ones(teller: Actor) -> None:
    one, two = people(2)
    unread = {**two, "birth_date": "?"}
    batch = sent(teller, [one, unread], TRIAL, key="form-1")
    done(teller, batch)
    assert sent(teller, [one, unread], TRIAL, key="form-1").pk == batch.pk
    for other in (
        [one, two],
        [one],
        [{**one, "name": "王伟"}, unread],
        [one, {**unread, "source_key": "K-9"}],
    ):
        with pytest.raises(Duplicate, match="creation.key"):
            sent(teller, other, TRIAL, key="form-1")
    apply_batch(teller, batch.pk, mode=TOLERANT, at=timezone.now())
    done(teller, get_batch(teller, batch.pk))
    with pytest.raises(Duplicate, match="creation.key"):
        sent(teller, [one, unread], TRIAL, key="form-1")


def test_what_waits_is_sealed(teller: Actor) -> None:
    batch = sent(teller, people(1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM batch_batchrow WHERE batch_id = %s", [batch.pk])
        kept = repr([bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()])
        cursor.execute("SELECT params::text || checkpoint::text FROM mdm_jobrun")
        kept += str(cursor.fetchall())
    row = people(1)[0]
    assert not [value for value in (row["name"], row["id_number"], row["mobile"], "K-0") if value in kept]


def test_strict_creates_nothing_when_one_row_is_bad_and_all_once_it_is_corrected(teller: Actor) -> None:
    rows = people(5)
    batch = worked(teller, [*rows[:2], bad(rows[2], branch_code="9999"), bad(rows[3]), rows[4]], STRICT)
    assert (state(batch), Customer.objects.count()) == (RunState.FAILED, 0)
    assert [problem["code"] for problem in JobRun.objects.get(pk=batch.run_id).problems] == [
        "creation.refused"
    ]
    assert outcomes(teller, batch) == ["WAITING", "WAITING", "REJECTED", "REJECTED", "WAITING"]
    assert not OperationLog.objects.filter(action="customer.create").exists()

    correct(
        teller,
        batch.pk,
        told([{**rows[2], "row": "3"}, rows[3]], columns=(*rows[0], "row")),
        at=timezone.now(),
    )
    batch = done(teller, get_batch(teller, batch.pk))

    assert (state(batch), outcomes(teller, batch)) == (RunState.SUCCEEDED, ["CREATED"] * 5)
    assert Customer.objects.count() == 5


def test_strict_refused_may_go_on_without_the_bad_ones(teller: Actor) -> None:
    rows = people(3)
    batch = worked(teller, [rows[0], bad(rows[1]), rows[2]], STRICT)
    apply_batch(teller, batch.pk, mode=TOLERANT, at=timezone.now())
    batch = done(teller, get_batch(teller, batch.pk))
    assert (batch.mode, outcomes(teller, batch)) == (TOLERANT, ["CREATED", "REJECTED", "CREATED"])


def test_corrected_rejects_come_back_under_the_same_batch(teller: Actor) -> None:
    rows = people(4)
    batch = worked(teller, [rows[0], bad(rows[1]), bad(rows[2]), rows[3]])
    for wrong in ([rows[0]], [rows[1], rows[1]], [{**rows[1], "source_key": "K-99"}]):
        with pytest.raises(Invalid) as refused:
            correct(teller, batch.pk, told(wrong), at=timezone.now())
        assert refused.value.code == "creation.row"
    correct(teller, batch.pk, told([rows[2], rows[1]]), at=timezone.now())
    batch = done(teller, get_batch(teller, batch.pk))
    assert (state(batch), outcomes(teller, batch)) == (RunState.SUCCEEDED, ["CREATED"] * 4)
    assert [row.errors for row in results(teller, batch)] == [[]] * 4
    assert CustomerBatch.objects.count() == 1


def test_a_trial_writes_nothing_but_the_batch_and_its_audit_and_is_then_carried_out(teller: Actor) -> None:
    known, rows = people(1), people(4)
    worked(teller, known)
    twin = {**rows[1], "source_key": "K-1-B"}
    before = counted()

    batch = worked(teller, [*rows[:3], bad(rows[3]), rows[2], twin], TRIAL)

    grown = {name for name, rows_now in counted().items() if rows_now != before[name]}
    assert grown == {"batch_customerbatch", "batch_batchrow", "mdm_jobrun", "security_operationlog"}
    foreseen = ["EXISTING", "CREATED", "CREATED", "REJECTED", "EXISTING", "SUSPECT"]
    assert outcomes(teller, batch) == foreseen
    assert [row.duplicate_of for row in results(teller, batch)] == [None, None, None, None, 3, 2]
    assert [bool(row.customer_no) for row in results(teller, batch)] == [True, *[False] * 5]
    assert OperationLog.objects.filter(action="creation.done", object_id=batch.pk).count() == 1

    apply_batch(teller, batch.pk, mode=TOLERANT, at=timezone.now())
    batch = done(teller, get_batch(teller, batch.pk))
    assert outcomes(teller, batch) == foreseen
    assert Customer.objects.count() == 4
    with pytest.raises(Duplicate, match="creation.nothing_waits"):
        apply_batch(teller, batch.pk, mode=TOLERANT, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_cancelled_in_the_middle_done_rows_stay_and_of_the_others_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay_bank()
    teller = staff_actor(member_of_staff("teller", "teller", org=branch("1100")), timezone.now())
    with database_role("engine"):
        _cancelled_in_the_middle(teller, monkeypatch)


def _cancelled_in_the_middle(teller: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = sent(teller, people(5))
    create, seen = creating.create, list[Any]()

    def cancelled() -> None:
        cancel_batch(teller, batch.pk, at=timezone.now())
        connections.close_all()

    def counted(*args: Any, **more: Any) -> Any:
        seen.append(args)
        if len(seen) == 3:
            person = threading.Thread(target=cancelled)
            person.start()
            person.join(300)
        return create(*args, **more)

    monkeypatch.setattr(creating, "create", counted)
    batch = done(teller, batch)

    assert (state(batch), len(seen)) == (RunState.CANCELLED, 3)
    assert outcomes(teller, batch) == ["CREATED", "CREATED", "CANCELLED", "CANCELLED", "CANCELLED"]
    assert Customer.objects.count() == 2
    assert not BatchRow.objects.filter(content__isnull=False).exists()
    for again in (
        lambda: cancel_batch(teller, batch.pk, at=timezone.now()),
        lambda: correct(teller, batch.pk, told(people(1)), at=timezone.now()),
        lambda: apply_batch(teller, batch.pk, mode=STRICT, at=timezone.now()),
    ):
        with pytest.raises(Duplicate):
            again()


def test_a_batch_that_nobody_carries_out_is_forgotten(teller: Actor) -> None:
    old, new = worked(teller, people(2), TRIAL), worked(teller, people(2), TRIAL)
    CustomerBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - batches.KEPT * 2)
    batches.forget_batches()
    assert outcomes(teller, old) == ["CANCELLED"] * 2
    assert outcomes(teller, new) == ["CREATED"] * 2


def test_others_see_the_batch_but_not_its_customers_and_elsewhere_not_even_the_batch(teller: Actor) -> None:
    batch = worked(teller, people(2))
    above = staff_actor(member_of_staff("boss", "teller", org=branch("1000")), timezone.now())
    beside = staff_actor(member_of_staff("other", "teller", org=branch("1200")), timezone.now())
    auditor = staff_actor(member_of_staff("auditor", "auditor", org=branch("1000")), timezone.now())
    assert all(row.customer_no for row in results(above, get_batch(above, batch.pk)))
    with pytest.raises(NotFound):
        get_batch(beside, batch.pk)
    with pytest.raises(NotAllowed):
        get_batch(auditor, batch.pk)
    with pytest.raises(NotAllowed):
        sent(auditor, people(1))
    Customer.objects.update(org=branch("1200"), org_path=branch("1200").path)
    assert [row.customer_no for row in results(teller, batch)] == [None, None]


def test_the_rights_that_count_are_those_of_the_moment_of_work(teller: Actor) -> None:
    batch = sent(teller, people(1))
    User.objects.filter(pk=teller.user_id).update(is_active=False)
    with pytest.raises(NotAllowed):
        run_batch(batch.run_id or 0)
    assert (state(batch), Customer.objects.count()) == (RunState.FAILED, 0)


def test_too_many_rows_and_none_are_refused(teller: Actor) -> None:
    for rows in ([], told(people(2)) * 501):
        with pytest.raises(Invalid, match="creation.size"):
            submit(teller, rows, mode=TOLERANT, form="table", at=timezone.now())


@pytest.mark.parametrize("same_keys", [True, False])
@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_no_twins(same_keys: bool) -> None:
    """Two identical batches by two workers at once: each customer once, or told as the possible duplicate it is."""
    lay_bank()
    user = member_of_staff("teller", "teller", org=branch("1100"))
    actor, rows = staff_actor(user, timezone.now()), people(25)
    other = rows if same_keys else [{**row, "source_key": f"B-{n}"} for n, row in enumerate(rows)]
    with database_role("engine"):
        pair = [sent(actor, rows), sent(actor, other)]
        start = threading.Barrier(2)

        def work(batch: CustomerBatch) -> None:
            start.wait(20)
            run_batch(batch.run_id or 0)
            connections.close_all()

        threads = [threading.Thread(target=work, args=[batch]) for batch in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        found = Counter(name for batch in pair for name in outcomes(actor, batch))
        assert found == {"CREATED": 25, "EXISTING" if same_keys else "SUSPECT": 25}
        assert Customer.objects.count() == (25 if same_keys else 50)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_is_taken_over_and_nothing_is_done_twice_or_lost() -> None:
    lay_bank()
    user = member_of_staff("teller", "teller", org=branch("1100"))
    actor, rows = staff_actor(user, timezone.now()), people(30)
    with database_role("engine"):
        batch = sent(actor, rows)
        killed = forked(_die_after, batch.run_id, 11)
        killed.join(300)
        assert killed.exitcode == -9
        assert Counter(outcomes(actor, batch)) == {"CREATED": 10, "WAITING": 20}

        JobRun.objects.filter(pk=batch.run_id).update(lease_until=timezone.now() - LEASE)
        batch = done(actor, batch)
        assert (state(batch), outcomes(actor, batch)) == (RunState.SUCCEEDED, ["CREATED"] * 30)
        assert (Customer.objects.count(), batch.run and batch.run.done) == (30, 30)


def _die_after(run_id: int, rows: int) -> None:
    """Work on a batch until so many customers were created, the last of them not yet committed."""
    import os
    import signal

    import django

    django.setup()
    from batch.services import creating

    put, seen = creating._put, []

    def counted(*args: Any) -> None:
        put(*args)
        seen.append(1)
        if len(seen) == rows:
            os.kill(os.getpid(), signal.SIGKILL)

    creating._put = counted
    creating.run_batch(run_id)


def test_the_same_key_of_another_source_is_another_customer(teller: Actor) -> None:
    """Who is erased takes no waiting row along that another source sent under the same key."""
    (row,) = people(1)
    mine = sent(teller, [row])
    theirs = submit(teller, told([row], source="core_bank"), mode=TRIAL, form="table", at=timezone.now())
    forget(Erased((), (("core_bank", "K-0"),), frozenset()), timezone.now())
    assert [one.source_key for one in results(teller, mine)] == ["K-0"]
    assert outcomes(teller, done(teller, mine)) == ["CREATED"]
    assert [(one.source_key, one.outcome) for one in results(teller, theirs)] == [("", "CANCELLED")]


@pytest.mark.parametrize(("mode", "step"), [(TOLERANT, "create"), (TRIAL, "match_check"), (STRICT, "create")])
def test_what_was_erased_while_a_worker_was_at_it_stays_erased(
    teller: Actor, monkeypatch: pytest.MonkeyPatch, mode: str, step: str
) -> None:
    ask = getattr(creating, step)

    def erased_meanwhile(*args: Any, **more: Any) -> Any:
        forget(Erased((), ((ONLINE, "K-0"),), frozenset()), timezone.now())
        return ask(*args, **more)

    monkeypatch.setattr(creating, step, erased_meanwhile)
    batch = worked(teller, people(2), mode)
    (row,) = BatchRow.objects.filter(batch=batch, number=1)
    assert (row.source_key, row.content) == (None, None)
    assert outcomes(teller, batch)[1] == "CREATED"


def test_a_lost_batch_is_found_by_the_relay(teller: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = sent(teller, people(1))
    JobRun.objects.filter(pk=batch.run_id).update(created_at=timezone.now() - 2 * LEASE)
    told_to: list[int] = []
    monkeypatch.setattr(type(run_batch), "send", lambda _task, run_id: told_to.append(run_id))
    relay_runs()
    assert told_to == [batch.run_id]


def test_of_an_erased_customer_a_batch_keeps_what_became_of_the_row_only(teller: Actor) -> None:
    rows = people(3)
    twin = {**rows[0], "source_key": "K-0-B"}
    batch, later = worked(teller, [*rows[:2], twin]), worked(teller, [rows[0], rows[2]], TRIAL)
    ids = tuple(BatchRow.objects.filter(batch=batch, number=1).values_list("customer_id", flat=True))

    forget(Erased(ids, ((ONLINE, "K-0"),), frozenset()), timezone.now())

    kept = [(row.source_key, row.outcome, row.customer_no, row.suspects) for row in results(teller, batch)]
    assert kept[0] == ("", "CREATED", None, [])
    assert (kept[1][0], kept[2][0], kept[2][3]) == ("K-1", "K-0-B", [])
    assert [row.source_key for row in results(teller, later)] == ["", "K-2"]
    assert BatchRow.objects.filter(batch=later, content__isnull=False).count() == 1
