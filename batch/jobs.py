"""The jobs of this app."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from batch.services.document_files import JOB as DOCUMENTS
from batch.services.document_files import RIGHTS as DOCUMENT_RIGHTS
from batch.services.document_files import load_documents
from batch.services.loading import load_file
from mdm.errors import Invalid
from mdm.jobs import Job
from mdm.run_control import Claim, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from security.access.actor import Actor
from security.approvals.ageing import RIGHT, age


def _load(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    missing = sorted({"path", "layout"} - set(parameters))
    if missing:
        raise Invalid("job.parameter_missing", _("This job needs the parameter “%s”.") % missing[0])
    path, layout = Path(parameters["path"]), parameters["layout"]
    done = load_file(actor, path, layout, business_date=business_date, at=at)
    return JobRun.objects.get(pk=done.run or 0)


def _load_documents(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    if "folder" not in parameters:
        raise Invalid("job.parameter_missing", _("This job needs the parameter “%s”.") % "folder")
    return load_documents(actor, Path(parameters["folder"]), business_date=business_date, at=at)


LOAD_DOCUMENTS = Job(
    DOCUMENTS, _("Put delivered documents on file"), DOCUMENT_RIGHTS, _load_documents, frozenset({"folder"})
)
LOAD_FILE = Job("load_file", _("Load a file"), ("load.run",), _load, frozenset({"path", "layout"}))


def _age(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    """Every few minutes a worker does the same (`mdm.tasks.age_requests`); this one leaves a run."""
    run = create_run(actor, "approvals", {}, business_date=business_date, at=at)

    def work(held: Claim) -> None:
        done = age(actor, at=at)
        finish(held, RunState.SUCCEEDED, counts={"escalated": done.escalated, "expired": done.expired})

    carry_out(run.pk, work)
    return JobRun.objects.get(pk=run.pk)


APPROVALS = Job("approvals", _("Escalate and expire change requests"), (RIGHT,), _age)
