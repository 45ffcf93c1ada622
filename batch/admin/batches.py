"""Creating many customers from the screen: paste a table or send a file, look at what would come of it, create."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from batch.admin.runs import TONES as RUN_TONES
from batch.admin.runs import took
from batch.layouts.customer_rows import Told, template, told_rows
from batch.layouts.customer_rows import columns as told_columns
from batch.models import CustomerBatch, Mode, Outcome
from batch.selectors.batches import (
    RIGHT,
    RowView,
    batch_rows,
    get_batch,
    is_cancelled,
    is_kept,
    list_batches,
)
from batch.services import batches
from batch.services.creating import COUNTED
from customers.admin.links import customer_url
from customers.services.facets import ONLINE
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, FieldError, Invalid, ServiceError, Text
from mdm.runs import FINAL_STATES, RunState
from security.access.actor import Actor

TONES = {
    Outcome.CREATED: "ok",
    Outcome.EXISTING: "info",
    Outcome.SUSPECT: "warn",
    Outcome.REJECTED: "bad",
}
FILTERS = (Filter("outcome", _("outcome"), choices=lambda: Outcome.choices),)
#: A choice of the page: the button's name, and the mode it stands for.
BUTTONS = {"create": Mode.TOLERANT, "create_all": Mode.STRICT}


class RowsForm(forms.Form):
    """A table: pasted, or in a file."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    pasted = forms.CharField(
        label=_("table"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "class": "mono"}
        ),
        help_text=_("Copy the rows out of a spreadsheet together with the headings, and paste them here."),
    )
    file = forms.FileField(
        label=_("or a file"),
        required=False,
        help_text=_("A workbook (xlsx) or a CSV file, up to 1,000 rows."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pasted"].wide = True  # type: ignore[attr-defined]  # read by the template

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if bool(told.get("file")) == bool((told.get("pasted") or "").strip()) and not self.errors:
            raise forms.ValidationError(_("Paste rows or choose a file, one of the two."))
        return told

    def rows(self) -> list[Told]:
        """The rows, as read. Invalid for a table that is refused as a whole."""
        told = self.cleaned_data
        file = told["file"]
        if not file:
            return told_rows(told["pasted"].encode(), ONLINE, batches.MOST)
        declared, name = file.content_type or "", file.name or ""
        return told_rows(file.read(), ONLINE, batches.MOST, declared=declared, file_name=name)

    def refuse(self, refusal: ServiceError) -> None:
        """Every place that was refused, by the name of its column."""
        for error in refusal.errors or [FieldError("", refusal.code, refusal.message)]:
            self.add_error(None, str(_named(error)))


def _named(error: FieldError) -> Text:
    column = error.pointer.partition("/field/")[2]
    return format_lazy("{column}: {text}", column=column, text=error.detail) if column else error.detail


def _link(batch: CustomerBatch) -> Cell:
    return Cell(f"#{batch.pk}", url=reverse("admin:customer_batch", args=[batch.pk]), main=True)


def _state(batch: CustomerBatch) -> Cell:
    run: Any = batch.run
    return Cell(run.get_state_display(), "tag", RUN_TONES[RunState(run.state)])


COLUMNS: tuple[Column[CustomerBatch], ...] = (
    Column(_("Batch"), _link),
    Column(_("State"), _state),
    Column(_("Mode"), lambda batch: Cell(batch.get_mode_display())),
    Column(_("Rows"), lambda batch: Cell(batch.rows, "num"), "num"),
    Column(_("Rejected"), lambda batch: Cell(_count(batch, "rejected"), "num"), "num"),
    Column(_("Sent by"), lambda batch: Cell(batch.sent_by)),
    Column(_("Sent"), lambda batch: Cell(batch.created_at, "time")),
)
ROWS: tuple[Column[RowView], ...] = (
    Column(_("Row"), lambda row: Cell(row.number, "num"), "num"),
    Column(_("Key in the source"), lambda row: Cell(row.source_key or "—", "mono", note=" · ".join(row.who))),
    Column(
        _("Outcome"), lambda row: Cell(Outcome(row.outcome).label, "tag", TONES.get(Outcome(row.outcome), ""))
    ),
    Column(
        _("Customer"),
        lambda row: Cell(row.customer_no or "—", "mono", url=_panorama(row), main=bool(row.customer_no)),
    ),
    Column(_("Why"), lambda row: Cell(_why(row) or "—")),
)


def _count(batch: CustomerBatch, name: str) -> int | None:
    return batch.run.counts.get(name) if batch.run else None


def _panorama(row: RowView) -> str:
    return customer_url(row.customer_no) if row.customer_no else ""


def _why(row: RowView) -> str:
    """What is to be said of a row: its errors by column, the row it repeats, who may be the same."""
    named = told_columns()
    told = [str(_of(named.get(error["field"]) or error["field"], error["text"])) for error in row.errors]
    if row.duplicate_of:
        told.append(str(_("Row %d tells of the same customer.") % row.duplicate_of))
    numbers = [one["customer_no"] for one in row.suspects if one["customer_no"]]
    told += [str(_("It may be customer %s.") % number) for number in numbers]
    return " ".join(told)


def _of(field: Text, text: str) -> str:
    return f"{field}: {text}" if field else text


@page("batches/", "customer_batches", RIGHT)
def every(request: HttpRequest) -> HttpResponse:
    """The batches that were sent at one's branches, newest first."""
    query = ListQuery.read(request.GET, ())
    found = list_batches(actor_of(request), after=query.after_id, size=query.size)
    drawn = listing(
        _("Batches of new customers"),
        COLUMNS,
        found.rows,
        query,
        next=str(found.next or ""),
        empty=_("No batch was sent yet"),
        empty_next=_("Paste a table of new customers to begin."),
    )
    context = {
        "title": _("Batches of new customers"),
        "listing": drawn,
        "add_url": reverse("admin:customer_batch_new"),
        "add_label": _("New batch"),
    }
    return render_page(request, "admin/change_list.html", context)


@page("batches/new/", "customer_batch_new", RIGHT)
def new(request: HttpRequest) -> HttpResponse:
    """A table, looked at before anything is written."""
    if request.method != "POST":
        return _form(request, RowsForm(initial={"key": uuid4().hex}))
    form = RowsForm(request.POST, request.FILES)
    if form.is_valid():
        key = form.cleaned_data["key"]
        try:
            batch = batches.submit(
                actor_of(request), form.rows(), mode=Mode.DRY_RUN, form="table", key=key, at=timezone.now()
            )
        except (Invalid, Duplicate) as refusal:
            form.refuse(refusal)
            form.data = {**request.POST.dict(), "key": uuid4().hex}  # sent again, it is another batch
        else:
            return HttpResponseRedirect(reverse("admin:customer_batch", args=[batch.pk]))
    return _form(request, form, status=422)


def _form(request: HttpRequest, form: RowsForm, status: int = 200) -> HttpResponse:
    context = {"title": _("New batch of customers"), "form": form, "crumbs": _crumbs(), "columns": _columns()}
    return render_page(request, "panorama/batch_new.html", context, status=status)


def _columns() -> list[tuple[str, Text]]:
    return list(told_columns().items())


def _crumbs() -> list[dict[str, Any]]:
    return [{"url": reverse("admin:customer_batches"), "label": _("Batches of new customers")}]


@page("batches/template/", "customer_batch_template", RIGHT)
def headings(request: HttpRequest) -> HttpResponse:
    """A file with the headings, to be filled in."""
    response = HttpResponse(template(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="customers.csv"'
    return response


@page("batches/<int:batch_id>/", "customer_batch", RIGHT)
def show(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What became of every row, or would; from here a trial is carried out, corrected or given up."""
    actor = actor_of(request)
    batch = get_batch(actor, batch_id)
    form = RowsForm(request.POST if "correct" in request.POST else None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            done = _do(request, actor, batch, form)
        except (Invalid, Duplicate) as refusal:
            if form.is_bound and not is_cancelled(batch):
                form.refuse(refusal)
            else:
                messages.error(request, str(refusal.message))
        else:
            if done:
                messages.success(request, str(done))
                return HttpResponseRedirect(request.path)
    response = render_page(request, "panorama/batch.html", _shown(request, actor, batch, form), status=status)
    if request.headers.get("HX-Request") and _ended(batch):
        response["HX-Refresh"] = "true"
    return response


def _do(request: HttpRequest, actor: Actor, batch: CustomerBatch, form: RowsForm) -> Text:
    """What the pressed button asks for; says so. Nothing is said where the form must be filled in again."""
    at = timezone.now()
    if "cancel" in request.POST:
        batches.cancel_batch(actor, batch.pk, at=at)
        return _("The batch was cancelled.")
    if form.is_bound:
        if not form.is_valid():
            return ""
        batches.correct(actor, batch.pk, form.rows(), at=at)
        return _("The corrected rows were taken.")
    mode = next((mode for name, mode in BUTTONS.items() if name in request.POST), Mode.DRY_RUN)
    batches.apply_batch(actor, batch.pk, mode=mode, at=at)
    return _("The customers are being created.")


def _ended(batch: CustomerBatch) -> bool:
    return batch.run is not None and batch.run.state in FINAL_STATES


def _shown(request: HttpRequest, actor: Actor, batch: CustomerBatch, form: RowsForm) -> dict[str, Any]:
    run: Any = batch.run
    ended = _ended(batch)
    open_ = ended and not is_cancelled(batch)
    counts = run.counts if open_ or run.state == RunState.CANCELLED else {}
    state = RunState.CANCELLED if ended and not open_ else RunState(run.state)
    context = {
        "title": _("Batch #%d") % batch.pk,
        "crumbs": _crumbs(),
        "batch": batch,
        "run": run,
        "ended": ended,
        "state": state.label,
        "tone": RUN_TONES[state],
        "took": took(run, timezone.now()),
        "counts": [(Outcome(code).label, counts[name]) for name, code in COUNTED.items() if counts.get(name)],
        "refused": open_ and any(problem["code"] == "creation.refused" for problem in run.problems),
        "trial": open_ and batch.mode == Mode.DRY_RUN,
        "waits": open_ and is_kept(batch),
        "correctable": open_ and bool(counts.get("rejected")),
        "form": form,
    }
    return {**context, "listing": _listed(request, actor, batch)} if ended else context


def _listed(request: HttpRequest, actor: Actor, batch: CustomerBatch) -> Any:
    query = ListQuery.read(request.GET, FILTERS)
    found = batch_rows(
        actor, batch, at=timezone.now(), after=query.after_id, size=query.size, filters=query.filters
    )
    return listing(
        _("Rows"),
        ROWS,
        found.rows,
        query,
        filters=FILTERS,
        next=str(found.next or ""),
        empty=_("No such rows"),
    )


menu.add(menu.Item("customers", _("Batch creation"), "admin:customer_batches", "upload", RIGHT, order=24))
