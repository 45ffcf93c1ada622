"""What an app declares about its jobs: work that has a name, runs for a business date and leaves a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid, NotFound
from mdm.runs import JobRun
from security.access.actor import Actor

#: (actor, business date, moment, parameters) -> the run it left
Work = Callable[[Actor, date, datetime, Mapping[str, str]], JobRun]


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name, what it is called, the rights it runs with, the parameters it takes."""

    name: str
    label: str | Promise
    rights: tuple[str, ...]
    work: Work
    parameters: frozenset[str] = frozenset()


_jobs: dict[str, Job] = {}


def register(job: Job) -> None:
    """Declare a job (`AppConfig.ready`)."""
    _jobs[job.name] = job


def jobs() -> list[Job]:
    """Every declared job, by name."""
    return sorted(_jobs.values(), key=lambda job: job.name)


def run(name: str, actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    """Do a job now. NotFound `job.unknown`, Invalid `job.parameter` for one it does not take."""
    job = _jobs.get(name)
    if job is None:
        raise NotFound("job.unknown", _("There is no job of this name."))
    unknown = sorted(set(parameters) - job.parameters)
    if unknown:
        raise Invalid("job.parameter", _("This job takes no parameter “%s”.") % unknown[0])
    return job.work(actor, business_date, at, parameters)


def rights_of(name: str) -> tuple[str, ...]:
    """The rights that a job runs with; none for an unknown one, which `run` then refuses."""
    return _jobs[name].rights if name in _jobs else ()
