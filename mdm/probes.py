"""What the kernel asks of the running system: parts that answer, migrations, clocks, room, work that stands still."""

import shutil
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.conf import conf
from mdm.rest.health import PARTS, answers
from mdm.runs import JobRun, RunState
from security.assurance import Finding, Probe, Verdict, register

_PARTS, _WORK = _("Parts"), _("Work")
_LABELS = {
    "database": _("Database answers"),
    "cache": _("Cache answers"),
    "store": _("Object storage answers"),
}
#: Seconds that two clocks may differ, and shares of the disk that must be free.
_APART = 2.0
_LITTLE, _TOO_LITTLE = 0.15, 0.05


def _part(name: str, at: datetime) -> Finding:
    """A part of the system answers in time."""
    if answers(name):
        return Finding(Verdict.OK, _("It answers."))
    return Finding(Verdict.WARN if name == "cache" else Verdict.BAD, _("It does not answer."))


def _migrations(at: datetime) -> Finding:
    """The database has the schema of this version."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return Finding(Verdict.BAD, _("Migrations not applied: %d") % missing)
    return Finding(Verdict.OK, _("The schema is that of this version."))


def _clocks(at: datetime) -> Finding:
    """The database and this machine tell the same time."""
    with connection.cursor() as cursor:
        before = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    apart = abs((theirs - before).total_seconds())
    text = _("The clocks differ by %.1f seconds.") % apart
    return Finding(Verdict.OK if apart < _APART else Verdict.BAD, text)


def _room(at: datetime) -> Finding:
    """The disk of this machine has room."""
    used = shutil.disk_usage(conf.var if conf.var.exists() else "/")
    free = used.free / used.total
    text = _("Free: %d %%") % int(100 * free)
    if free < _TOO_LITTLE:
        return Finding(Verdict.BAD, text)
    return Finding(Verdict.WARN if free < _LITTLE else Verdict.OK, text)


def _standing(at: datetime) -> Finding:
    """No run has lost its worker for long."""
    late = JobRun.objects.filter(state=RunState.RUNNING, lease_until__lt=at - timedelta(minutes=10)).count()
    if late:
        return Finding(Verdict.BAD, _("Runs without a worker: %d") % late)
    return Finding(Verdict.OK, _("Every run has its worker."))


def enter() -> None:
    """Register the probes of the kernel."""
    register(
        *(Probe(f"part.{name}", _PARTS, _LABELS[name], partial(_part, name), 2) for name in PARTS),
        Probe("database.schema", _PARTS, _("Schema"), _migrations, 3),
        Probe("machine.clock", _PARTS, _("Clock"), _clocks, 2),
        Probe("machine.disk", _PARTS, _("Disk"), _room, 2),
        Probe("runs.standing", _WORK, _("Runs"), _standing, 2),
    )
