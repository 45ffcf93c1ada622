"""The index of search after a definition changed: who fills it anew, and for which attributes that is not done yet.

Filling is a run in chunks, made by an app above, which knows customers and workers. Until it has ended, search may
miss values, and says so.
"""

from collections.abc import Callable
from datetime import datetime

from mdm.runs import JobRun, RunState
from mdm.subjects import Facet
from security.access.actor import Actor

JOB = "index_attributes"
Order = Callable[[Actor, Facet, datetime], None]


class _Told:
    """Who fills the index anew."""

    order: Order | None = None


def register(order: Order) -> None:
    """Have an app fill the index (`AppConfig.ready`)."""
    _Told.order = order


def fill_again(actor: Actor, facet: Facet, at: datetime) -> None:
    """Order that the values of a facet are entered, or taken out, as its definitions say now."""
    if _Told.order is None:
        raise RuntimeError("nobody fills the index of search")
    _Told.order(actor, facet, at)


def unfinished() -> dict[str, JobRun]:
    """The newest run of each facet whose values are not all in the index yet, as far as runs tell."""
    newest = {run.params["facet"]: run for run in JobRun.objects.filter(job=JOB).order_by("pk")}
    return {facet: run for facet, run in newest.items() if run.state != RunState.SUCCEEDED}
