"""The matching policy in force: as shipped, or as the last full run learned it."""

from datetime import datetime

from consolidation.matching.policy import Policy
from mdm.runs import JobRun, RunState

#: The job that a consolidation run is.
JOB = "consolidate"


def last_full_run() -> JobRun | None:
    """The newest full run that succeeded."""
    done = JobRun.objects.filter(job=JOB, state=RunState.SUCCEEDED, checkpoint__has_key="policy")
    return done.order_by("-id").first()


def current_policy() -> Policy:
    """The policy of the last full run, with the weights and generic values it found; else the shipped one."""
    run = last_full_run()
    return Policy.from_json(run.checkpoint["policy"]) if run and "policy" in run.checkpoint else Policy()


def compared_until() -> datetime | None:
    """The moment up to which changes were compared by the newest successful run, full or delta."""
    done = JobRun.objects.filter(job=JOB, state=RunState.SUCCEEDED).order_by("-id").first()
    return datetime.fromisoformat(done.checkpoint["until"]) if done else None
