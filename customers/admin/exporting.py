"""Sealed exports of the log, of the changes and of lists of customers: asking for one with a reason, watching it,
taking it away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.changes import FILTERS as CHANGE_FILTERS
from customers.admin.customer import FILTERS as CUSTOMER_FILTERS
from customers.admin.search import kept, user_id_of
from customers.selectors import list_columns
from customers.selectors.evidence import LISTS, LOG, SOURCES, Kind, source, sources
from customers.services import exporting
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import ReasonForm, add_errors
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, NotFound, Text
from mdm.runs import JobRun, RunState
from security.access.actor import Actor
from security.admin.operations import OperationLogAdmin
from security.authentication.freshness import fresh

FILTERS = {
    "operations": OperationLogAdmin.filters,
    "changes": CHANGE_FILTERS,
    "customers": CUSTOMER_FILTERS,
}
TONES = {RunState.SUCCEEDED: "ok", RunState.FAILED: "bad", RunState.CANCELLED: ""}
#: What the pages of a kind are called, and what is told where there is none yet.
NAMES: dict[Kind, tuple[str, Text, Text]] = {
    LOG: (
        "log_export",
        _("Exports of the log"),
        _("Filter the operation log or the changes, then choose “Export”."),
    ),
    LISTS: (
        "list_export",
        _("Exports of customers"),
        _("Filter the customers or open a saved view, then choose “Export”."),
    ),
}
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
    return reverse(f"admin:{NAMES[source(run.params['source']).kind][0]}", args=[run.pk])


def _crumbs(kind: Kind) -> list[dict[str, Any]]:
    name, label, _empty = NAMES[kind]
    return [{"url": reverse(f"admin:{name}s"), "label": label}]


@page("exports/", "log_exports", LOG.right)
def every(request: HttpRequest) -> HttpResponse:
    """The exports of the log that were asked for at one's branches, newest first."""
    return _every(request, LOG)


@page("list-exports/", "list_exports", LISTS.right)
def every_list(request: HttpRequest) -> HttpResponse:
    """The exports of lists that were asked for at one's branches, newest first."""
    return _every(request, LISTS)


def _every(request: HttpRequest, kind: Kind) -> HttpResponse:
    _name, title, hint = NAMES[kind]
    query = ListQuery.read(request.GET, ())
    found = exporting.exports(actor_of(request), kind=kind, after=query.after_id, size=query.size)
    drawn = listing(
        title,
        COLUMNS,
        found.rows,
        query,
        next=str(found.next or ""),
        empty=_("Nothing was exported yet"),
        empty_next=hint,
    )
    context = {"title": title, "listing": drawn}
    return render_page(request, "admin/change_list.html", context)


@page("exports/new/<slug:source>/", "log_export_new", LOG.right)
@fresh(methods=("POST",))
def ask(request: HttpRequest, source: str) -> HttpResponse:
    """What of the log would be exported; with a reason, the export itself."""
    return _ask(request, source, LOG)


@page("list-exports/new/<slug:source>/", "list_export_new", LISTS.right)
@fresh(methods=("POST",))
def ask_list(request: HttpRequest, source: str) -> HttpResponse:
    """Which list would be exported; with a reason, the export itself."""
    return _ask(request, source, LISTS)


def _ask(request: HttpRequest, source: str, kind: Kind) -> HttpResponse:
    if source not in sources(kind):
        raise NotFound("page.unknown", _("There is no such page."))
    query = ListQuery.read(request.GET, FILTERS[source])
    actor, term = actor_of(request), _term(request, kind)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            run = exporting.order(
                actor,
                source,
                query.filters,
                asked["format"],
                columns=request.POST.getlist("column"),
                term=term,
                reason=asked["reason"],
                at=timezone.now(),
            )
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("A worker makes the export; its package will stand here."))
            return HttpResponseRedirect(_url(run))
    said = _said(FILTERS[source], query.filters)
    if term:
        said.append(
            (_("Search"), _("only whom the search has found, and whom it finds when the export is made"))
        )
    context = {
        "title": _("Export: %s") % SOURCES[source].label,
        "lead": _("Rows as you may see them, with a signed manifest. Who asks for it and why is logged."),
        "crumbs": _crumbs(kind),
        "apart": said or [(_("Filters"), _("none: everything in scope"))],
        "form": form,
        "column_groups": _column_groups(actor, request.POST.getlist("column")) if kind == LISTS else [],
        "reasons": REASONS,
        "save_label": _("Export"),
    }
    return render_page(request, "admin/change_form.html", context, status=422 if form.is_bound else 200)


def _term(request: HttpRequest, kind: Kind) -> str:
    """The search that a list is the result of; nothing where none is named. NotFound once it is over."""
    token = request.GET.get("found", "")
    if not token or kind != LISTS:
        return ""
    term = kept(token, user_id_of(request))
    if term is None:
        raise NotFound("page.unknown", _("This search is over: search again."))
    return term


def _column_groups(actor: Actor, ticked: list[str]) -> list[dict[str, Any]]:
    """The columns to choose from, by facet; the list's own are open."""
    on = set(ticked)
    return [
        {
            "label": group.label,
            "columns": [(name, label, name in on) for name, label in group.columns],
            "count": len(on.intersection(name for name, _label in group.columns)),
            "open": not group.name,
        }
        for group in list_columns.groups(actor)
    ]


def _column_names(actor: Actor, chosen: list[str]) -> list[Text]:
    """The columns that were chosen, in words."""
    return [
        f"{group.label} · {label}" if group.name else label
        for group in (list_columns.groups(actor) if chosen else [])
        for name, label in group.columns
        if name in chosen
    ]


def _said(filters: Any, chosen: dict[str, str]) -> list[tuple[Text, Text]]:
    """The filters in force in the reader's words."""
    known: dict[str, Filter] = {one.name: one for one in filters}
    return [
        (known[name].label, known[name].said(value)) if name in known else (name, value)
        for name, value in chosen.items()
    ]


@page("exports/<int:run_id>/", "log_export", LOG.right)
@fresh(methods=("POST",))
def show(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """How an export of the log stands; a POST by who asked for it takes the package away."""
    return _show(request, run_id, LOG)


@page("list-exports/<int:run_id>/", "list_export", LISTS.right)
@fresh(methods=("POST",))
def show_list(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """How an export of a list stands; a POST by who asked for it takes the package away."""
    return _show(request, run_id, LISTS)


def _show(request: HttpRequest, run_id: int, kind: Kind) -> HttpResponseBase:
    actor, at = actor_of(request), timezone.now()
    run = exporting.one(actor, run_id, kind=kind)
    if request.method == "POST":
        stored, stream = exporting.read(actor, run_id, at=at, kind=kind)
        return FileResponse(
            stream, as_attachment=True, filename=stored.file_name, content_type="application/zip"
        )
    until = exporting.until(run)
    context = {
        "title": _("Export #%d") % run.pk,
        "crumbs": _crumbs(kind),
        "run": run,
        "until": until,
        "tone": _tone(run),
        "source": _source(run),
        "filters": _said(FILTERS[run.params["source"]], run.params["filters"]),
        "columns": _column_names(actor, run.params.get("columns", [])),
        "ready": exporting.is_ready(actor, run, at),
    }
    response = render_page(request, "panorama/log_export.html", context)
    if run.final and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


menu.add(
    menu.Item("control", NAMES[LOG][1], "admin:log_exports", "document", LOG.right, order=13),
    menu.Item("customers", NAMES[LISTS][1], "admin:list_exports", "document", LISTS.right, order=80),
)
