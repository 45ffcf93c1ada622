"""Unmasking an entry: a form that asks why, then clear values for a minute under a watermark."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.rules.number import customer_no
from customers.selectors.requests import ADD, CHANGE, END
from customers.selectors.rows import RowView, get_row, texts
from customers.services.revealing import MOST_FIELDS, SHOWN_FOR, Revealed, Why, reveal, reveal_request
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import request_url, shown_in_clear_at
from mdm.backoffice.forms import add_errors
from mdm.backoffice.pages import page, render_page
from mdm.bulk.tables import own_fields
from mdm.display import sensitive
from mdm.errors import Invalid, NotFound
from mdm.paging import number_in
from mdm.subjects import registry
from security.access.causes import CAUSES
from security.approvals.models import ChangeRequest
from security.approvals.reading import get as get_request
from security.authentication.freshness import fresh


class WhyForm(forms.Form):
    """Why something is shown in clear. Nothing of it ever stands in an address."""

    required_css_class = "must"
    cause = forms.ChoiceField(label=_("Cause"))
    document = forms.CharField(
        label=_("Document or ticket number"),
        required=False,
        max_length=30,
        help_text=_("For inquiries of courts and regulators, and for IT incidents."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason in words"),
        max_length=160,
        help_text=_("At least five characters. It is read by your branch's management."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = [("", "—"), *CAUSES.items()]  # type: ignore[attr-defined]


class RevealForm(WhyForm):
    """Which fields, and why."""

    field_order = ("fields_", "cause", "document", "reason")
    fields_ = forms.MultipleChoiceField(label=_("Show"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, shown: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_"].choices = shown  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("fields_", [name for name, _text in shown][:MOST_FIELDS])


@page("customer/<str:number>/reveal/<str:facet>/<str:row>/", "reveal", "clear.read")
@fresh(methods=("POST",))
def show(request: HttpRequest, number: str, facet: str, row: str) -> HttpResponse:
    """The form; sent, the clear values for a minute. Who asks has shown lately who they are."""
    actor, at = actor_of(request), timezone.now()
    if facet not in {known.name for known in registry.facets()}:
        raise NotFound("row.unknown", _("There is no such entry."))
    view = get_row(actor, facet, number_in(row) or 0, at=at)
    hidden = _masked(view, actor.sight(view.customer))
    form = RevealForm(request.POST or None, shown=hidden)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        why = Why(told["cause"], told["reason"], told["document"])
        try:
            found = reveal(actor, facet, view.row.pk, told["fields_"], why, at=at, number=number)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return _shown(request, view, found)
    context = {**_frame(view), "form": form, "minutes": SHOWN_FOR, "save_label": _("Show for one minute")}
    return render_page(request, "panorama/reveal.html", context, status=422 if form.is_bound else 200)


@page("approvals/<int:request_id>/reveal/", "reveal_request", "clear.read")
@fresh(methods=("POST",))
def show_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """What a change request asks for, in clear for a minute, to who may see it and says why."""
    actor, at = actor_of(request), timezone.now()
    row = get_request(actor, request_id, at=at).request
    number = customer_no(row.customer_id or 0)
    frame = {
        "title": _("Show clear values"),
        "crumbs": [{"url": request_url(row.pk), "label": row.number}],
        "head": {"customer_no": number, "display_name": "", "org": {"name": row.org_code}},
    }
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        why = Why(told["cause"], told["reason"], told["document"])
        try:
            found = reveal_request(actor, request_id, why, at=at)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return _rendered(request, frame, _before_and_after(row, found), found)
    context = {**frame, "form": form, "minutes": SHOWN_FOR, "save_label": _("Show for one minute")}
    return render_page(request, "panorama/reveal.html", context, status=422 if form.is_bound else 200)


def _before_and_after(row: ChangeRequest, found: Revealed) -> list[tuple[str, Any]]:
    """The clear values with their labels."""
    facet = registry.facet(str(row.facts["facet"]))
    labels = {field.attname: field.verbose_name for field in own_fields(facet.model)}
    return [
        (pattern % labels[name], value)
        for name, pair in found.values.items()
        for pattern, value in zip((_("%s, before"), _("%s, after")), pair, strict=True)
    ]


def _masked(view: RowView, sight: Any) -> list[tuple[str, str]]:
    """The sensitive fields of the row that hold something, with their masked values."""
    told = texts(view.facet, view.row, sight)
    return [
        (field.attname, f"{field.verbose_name}: {told[field.attname]}")
        for field in own_fields(view.facet.model)
        if sensitive(view.facet.model, field)
        and told[field.attname]
        and not sight.hides(view.facet.name, field.attname)
    ]


def _frame(view: RowView) -> dict[str, Any]:
    number = view.head["customer_no"]
    crumb = {"url": customer_url(number), "label": view.head["display_name"] or number}
    return {"title": _("Show clear values"), "crumbs": [crumb], "head": view.head, "row": view.row}


def _shown(request: HttpRequest, view: RowView, found: Revealed) -> HttpResponse:
    """The clear values; the page takes them away by itself, with scripts and without."""
    labels = {field.attname: field.verbose_name for field in own_fields(view.facet.model)}
    values = [(labels[name], value) for name, value in found.values.items()]
    return _rendered(request, _frame(view), values, found)


def _rendered(
    request: HttpRequest, frame: dict[str, Any], values: list[tuple[Any, Any]], found: Revealed
) -> HttpResponse:
    context = {
        **frame,
        "values": values,
        "until": found.until,
        "seconds": int(SHOWN_FOR.total_seconds()),
        "watermark": found.watermark,
        "left": found.quota_left,
        "over_url": reverse("admin:reveal_over"),
    }
    response = render_page(request, "panorama/revealed.html", context)
    response["Cache-Control"] = "no-store"
    # Without scripts the browser leaves the page; a moment later than htmx would take the values away.
    response["Refresh"] = f"{context['seconds'] + 5}; url={frame['crumbs'][0]['url']}"
    return response


for _operation in (CHANGE, ADD, END):
    shown_in_clear_at(_operation, lambda row: reverse("admin:reveal_request", args=[row.pk]))


@page("reveal/over/", "reveal_over", "clear.read")
def over(request: HttpRequest) -> HttpResponse:
    """What stands where clear values stood a minute ago."""
    return render_page(request, "panorama/parts/reveal_over.html", {"title": _("Show clear values")})
