"""Runs: the list, and the page of one run with live progress."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ReadOnlyAdmin
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.backoffice.pages import page, render_page
from mdm.errors import Text
from mdm.paging import Page, number_in
from mdm.runs import JobRun, RunState
from mdm.selectors.runs import get, list_runs
from security.access.actor import Actor

VIEW = "load.view"
TONES = {
    RunState.WAITING: "info",
    RunState.RUNNING: "info",
    RunState.SUCCEEDED: "ok",
    RunState.PARTIAL: "warn",
    RunState.FAILED: "bad",
    RunState.CANCELLED: "",
}
#: Names of jobs and of what they count, for people.
JOBS: dict[str, Text] = {
    "load_file": _("Load a file"),
    "create_customers": _("Create customers in a batch"),
    "consolidate": _("Consolidation"),
    "export_file": _("Export"),
    "export_log": _("Export of the log"),
    "export_customers": _("Export of a list of customers"),
    "index_attributes": _("Index of search for attributes"),
}
COUNTS: dict[str, Text] = {
    "rows": _("rows"),
    "customers": _("customers"),
    "created": _("created"),
    "existing": _("known already"),
    "updated": _("updated"),
    "unchanged": _("unchanged"),
    "ended": _("ended"),
    "rejected": _("rejected"),
    "suspects": _("possible duplicates"),
    "issues": _("quality issues"),
    "records": _("records"),
    "pairs": _("pairs"),
    "merged": _("merged"),
    "review": _("for review"),
    "vetoed": _("refused by a veto"),
}
INPUTS: dict[str, Text] = {
    "layout": _("layout"),
    "file": _("file"),
    "mode": _("mode"),
    "sm3": _("digest (SM3)"),
    "bytes": _("bytes"),
}
STEPS: dict[str, Text] = {
    "admit": _("looking at the file"),
    "load": _("loading"),
    "rejects": _("sealing what was rejected"),
}
#: Seconds between two looks at a run: short at first, then slower (doors 7.0).
FASTEST, SLOWEST = 2, 10


def job_name(run: JobRun) -> Text:
    """What the run does, in words."""
    return JOBS.get(run.job, run.job)


def _share(run: JobRun) -> str:
    if run.final:
        return ""
    return f"{int(run.share * 100)} %" if run.share is not None else f"{run.done:,}"


@admin.register(JobRun)
class RunAdmin(ReadOnlyAdmin[JobRun]):
    """Runs, newest first."""

    view_right = VIEW
    empty_next = _("Load a file to begin.")
    filters = (Filter("job", _("Job"), choices=JOBS.items),)
    columns = (
        Column(_("Run"), lambda run: Cell(f"#{run.pk}", url=reverse("admin:run", args=[run.pk]), main=True)),
        Column(_("Job"), lambda run: Cell(job_name(run))),
        Column(_("Business date"), lambda run: Cell(run.business_date, "day")),
        Column(_("State"), lambda run: Cell(run.get_state_display(), "tag", TONES[RunState(run.state)])),
        Column(_("Progress"), lambda run: Cell(_share(run))),
        Column(_("Rows"), lambda run: Cell(run.counts.get("rows", run.counts.get("records")), "num"), "num"),
        Column(_("Rejected"), lambda run: Cell(run.counts.get("rejected"), "num"), "num"),
        Column(_("Started"), lambda run: Cell(run.started_at or run.created_at, "time")),
        Column(_("Took"), lambda run: Cell(took(run))),
        Column(_("Started by"), lambda run: Cell(run.started_by)),
    )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return list_runs(actor, after=query.after_id, size=query.size, job=query.filters.get("job", ""))


def took(run: JobRun, now: datetime | None = None) -> str:
    """How long the run has been working, h:mm:ss; a dash before it began."""
    end = run.finished_at or now
    if run.started_at is None or end is None:
        return "—"
    seconds = max(0, int((end - run.started_at).total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@page("run/<int:run_id>/", "run", VIEW)
def show(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: state, progress, counts, inputs, problems; it keeps itself current until the end."""
    actor = actor_of(request)
    run = get(actor, run_id)
    may_read = actor.may("reject.read") and bool(run.checkpoint.get("rejects"))
    context = {
        "title": job_name(run),
        "crumbs": [{"url": reverse("admin:mdm_jobrun_changelist"), "label": _("Runs")}],
        **_progress(run, turn=0, said=-1),
        "announce": False,
        "inputs": [(INPUTS[name], value) for name, value in run.params.items() if name in INPUTS],
        "rejected_url": reverse("admin:run_rejected", args=[run.pk]) if run.counts.get("rejected") else "",
        "rejects_url": reverse("admin:rejects", args=[run.pk]) if may_read else "",
    }
    return render_page(request, "panorama/run.html", context)


@page("run/<int:run_id>/progress/", "run_progress", VIEW)
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part that changes, asked for by htmx: every 2 s, then slower, never again once the run has ended.

    `turn` counts the asking, `said` is the tenth of the way that a screen reader last heard.
    """
    turn, said = _number(request, "turn"), _number(request, "said")
    run = get(actor_of(request), run_id)
    context = _progress(run, turn, said)
    response = render(request, "panorama/parts/progress.html", context)
    if run.final:
        response["HX-Refresh"] = "true"
    return response


def _number(request: HttpRequest, name: str) -> int:
    told = number_in(request.GET.get(name, ""), digits=6)
    return told if told is not None else -1 if name == "said" else 0


def _progress(run: JobRun, turn: int, said: int) -> dict[str, Any]:
    """What the changing part shows, and when and how it asks again."""
    tenth = int(run.share * 10) if run.share is not None else -1
    query = f"?turn={turn + 1}&said={max(tenth, said)}"
    return {
        "run": run,
        "tone": TONES[RunState(run.state)],
        "step": STEPS.get(run.step, run.step),
        "took": took(run, timezone.now()),
        "rate": _rate(run),
        "left": _left(run),
        "counts": _counts(run),
        "announce": tenth > said and not run.final,
        "delay": min(SLOWEST, FASTEST + turn // 5),
        "poll_url": reverse("admin:run_progress", args=[run.pk]) + query,
    }


def _counts(run: JobRun) -> list[tuple[Text, int]]:
    """What became of the rows, in the order in which one asks."""
    told = {name: value for name, value in run.counts.items() if isinstance(value, int)}
    known = [name for name in COUNTS if name in told]
    return [(COUNTS.get(name, name), told[name]) for name in (*known, *sorted(told.keys() - set(known)))]


def _rate(run: JobRun) -> float | None:
    """Units a second since the run began."""
    if run.started_at is None or not run.done:
        return None
    seconds = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    return run.done / seconds if seconds > 0 else None


def _left(run: JobRun) -> int | None:
    """Seconds that remain at this rate."""
    rate = _rate(run)
    return round((run.total - run.done) / rate) if rate and run.total and not run.final else None


menu.add(menu.Item("batch", _("Runs"), "admin:mdm_jobrun_changelist", "run", VIEW, key="g j", order=10))
