"""The jobs of this app."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from consolidation.services.matching import consolidate
from mdm.jobs import Job
from mdm.runs import JobRun
from security.access.actor import Actor

#: The rights that consolidation takes.
RIGHTS = ("consolidate.run", "merge.run")


def _consolidate(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    done = consolidate(actor, business_date=business_date, full=parameters.get("full") == "yes", at=at)
    return JobRun.objects.get(pk=done.run)


CONSOLIDATE = Job("consolidate", _("Consolidation"), RIGHTS, _consolidate, frozenset({"full"}))
