"""What a run rejected: line, field, code and reason for all who see runs; the rows themselves for few."""

from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batch.models import RejectedRow
from batch.services.rejects import RIGHT, read_rejects
from customers.admin.revealing import WhyForm
from customers.services.revealing import Why
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.lists import Cell, Column, ListQuery, listing
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid
from mdm.paging import number_in
from mdm.selectors.runs import get
from security.authentication.freshness import fresh

COLUMNS: tuple[Column[RejectedRow], ...] = (
    Column(_("Line"), lambda row: Cell(row.line, "num"), "num"),
    Column(_("Field"), lambda row: Cell(row.field or "—", "mono")),
    Column(_("Code"), lambda row: Cell(row.code, "mono")),
    Column(_("Why"), lambda row: Cell(row.reason)),
)


@page("run/<int:run_id>/rejected/", "run_rejected", "load.view")
def rejected(request: HttpRequest, run_id: int) -> HttpResponse:
    """The rejected rows without their contents, in the order of the file."""
    run = get(actor_of(request), run_id)
    query = ListQuery.read(request.GET, ())
    line, number = map(number_in, query.after.partition("-")[::2])
    rows = RejectedRow.objects.filter(run_id=run.pk).defer("raw_line").order_by("line", "id")
    if line is not None and number is not None:
        rows = rows.filter(line__gte=line).exclude(line=line, id__lte=number)
    found = list(rows[: query.size + 1])
    last = found[query.size - 1] if len(found) > query.size else None
    drawn = listing(
        _("Rejected rows"),
        COLUMNS,
        found[: query.size],
        query,
        next=f"{last.line}-{last.pk}" if last else "",
        empty=_("Nothing was rejected"),
    )
    crumbs = [
        {"url": reverse("admin:mdm_jobrun_changelist"), "label": run._meta.verbose_name_plural},
        {"url": reverse("admin:run", args=[run.pk]), "label": f"#{run.pk}"},
    ]
    return render_page(
        request, "admin/change_list.html", {"title": _("Rejected rows"), "crumbs": crumbs, "listing": drawn}
    )


@page("run/<int:run_id>/rejects/", "rejects", RIGHT)
@fresh(methods=("POST",))
def download(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The reject file in clear, for those who may: with a cause and words, counted and watched as any clear value.
    Who asks has shown lately who they are."""
    actor = actor_of(request)
    run = get(actor, run_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        why = Why(told["cause"], told["reason"], told["document"])
        try:
            return _file(*read_rejects(actor, run.pk, why, at=timezone.now()))
        except Invalid as refusal:
            add_errors(form, refusal)
    crumbs = [{"url": reverse("admin:run", args=[run.pk]), "label": f"#{run.pk}"}]
    context = {
        "title": _("Reject file"),
        "lead": _(
            "Every rejected row as it came, in clear. Who reads it and why is logged, counted and watched."
        ),
        "form": form,
        "crumbs": crumbs,
    }
    context["save_label"] = _("Download")
    return render_page(request, "admin/change_form.html", context, status=422 if form.is_bound else 200)


def _file(name: str, stream: BinaryIO) -> FileResponse:
    """The file, to be kept by nothing on its way."""
    response = FileResponse(stream, as_attachment=True, filename=name, content_type="text/csv")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
