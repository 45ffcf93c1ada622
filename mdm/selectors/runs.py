"""Reading runs: counts and progress, never row contents."""

from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound
from mdm.paging import Page, newest_first
from mdm.runs import JobRun
from security.access.actor import Actor
from security.access.scope import scoped

VIEW = "load.view"


def get(actor: Actor, run_id: int) -> JobRun:
    """One run. NotFound where there is none, or it was ordered outside the actor's branches."""
    found = scoped(JobRun.objects.all(), actor, VIEW).filter(pk=run_id).first()
    if found is None:
        raise NotFound("run.unknown", _("There is no such run."))
    return found


def list_runs(actor: Actor, *, after: int | None = None, size: int = 25, job: str = "") -> Page[JobRun]:
    """A page of runs ordered within the actor's branches, newest first."""
    rows = scoped(JobRun.objects.filter(job=job) if job else JobRun.objects.all(), actor, VIEW)
    return newest_first(rows, after, size)
