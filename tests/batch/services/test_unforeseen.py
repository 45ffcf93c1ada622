"""What nobody foresaw: a run is tried again, never for ever, and tells what broke it off without a value."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.utils import timezone

from batch.services import relay
from batch.services.loading import execute, run_load, submit
from customers.models import Customer
from mdm.errors import Unavailable
from mdm.run_control import ATTEMPTS, LEASE, claim, create_run
from mdm.runs import JobRun, RunState
from mdm.storage import objects as storage
from tests.factories.customers import DAY
from tests.factories.customers import bank as lay_bank
from tests.factories.files import line, write
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

ORDER: dict[str, Any] = {"mode": None, "business_date": None, "at": NOW}
SECRET = "11010519491231002X"
CHUNK_STEP = "batch.pipeline.load.apply_chunk"


def breaks_at(number: int) -> Callable[..., Any]:
    """`apply_chunk`, but the chunk of this number, counted from 1, and those after it fail."""
    from batch.pipeline import load

    apply_chunk, calls = load.apply_chunk, []

    def apply_or_fail(*call: Any) -> Any:
        calls.append(call)
        if len(calls) >= number:
            raise ZeroDivisionError(SECRET)
        return apply_chunk(*call)

    return apply_or_fail


@pytest.mark.usefixtures("bank")
def test_an_unforeseen_error_is_noted_by_its_class_and_the_run_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(everything("load"), write(tmp_path / "core.csv", [line("A")]), "core_customer", **ORDER)
    monkeypatch.setattr(CHUNK_STEP, breaks_at(1))

    with pytest.raises(ZeroDivisionError):
        run_load(run.pk)

    run.refresh_from_db()
    assert (run.state, run.lease_until, run.problems[0]["code"]) == (
        RunState.WAITING,
        None,
        "run.failed_unexpectedly",
    )
    assert "ZeroDivisionError" in run.problems[0]["text"]
    assert SECRET not in str(run.problems)


@pytest.mark.usefixtures("bank")
def test_a_run_that_breaks_again_and_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(everything("load"), write(tmp_path / "core.csv", [line("A")]), "core_customer", **ORDER)
    monkeypatch.setattr(CHUNK_STEP, breaks_at(1))

    for _attempt in range(ATTEMPTS):
        run.refresh_from_db()
        assert not run.final
        with pytest.raises(ZeroDivisionError):
            run_load(run.pk)

    run.refresh_from_db()
    assert (run.state, run.idempotency_key) == (RunState.FAILED, None)
    run_load(run.pk)
    assert Customer.objects.count() == 0


@pytest.mark.usefixtures("bank")
def test_a_run_that_takes_its_workers_down_is_given_up_too(tmp_path: Path) -> None:
    run = submit(everything("load"), write(tmp_path / "core.csv", [line("A")]), "core_customer", **ORDER)
    JobRun.objects.filter(pk=run.pk).update(checkpoint={"attempts": ATTEMPTS})

    with pytest.raises(Unavailable, match=r"run\.failed_unexpectedly"):
        run_load(run.pk)

    run.refresh_from_db()
    assert (run.state, run.problems[0]["code"]) == (RunState.FAILED, "run.failed_unexpectedly")


@pytest.mark.usefixtures("bank")
def test_progress_gives_a_run_its_attempts_back_and_success_forgets_the_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batch.pipeline.load.CHUNK", 1)
    run = submit(
        everything("load"), write(tmp_path / "core.csv", [line("A"), line("B")]), "core_customer", **ORDER
    )
    JobRun.objects.filter(pk=run.pk).update(checkpoint={"attempts": ATTEMPTS - 1})
    with monkeypatch.context() as patched:
        patched.setattr(CHUNK_STEP, breaks_at(2))
        with pytest.raises(ZeroDivisionError):
            run_load(run.pk)

    run.refresh_from_db()
    assert (run.state, run.checkpoint) == (RunState.WAITING, {"line": 2, "attempts": 0})
    run_load(run.pk)
    run.refresh_from_db()
    assert (run.state, run.problems, run.counts["created"]) == (RunState.SUCCEEDED, [], 2)


@pytest.mark.usefixtures("bank")
def test_a_store_that_is_down_costs_no_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = submit(everything("load"), write(tmp_path / "core.csv", [line("A")]), "core_customer", **ORDER)

    def down(*_call: Any) -> Any:
        raise OSError("no route to host")

    with monkeypatch.context() as patched:
        patched.setattr(storage.default_storage, "open", down)
        for _attempt in range(ATTEMPTS + 1):
            with pytest.raises(Unavailable, match=r"store\.down"):
                run_load(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.WAITING
    run_load(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


@pytest.mark.usefixtures("bank")
def test_the_relay_wakes_workers_for_what_workers_do_oldest_day_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long_ago = timezone.now() - 2 * LEASE
    once: dict[str, Any] = {"at": long_ago}
    late = create_run(everything("load"), "load_file", {"object": "x"}, business_date=DAY, **once)
    early = create_run(
        everything("load"), "load_file", {"object": "y"}, business_date=DAY - timedelta(days=1), **once
    )
    lost = create_run(everything("load"), "consolidate", {"full": True}, business_date=DAY, **once)
    claim(lost.pk)
    JobRun.objects.filter(pk=lost.pk).update(lease_until=long_ago, worker="elsewhere:1")
    create_run(everything("load"), "load_file", {}, business_date=DAY, **once)
    create_run(everything("load"), "approvals", {}, business_date=DAY, **once)
    checks = create_run(everything("load"), "integrity", {"branches": []}, business_date=DAY, **once)
    sent: list[tuple[str, int]] = []
    for name in ("run_load", "run_consolidation", "run_checks"):
        wake = getattr(relay, name).sent
        monkeypatch.setattr(wake, "apply_async", lambda args, _kw, name=name: sent.append((name, *args)))
    monkeypatch.setattr("django.db.transaction.on_commit", lambda work: work())

    relay.relay_runs()

    of_the_day = [("run_load", late.pk), ("run_consolidation", lost.pk), ("run_checks", checks.pk)]
    assert sent == [("run_load", early.pk), *of_the_day]


@pytest.mark.usefixtures("bank")
def test_a_consolidation_that_was_broken_off_is_done_by_the_worker_that_is_woken() -> None:
    from consolidation.selectors.policies import JOB

    params = {"full": True}
    run = create_run(everything("consolidate"), JOB, params, business_date=DAY, at=NOW, key=f"{JOB}|{DAY}")

    relay.run_consolidation(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_a_worker_is_in_a_long_step(
    tmp_path: Path, objects: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdm.run_control.BEAT", 0.05)
    renewed: list[bool] = []
    with database_role("engine"):
        lay_bank()
        run = submit(everything("load"), write(tmp_path / "core.csv", [line("A")]), "core_customer", **ORDER)

        def long_step(_done: int, _total: int) -> None:
            JobRun.objects.filter(pk=run.pk).update(lease_until=timezone.now())
            until = monotonic() + 20
            while not renewed and monotonic() < until:
                if JobRun.objects.get(pk=run.pk).lease_until > timezone.now() + LEASE / 2:  # type: ignore[operator]
                    renewed.append(True)

        execute(everything("load"), run.pk, tmp_path / "core.csv", tell=long_step)

    assert renewed == [True]
