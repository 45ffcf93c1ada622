"""Sealed exports of the log and of the changes: asking for one with a reason, watching it, taking it away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.changes import FILTERS as CHANGE_FILTERS
from customers.selectors.evidence import SOURCES
from customers.services import exporting
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import ReasonForm, add_errors
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, NotFound, Text
from mdm.runs import JobRun, RunState
from security.admin.operations import OperationLogAdmin

FILTERS = {"operations": OperationLogAdmin.filters, "changes": CHANGE_FILTERS}
TONES = {RunState.SUCCEEDED: "ok", RunState.FAILED: "bad", RunState.CANCELLED: ""}
REASONS = (
    _("An audit asks for it"),
    _("A complaint is looked into"),
    _("A regulator or court asks for it"),
)
COLUMNS: tuple[Column[JobRun], ...] = (
    Column(_("Export"), lambda run: Cell(f"#{run.pk}", url=_url(run), main=True)),
    Column(_("Of"), lambda run: Cell(_source(run))),
    Column(_("State"), lambda run: Cell(run.get_state_display(), "tag", _tone(run))),
    Column(_("Rows"), lambda run: Cell(run.counts.get("rows"), "num"), "num"),
    Column(_("Asked by"), lambda run: Cell(run.started_by)),
    Column(_("Asked"), lambda run: Cell(run.created_at, "time")),
    Column(_("Reason"), lambda run: Cell(run.params["reason"])),
)


class ExportForm(ReasonForm):
    """In which form, and why."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("csv", _("CSV, for spreadsheets")), ("ndjson", _("NDJSON, one JSON object a line"))],
    )


def _source(run: JobRun) -> Text:
    return SOURCES[run.params["source"]].label


def _tone(run: JobRun) -> str:
    return TONES.get(RunState(run.state), "info")


def _url(run: JobRun) -> str:
    return reverse("admin:log_export", args=[run.pk])


def _crumbs(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"url": reverse("admin:log_exports"), "label": _("Exports of the log")}, *more]


@page("exports/", "log_exports", exporting.RIGHT)
def every(request: HttpRequest) -> HttpResponse:
    """The exports that were asked for at one's branches, newest first."""
    query = ListQuery.read(request.GET, ())
    after = int(query.after) if query.after.isdigit() and len(query.after) < 19 else None
    found = exporting.exports(actor_of(request), after=after, size=query.size)
    drawn = listing(
        _("Exports of the log"),
        COLUMNS,
        found.rows,
        query,
        next=str(found.next or ""),
        empty=_("Nothing was exported yet"),
        empty_next=_("Filter the operation log or the changes, then choose “Export”."),
    )
    context = {"title": _("Exports of the log"), "listing": drawn}
    return render_page(request, "admin/change_list.html", context)


@page("exports/new/<slug:source>/", "log_export_new", exporting.RIGHT)
def ask(request: HttpRequest, source: str) -> HttpResponse:
    """What would be exported; with a reason, the export itself."""
    if source not in FILTERS:
        raise NotFound("page.unknown", _("There is no such page."))
    query = ListQuery.read(request.GET, FILTERS[source])
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            run = exporting.order(
                actor_of(request),
                source,
                query.filters,
                asked["format"],
                reason=asked["reason"],
                at=timezone.now(),
            )
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("A worker makes the export; its package will stand here."))
            return HttpResponseRedirect(_url(run))
    context = {
        "title": _("Export: %s") % SOURCES[source].label,
        "lead": _("Rows as you may see them, with a signed manifest. Who asks for it and why is logged."),
        "crumbs": _crumbs(),
        "apart": _said(FILTERS[source], query.filters) or [(_("Filters"), _("none: everything in scope"))],
        "form": form,
        "reasons": REASONS,
        "save_label": _("Export"),
    }
    return render_page(request, "admin/change_form.html", context, status=422 if form.is_bound else 200)


def _said(filters: Any, chosen: dict[str, str]) -> list[tuple[Text, Text]]:
    """The filters in force in the reader's words."""
    known: dict[str, Filter] = {one.name: one for one in filters}
    return [
        (known[name].label, known[name].said(value)) if name in known else (name, value)
        for name, value in chosen.items()
    ]


@page("exports/<int:run_id>/", "log_export", exporting.RIGHT)
def show(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """How an export stands; a POST by who asked for it takes the package away."""
    actor = actor_of(request)
    run = exporting.one(actor, run_id)
    if request.method == "POST":
        stored, stream = exporting.read(actor, run_id, at=timezone.now())
        return FileResponse(
            stream, as_attachment=True, filename=stored.file_name, content_type="application/zip"
        )
    context = {
        "title": _("Export #%d") % run.pk,
        "crumbs": _crumbs(),
        "run": run,
        "tone": _tone(run),
        "source": _source(run),
        "filters": _said(FILTERS[run.params["source"]], run.params["filters"]),
        "ready": bool(run.checkpoint.get("object")) and exporting.is_own(actor, run),
    }
    response = render_page(request, "panorama/log_export.html", context)
    if run.final and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


menu.add(
    menu.Item("control", _("Exports of the log"), "admin:log_exports", "document", exporting.RIGHT, order=13)
)
