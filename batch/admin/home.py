"""What batch puts on the home page."""

from datetime import datetime
from typing import Any

from mdm.backoffice.home import Panel, add_panel
from mdm.runs import JobRun
from mdm.selectors.runs import list_runs
from security.access.actor import Actor

RECENT = 6


def _recent_runs(actor: Actor, at: datetime) -> dict[str, Any]:
    """The newest runs."""
    from batch.admin.runs import TONES, job_name, took

    def drawn(run: JobRun) -> dict[str, Any]:
        return {"run": run, "name": job_name(run), "tone": TONES[run.state], "took": took(run, at)}  # type: ignore[index]

    return {"runs": [drawn(run) for run in list_runs(actor, size=RECENT).rows]}


add_panel(Panel("runs", "load.view", "panorama/home/runs.html", _recent_runs, order=10))
