"""Running long work: claimed by a conditional UPDATE, fenced by a token, resumed from a checkpoint.

A worker may die anywhere: its lease runs out, another claims the run, and what the first still
tries to write is refused, because each write names the token it was given (design idea 11). A run
that fails unforeseen waits to be tried again; after some attempts without progress it is given up.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event, Thread
from typing import Any, TypeVar

from django.db import Error as DatabaseTrouble
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, ServiceError, Stale, Unavailable
from mdm.runs import FINAL_STATES, JobRun, RunState
from security.access.actor import EVERYWHERE, Actor
from security.models import Organisation

T = TypeVar("T")

#: The code of the refusal that tells a worker that the run is not its own any more.
FENCED = "run.fenced"
#: How long a claim holds without progress.
LEASE = timedelta(seconds=60)
#: Seconds between two renewals of the lease while a worker lives, whatever step it is in.
BEAT = LEASE.total_seconds() / 3
#: Attempts without progress after which a run is given up.
ATTEMPTS = 5
#: The code of a run that ended, or was broken off, by what nobody foresaw.
UNFORESEEN = "run.failed_unexpectedly"
#: Refusals that pass by themselves: the run waits, and the attempt does not count.
PASSING = frozenset({"store.down"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker may write to, and the token that its writes name."""

    run_id: int
    token: int


def create_run(
    actor: Actor,
    job: str,
    params: dict[str, Any],
    *,
    business_date: date,
    at: datetime,
    key: str | None = None,
) -> JobRun:
    """A waiting run; with a `key` that an unfinished run has already, that one."""
    told = {
        "job": job,
        "params": params,
        "business_date": business_date,
        "created_at": at,
        "started_by": actor.name,
        "org_path": _branch_of(actor),
        "request_id": actor.request_id,
    }
    if key is None:
        return JobRun.objects.create(**told)
    return JobRun.objects.get_or_create(idempotency_key=key, defaults=told)[0]


def _branch_of(actor: Actor) -> list[int]:
    """The path of the branch that orders a run; head office for the product's own actors."""
    branch = Organisation.objects.filter(code=actor.org_code).first()
    head_office = Organisation.objects.filter(parent=None).order_by("id").first()
    found = branch or head_office
    return list(found.path) if found else [EVERYWHERE]


def claim(run_id: int) -> Claim:
    """Take a waiting run, or a running one whose lease ran out. Duplicate `run.taken` otherwise."""
    now = timezone.now()
    free = (
        Q(state=RunState.WAITING)
        | Q(state=RunState.RUNNING, lease_until__lt=now)
        | Q(state=RunState.RUNNING, worker__startswith=f"{socket.gethostname()}:", worker__in=_dead_workers())
    )
    taken = JobRun.objects.filter(free, pk=run_id).update(
        state=RunState.RUNNING,
        token=F("token") + 1,
        worker=f"{socket.gethostname()}:{os.getpid()}",
        lease_until=now + LEASE,
        started_at=now,
    )
    if not taken:
        raise Duplicate("run.taken", _("This run is being worked on, or it has ended."))
    return Claim(run_id, JobRun.objects.get(pk=run_id).token)


def _dead_workers() -> list[str]:
    """Workers of this machine that hold a run but live no more: their runs need not wait for the lease."""
    host = socket.gethostname()
    held = JobRun.objects.filter(state=RunState.RUNNING, worker__startswith=f"{host}:").values_list(
        "worker", flat=True
    )
    return [worker for worker in held if not _alive(int(worker.rpartition(":")[2]))]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def at_work(held: Claim) -> Iterator[None]:
    """Work on a claimed run: its lease is renewed, and whatever is raised is noted in it and raised again.

    A refusal ends the run; anything else, noted by its class only, gives it back to be tried again.
    Unavailable `run.failed_unexpectedly` where it was tried `ATTEMPTS` times without progress.
    """
    with _beating(held):
        try:
            _count_attempt(held)
            yield
        except ServiceError as refusal:
            if refusal.code in PASSING:
                _give_back(held, refusal, counts=False)
            else:
                fail(held, refusal)
            raise
        except Exception as unforeseen:
            with suppress(DatabaseTrouble):  # nobody can write: the lease runs out, the attempt is counted
                _give_back(held, _unexpected(type(unforeseen).__name__))
            raise


def carry_out(run_id: int, work: Callable[[Claim], T], claiming: Callable[[int], Claim] = claim) -> T:
    """Claim a run and do it here and now, as `at_work`; gives what the work gives. Raises as `claiming`."""
    held = claiming(run_id)
    with at_work(held):
        return work(held)


def take_up(run_id: int, work: Callable[[Claim], object], claiming: Callable[[int], Claim] = claim) -> None:
    """A worker's part of a run: `carry_out`, but nothing where it ended (a message came twice), where another
    worker has it, or takes it over meanwhile."""
    if not JobRun.objects.get(pk=run_id).final:
        with suppress(Duplicate, Stale):
            carry_out(run_id, work, claiming)


def _unexpected(what: str) -> Unavailable:
    return Unavailable(UNFORESEEN, _("The work was broken off by an unexpected error (%s).") % what)


def _count_attempt(held: Claim) -> None:
    """Count before the work begins, so that a worker that takes the machine down with it counts too."""
    run = JobRun.objects.get(pk=held.run_id)
    attempts = int(run.checkpoint.get("attempts", 0)) + 1
    if attempts > ATTEMPTS:
        raise _unexpected("killed")
    _write(held, checkpoint={**run.checkpoint, "attempts": attempts})


def _give_back(held: Claim, problem: ServiceError, *, counts: bool = True) -> None:
    """Let the next worker try again; the attempt may count. A run that was tried often enough ends."""
    run = JobRun.objects.get(pk=held.run_id)
    attempts = int(run.checkpoint.get("attempts", 0))
    if counts and attempts >= ATTEMPTS:
        fail(held, problem)
        return
    checkpoint = {**run.checkpoint, "attempts": attempts if counts else max(0, attempts - 1)}
    told = [{"code": problem.code, "text": str(problem.message)}]
    with suppress(Stale):  # it was taken over or cancelled: not ours to give back
        _write(held, state=RunState.WAITING, lease_until=None, checkpoint=checkpoint, problems=told)


@contextmanager
def _beating(held: Claim) -> Iterator[None]:
    """Renew the lease from a thread with its own connection, until the block ends or the run is another's."""
    stopped = Event()
    beat = Thread(target=_beat, args=(held, stopped), name=f"lease-{held.run_id}", daemon=True)
    beat.start()
    try:
        yield
    finally:
        stopped.set()
        beat.join(BEAT)


def _beat(held: Claim, stopped: Event) -> None:
    ours = True
    while ours and not stopped.wait(BEAT):
        try:
            ours = _renew(held)
        except DatabaseTrouble:  # the next beat comes on a new connection
            connection.close()
    connection.close()


def _renew(held: Claim) -> bool:
    """Whether the run is still ours. Its row is passed over while the worker holds it: it advances then."""
    mine = JobRun.objects.filter(pk=held.run_id, token=held.token, state=RunState.RUNNING)
    with transaction.atomic():
        free = list(mine.select_for_update(skip_locked=True).values_list("pk", flat=True))
        JobRun.objects.filter(pk__in=free).update(lease_until=timezone.now() + LEASE)
        return mine.exists()


def advance(held: Claim, **progress: Any) -> None:
    """Write progress (done, total, step, checkpoint, counts) and renew the lease. Stale `run.fenced` where
    another worker has taken over: the caller's transaction must roll back."""
    _write(held, lease_until=timezone.now() + LEASE, **progress)


def progressed(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint of work that got somewhere: the attempts before it count no more."""
    return {name: told for name, told in checkpoint.items() if name != "attempts"}


def shut_out(runs: QuerySet[JobRun]) -> None:
    """Workers of running runs whose lease ran out write nothing more; whoever claims them goes on."""
    late = runs.filter(state=RunState.RUNNING, lease_until__lte=timezone.now())
    late.update(token=F("token") + 1)


def hold(held: Claim) -> JobRun:
    """Lock a claimed run until the transaction ends: of its workers one is here at a time. Stale as `advance`."""
    mine = JobRun.objects.filter(pk=held.run_id, token=held.token, state=RunState.RUNNING)
    run = mine.select_for_update().first()
    if run is None:
        raise fenced()
    return run


def finish(held: Claim, state: RunState, **progress: Any) -> None:
    """End a run in a final state; its key is free again. Stale as `advance`."""
    ended = {"state": state, "finished_at": timezone.now(), "idempotency_key": None, "lease_until": None}
    _write(held, **{"problems": [], **ended, **progress})


def fail(held: Claim, refusal: ServiceError) -> None:
    """End a run with what refused it; a run that is another worker's by now stays as it is."""
    problem = {"code": refusal.code, "text": str(refusal.message)}
    places = [{"pointer": e.pointer, "code": e.code, "text": str(e.detail)} for e in refusal.errors]
    if refusal.code != FENCED:
        finish(held, RunState.FAILED, problems=[problem, *places])


def _write(held: Claim, **columns: Any) -> None:
    """One statement, so that a worker that dies leaves a run either at work or ended."""
    mine = JobRun.objects.filter(pk=held.run_id, token=held.token, state=RunState.RUNNING)
    if not mine.update(**columns):
        raise fenced()


def fenced() -> Stale:
    """The refusal of what a worker writes to a run that is not its own any more."""
    return Stale(FENCED, _("Another worker has taken this run over, or it was cancelled."))


def cancel(run_id: int) -> bool:
    """Cancel a run that has not ended; whoever works on it finds itself fenced. Whether there was one."""
    open_runs = JobRun.objects.filter(pk=run_id).exclude(state__in=FINAL_STATES)
    return bool(
        open_runs.update(
            state=RunState.CANCELLED, token=F("token") + 1, finished_at=timezone.now(), idempotency_key=None
        )
    )
