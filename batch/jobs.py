"""The jobs of this app."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from batch.services.loading import load_file
from mdm.errors import Invalid
from mdm.jobs import Job
from mdm.runs import JobRun
from security.access.actor import Actor


def _load(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    missing = sorted({"path", "layout"} - set(parameters))
    if missing:
        raise Invalid("job.parameter_missing", _("This job needs the parameter “%s”.") % missing[0])
    path, layout = Path(parameters["path"]), parameters["layout"]
    done = load_file(actor, path, layout, business_date=business_date, at=at)
    return JobRun.objects.get(pk=done.run or 0)


LOAD_FILE = Job("load_file", _("Load a file"), ("load.run",), _load, frozenset({"path", "layout"}))
