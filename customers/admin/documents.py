"""Documents on the screen: all of a customer's with small pictures, one with its pages, opening it in clear."""

from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from customers.admin.links import customer_url, row_url
from customers.models import Document
from customers.selectors import documents as reading
from customers.selectors.customer import rights_on
from customers.selectors.documents import Card, documents_of, one_document
from customers.services import documents
from customers.services.documents import Told, Upload
from customers.services.revealing import RIGHT as CLEAR
from mdm.backoffice import menu, objects
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import went
from mdm.backoffice.forms import REASONS, DayField, ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.codes import get as code_list
from mdm.errors import Duplicate, Invalid, NotFound, Stale
from mdm.paging import number_in
from mdm.rest.uploads import UploadedFile
from mdm.subjects import registry
from security.access.actor import Actor
from security.approvals.requests import Done
from security.content.viewing import THUMBNAIL, WHOLE

#: What a browser offers to pick; the content decides.
ACCEPTED = ".jpg,.jpeg,.png,.pdf,image/jpeg,image/png,application/pdf"
_PRIVATE = "no-store, private"
R = TypeVar("R", bound=HttpResponse)


class FileField(forms.FileField):
    """A document's file: picked, dropped or pasted."""

    def __init__(self) -> None:
        super().__init__(
            label=_("File"),
            max_length=255,
            allow_empty_file=True,
            help_text=_("JPEG, PNG or PDF: pick it, drop it here, or paste a picture."),
            widget=forms.FileInput(attrs={"accept": ACCEPTED, "data-drop": "yes"}),
        )


class UploadForm(ReasonForm):
    """A new document."""

    field_order = ("file", "kind", "title", "dated_on", "reason")
    file = FileField()
    kind = forms.ChoiceField(label=_("kind of document on file"))
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    dated_on = DayField(label=_("Date on the document"), required=False)
    about = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    about_id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "—"), *code_list("document_kind").choices(timezone.localdate())]  # type: ignore[attr-defined]


class EditionForm(ReasonForm):
    """A new edition."""

    field_order = ("file", "reason")
    file = FileField()


@admin.register(Document)
class DocumentAdmin(FacetAdmin):
    """Documents across customers, and the words about one; its pages and editions are on pages of their own."""

    facet_name = "document"
    add_right = "document.change"
    listed = ("kind", "title", "dated_on", "edition")
    told = ("kind", "title", "dated_on", "edition", "held_on")
    empty_next = _("Documents are put on file on the page of a customer.")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """A document comes with its file, on its customer's page."""
        actor_of(request).require(self.facet.permission)
        number = request.GET.get("customer", "")[:20]
        if not number:
            raise NotFound("customer.unknown", _("There is no such customer."))
        return HttpResponseRedirect(reverse("admin:kept_documents", args=[number]) + "#add")


@page("customer/<str:number>/kept/", "kept_documents", reading.VIEW)
def gallery(request: HttpRequest, number: str) -> HttpResponse:
    """All documents of a customer; sent a file, one more."""
    actor, at = actor_of(request), timezone.now()
    asked = {name: request.GET[name][:40] for name in ("about", "about_id", "kind") if name in request.GET}
    form = UploadForm(request.POST or None, request.FILES or None, initial=asked)
    found = documents_of(actor, number, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            row = _added(actor, number, form.cleaned_data)
        except (Invalid, Duplicate) as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("The document was put on file."))
            return HttpResponseRedirect(document_url(number, row.pk))
    context = {
        **_frame(_("Documents on file"), number, found.name),
        "cards": [_shown(number, card) for card in found.cards],
        "form": form if documents.RIGHT in rights_on(actor, number, [documents.RIGHT]) else None,
        "reasons": REASONS,
    }
    return _private(
        render_page(request, "panorama/kept_documents.html", context, 422 if form.is_bound else 200)
    )


def _added(actor: Actor, number: str, told: dict[str, Any]) -> Document:
    about = (told["about"], told["about_id"])
    document = Told(told["kind"], told["title"], told["dated_on"], *about)
    at = timezone.now()
    return documents.upload(actor, number, document, _sent(told["file"]), reason=told["reason"], at=at)


def _sent(file: UploadedFile) -> Upload:
    return Upload(file.read(), file.content_type or "", file.name or "")


@page("customer/<str:number>/kept/<str:row>/", "kept_document", reading.VIEW)
def show(request: HttpRequest, number: str, row: str) -> HttpResponse:
    """One document: its pages masked, its editions, what may be done with it."""
    actor, at = actor_of(request), timezone.now()
    card = one_document(actor, number, row_id(row), at=at)
    do = request.POST.get("do", "")
    files = request.FILES if do == "replace" else None
    edition = EditionForm(request.POST if do == "replace" else None, files, prefix="edition")
    hold = ReasonForm(request.POST if do in ("hold", "release") else None, prefix="hold")
    form = edition if do == "replace" else hold
    if request.method == "POST" and form.is_valid():
        try:
            message, target = _write(
                actor, number, card, do, form.cleaned_data, request.POST.get("version", "")
            )
        except (Invalid, Duplicate, Stale) as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, message)
            return HttpResponseRedirect(target)
    context = {**_one(actor, number, card), "form": form, "edition_form": edition, "hold_form": hold}
    status = 422 if form.is_bound else 200
    return _private(render_page(request, "panorama/kept_document.html", context, status))


def _write(
    actor: Actor, number: str, card: Card, do: str, told: dict[str, Any], version: str
) -> tuple[str, str]:
    """A new edition, a hold, its end: what to say of it, and where to go on."""
    at, reason = timezone.now(), told["reason"]
    what = (actor, number, card.row.pk, number_in(version) or 0)
    done = Done()
    if do == "replace":
        documents.replace(*what, _sent(told["file"]), reason=reason, at=at)
    elif do == "hold":
        documents.hold(*what, reason=reason, at=at)
    else:
        done = documents.ask_release(*what, reason=reason, at=at)
    return went(done, _("Saved."), document_url(number, card.row.pk))


def _one(actor: Actor, number: str, card: Card) -> dict[str, Any]:
    """What the page of one document shows."""
    rights = rights_on(actor, number, [documents.RIGHT, documents.HOLD, CLEAR])
    row, open_ = card.row, card.row.status == "ACTIVE"
    current = card.editions[0]
    pages = [] if current.destroyed else range(1, current.pages + 1)
    crumb = {"url": reverse("admin:kept_documents", args=[number]), "label": _("Documents on file")}
    frame = _frame(card.texts["kind"], number, card.name)
    return {
        **frame,
        "crumbs": [*frame["crumbs"], crumb],
        "card": card,
        "row": row,
        "pages": [(n, _picture(number, card, n)) for n in pages],
        "about_url": _about_url(row),
        "may_replace": documents.RIGHT in rights and open_,
        "may_hold": documents.HOLD in rights and row.disposed_on is None,
        "edit_url": row_url(registry.facet("document"), "change", row.pk)
        if documents.RIGHT in rights
        else "",
        "open_url": reverse("admin:kept_open", args=[number, row.pk]) if CLEAR in rights and pages else "",
        "reasons": REASONS,
    }


def _about_url(row: Document) -> str:
    """The page of the entry that a document belongs to."""
    facet = next((known for known in registry.facets() if known.name == row.about), None)
    if facet is None or not row.about_id:  # what is no row of a customer says itself where its page is
        return objects.naming(row.about).url(row.about_id) if row.about_id else ""
    return row_url(facet, "change", row.about_id)


@page(
    "customer/<str:number>/kept/<str:row>/picture/<str:edition>/<str:side>/<str:number_of>/",
    "kept_picture",
    reading.VIEW,
)
def picture(
    request: HttpRequest, number: str, row: str, edition: str, side: str, number_of: str
) -> HttpResponse:
    """A page, masked and marked: whole, or small for lists."""
    data = reading.preview(
        actor_of(request),
        number,
        row_id(row),
        page=row_id(number_of),
        edition=row_id(edition),
        side=THUMBNAIL if side == "small" else WHOLE,
        at=timezone.now(),
    )
    return png(data)


def png(data: bytes) -> HttpResponse:
    """A picture that no cache keeps and no browser takes for anything else."""
    response = HttpResponse(data, content_type="image/png")
    response["Content-Disposition"] = "inline; filename=page.png"
    response["X-Content-Type-Options"] = "nosniff"
    return _private(response)


def _private(response: R) -> R:
    response["Cache-Control"] = _PRIVATE
    return response


def row_id(told: str) -> int:
    """A number in an address; 0, which nothing has, for anything that is none."""
    return number_in(told) or 0


def document_url(number: str, row: int) -> str:
    """The page of a document."""
    return reverse("admin:kept_document", args=[number, row])


def _picture(number: str, card: Card, page_no: int, side: str = "whole") -> str:
    return reverse("admin:kept_picture", args=[number, card.row.pk, card.row.edition, side, page_no])


def pictures_of(actor: Actor, number: str, about: str, about_id: int, at: datetime) -> dict[str, Any] | None:
    """What the page of an entry shows of the documents that belong to it (`panorama/parts/on_file.html`); None for
    who may not see documents of this customer."""
    rights = rights_on(actor, number, [reading.VIEW, documents.RIGHT])
    if reading.VIEW not in rights:
        return None
    cards = reading.cards_about(actor, number, about, about_id, at=at)
    return {
        "cards": [_shown(number, card) for card in cards],
        "add_url": add_url(number, about, about_id) if documents.RIGHT in rights else "",
    }


def add_url(number: str, about: str, about_id: int) -> str:
    """Where a document that belongs to an entry is put on file."""
    asked = urlencode({"about": about, "about_id": about_id})
    return f"{reverse('admin:kept_documents', args=[number])}?{asked}#add"


def _shown(number: str, card: Card) -> dict[str, Any]:
    """A card of the gallery."""
    small = "" if card.editions[0].destroyed else _picture(number, card, 1, "small")
    return {"card": card, "url": document_url(number, card.row.pk), "small": small}


def _frame(title: Any, number: str, name: str) -> dict[str, Any]:
    crumb = {"url": customer_url(number), "label": name or number}
    return {"title": title, "crumbs": [crumb], "number": number, "name": name}


menu.add(
    menu.Item(
        "customers",
        _("Documents on file"),
        "admin:customers_document_changelist",
        "document",
        reading.VIEW,
        order=68,
    )
)
