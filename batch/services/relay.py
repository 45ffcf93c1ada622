"""Waking workers again for runs that wait or whose worker died: the job table is the truth, not the broker."""

from django.utils import timezone

from batch.services.loading import JOB, run_load
from mdm.run_control import LEASE
from mdm.runs import JobRun, RunState
from mdm.tasks import task


@task
def relay_runs() -> None:
    """Send a message for each load that should be worked on and is not (domain 4.4, lost workers)."""
    now = timezone.now()
    waiting = JobRun.objects.filter(job=JOB, state=RunState.WAITING, created_at__lt=now - LEASE, params__has_key="object")
    lost = JobRun.objects.filter(job=JOB, state=RunState.RUNNING, lease_until__lt=now, params__has_key="object")
    for run_id in waiting.union(lost).values_list("id", flat=True):
        run_load.send(run_id)
