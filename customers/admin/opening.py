"""Opening a document in clear: a form that asks why, then its pages for a minute under a watermark, or the file."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.documents import document_url, png, row_id
from customers.admin.revealing import WhyForm
from customers.selectors.documents import Card, one_document
from customers.services.opening import Opened, clear_page, open_document, original
from customers.services.revealing import RIGHT, SHOWN_FOR, Why
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid
from security.authentication.freshness import fresh

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


class OpenForm(WhyForm):
    """Why, and whether to look or to take the file along."""

    field_order = ("how", "cause", "document", "reason")
    how = forms.ChoiceField(
        label=_("What for"),
        choices=(
            ("look", _("to look at it for one minute")),
            ("file", _("to hand the file on, as it is kept")),
        ),
        initial="look",
        widget=forms.RadioSelect,
    )


@page("customer/<str:number>/kept/<str:row>/open/", "kept_open", RIGHT)
@fresh(methods=("POST",))
def show(request: HttpRequest, number: str, row: str) -> HttpResponse:
    """The form; sent, the pages or the file. Who asks has shown lately who they are."""
    actor, at = actor_of(request), timezone.now()
    card = one_document(actor, number, row_id(row), at=at)
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        why = Why(told["cause"], told["reason"], told["document"])
        try:
            if told["how"] == "file":
                return _file(*original(actor, number, card.row.pk, why, at=at), card)
            return _pages(request, card, open_document(actor, number, card.row.pk, why, at=at))
        except Invalid as refusal:
            add_errors(form, refusal)
    context = {**_frame(card), "form": form, "save_label": _("Open it")}
    return render_page(request, "panorama/reveal.html", context, status=422 if form.is_bound else 200)


def _file(opened: Opened, data: bytes, card: Card) -> HttpResponse:
    """The bytes as they are kept, under a name that is ours and tells nobody's."""
    media_type = opened.edition.media_type
    response = HttpResponse(data, content_type=media_type)
    name = f"document-{card.row.pk}-{opened.edition.number}.{_ENDINGS[media_type]}"
    response["Content-Disposition"] = f"attachment; filename={name}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


def _pages(request: HttpRequest, card: Card, opened: Opened) -> HttpResponse:
    """The pages; the page takes them away by itself, with scripts and without."""
    numbers = range(1, opened.edition.pages + 1)
    pictures = [(n, reverse("admin:kept_clear", args=[opened.showing, n])) for n in numbers]
    context = {
        **_frame(card),
        "pictures": pictures,
        "until": opened.until,
        "seconds": int(SHOWN_FOR.total_seconds()),
        "watermark": opened.watermark,
        "left": opened.quota_left,
        "over_url": reverse("admin:reveal_over"),
        "back_url": document_url(card.customer_no, card.row.pk),
    }
    response = render_page(request, "panorama/kept_document_open.html", context)
    response["Cache-Control"] = "no-store, private"
    response["Refresh"] = f"{context['seconds'] + 5}; url={context['back_url']}"
    return response


@page("kept/<str:showing>/<str:number_of>/", "kept_clear", RIGHT)
def clear(request: HttpRequest, showing: str, number_of: str) -> HttpResponse:
    """One page in clear, while the minute runs."""
    return png(clear_page(actor_of(request), row_id(showing), row_id(number_of), at=timezone.now()))


def _frame(card: Card) -> dict[str, Any]:
    head = {"customer_no": card.customer_no, "display_name": card.name}
    crumb = {"url": document_url(card.customer_no, card.row.pk), "label": card.texts["kind"]}
    return {"title": _("Open a document on file"), "crumbs": [crumb], "head": head, "row": card.row}
