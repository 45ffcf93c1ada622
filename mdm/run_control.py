"""Running long work: claimed by a conditional UPDATE, fenced by a token, resumed from a checkpoint.

A worker may die anywhere: its lease runs out, another claims the run, and what the first still
tries to write is refused, because each write names the token it was given (design idea 11).
"""

import os
import socket
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, ServiceError, Stale
from mdm.runs import FINAL_STATES, JobRun, RunState
from security.access.actor import Actor

#: The code of the refusal that tells a worker that the run is not its own any more.
FENCED = "run.fenced"
#: How long a claim holds without progress.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker may write to, and the token that its writes name."""

    run_id: int
    token: int


def create_run(
    actor: Actor, job: str, params: dict[str, Any], *, business_date: date, at: datetime, key: str | None = None
) -> JobRun:
    """A waiting run; with a `key` that an unfinished run has already, that one."""
    told = {
        "job": job,
        "params": params,
        "business_date": business_date,
        "created_at": at,
        "started_by": actor.name,
        "request_id": actor.request_id,
    }
    if key is None:
        return JobRun.objects.create(**told)
    return JobRun.objects.get_or_create(idempotency_key=key, defaults=told)[0]


def claim(run_id: int) -> Claim:
    """Take a waiting run, or a running one whose lease ran out. Duplicate `run.taken` otherwise."""
    now = timezone.now()
    free = Q(state=RunState.WAITING) | Q(state=RunState.RUNNING, lease_until__lt=now) | Q(
        state=RunState.RUNNING, worker__startswith=f"{socket.gethostname()}:", worker__in=_dead_workers()
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
    held = JobRun.objects.filter(state=RunState.RUNNING, worker__startswith=f"{host}:").values_list("worker", flat=True)
    return [worker for worker in held if not _alive(int(worker.rpartition(":")[2]))]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def advance(held: Claim, **progress: Any) -> None:
    """Write progress (done, total, step, checkpoint, counts) and renew the lease. Stale `run.fenced` where
    another worker has taken over: the caller's transaction must roll back."""
    _write(held, lease_until=timezone.now() + LEASE, **progress)


def finish(held: Claim, state: RunState, **progress: Any) -> None:
    """End a run in a final state; its key is free again. Stale as `advance`."""
    ended = {"state": state, "finished_at": timezone.now(), "idempotency_key": None, "lease_until": None}
    _write(held, **ended, **progress)


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
        raise Stale(FENCED, _("Another worker has taken this run over, or it was cancelled."))


def cancel(run_id: int) -> bool:
    """Cancel a run that has not ended; whoever works on it finds itself fenced. Whether there was one."""
    open_runs = JobRun.objects.filter(pk=run_id).exclude(state__in=FINAL_STATES)
    return bool(
        open_runs.update(
            state=RunState.CANCELLED, token=F("token") + 1, finished_at=timezone.now(), idempotency_key=None
        )
    )
