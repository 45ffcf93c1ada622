"""Waking workers for runs that wait or whose worker died: the job table is the truth, not the broker."""

from contextlib import suppress

from django.db.models import Q
from django.utils import timezone

from batch.services.creating import JOB as CREATE
from batch.services.creating import run_batch
from batch.services.loading import JOB, run_load
from consolidation.selectors.policies import JOB as CONSOLIDATE
from consolidation.services.matching import consolidate
from credentials.services.integrity import JOB as INTEGRITY
from credentials.services.integrity import run_checks
from customers.services.erasing import JOB as ERASE
from customers.services.erasing import run_erasure
from customers.services.exporting import JOBS as EXPORTS
from customers.services.exporting import run_export
from customers.services.indexing import run_indexing
from mdm.dictionary.indexing import JOB as INDEX
from mdm.errors import Duplicate
from mdm.run_control import LEASE
from mdm.runs import JobRun, RunState
from mdm.tasks import task
from security.access.actor import system_actor


@task
def relay_runs() -> None:
    """Send a message for each run that should be worked on and is not (domain 4.4, lost workers).

    Oldest business date first: what a source told later is applied later.
    """
    now = timezone.now()
    waiting = Q(state=RunState.WAITING, created_at__lt=now - LEASE)
    lost = Q(state=RunState.RUNNING, lease_until__lt=now)
    ready = Q(job__in=_BY_JOB) & (~Q(job=JOB) | Q(params__has_key="object"))
    found = JobRun.objects.filter(waiting | lost, ready).order_by("business_date", "pk")
    for run_id, job in found.values_list("pk", "job"):
        _BY_JOB[job].send(run_id)


@task
def run_consolidation(run_id: int) -> None:
    """A worker's part: match and merge again for a run that was broken off; what was merged stays merged."""
    run = JobRun.objects.get(pk=run_id)
    if run.final or run.business_date is None:
        return
    actor = system_actor("consolidate", ["consolidate.run", "merge.run"], channel="BATCH")
    with suppress(Duplicate):  # another worker has it
        consolidate(actor, business_date=run.business_date, full=bool(run.params["full"]), at=timezone.now())


#: Every job that workers do, and what wakes one for it.
_BY_JOB = {
    JOB: run_load,
    CONSOLIDATE: run_consolidation,
    CREATE: run_batch,
    ERASE: run_erasure,
    INDEX: run_indexing,
    INTEGRITY: run_checks,
    **dict.fromkeys(EXPORTS, run_export),
}
