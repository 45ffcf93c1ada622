"""The admin of one facet: its rows as a list, adding, changing, ending, the history of a row.

Everything is read through `customers.selectors` and written through `customers.services.facets`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin import conflicts
from customers.admin.links import customer_url, row_url
from customers.selectors.history import row_history
from customers.selectors.requests import CHANGE, what_waits
from customers.selectors.rows import Entry, RowView, get_row, list_rows, texts, values_at
from customers.services import requesting
from mdm.backoffice.access import actor_of
from mdm.backoffice.admins import ServiceAdmin
from mdm.backoffice.approvals import corrected, edited_at, went, with_approvals
from mdm.backoffice.forms import REASONS, DayField, ReasonForm, RowForm, clear_values, row_form
from mdm.backoffice.lists import Cell, Column, Filter, ListQuery
from mdm.backoffice.pages import render_page
from mdm.bulk.tables import own_fields
from mdm.codes import get as code_list
from mdm.errors import NotAllowed, NotFound, Stale
from mdm.history.models import SINCE, Status
from mdm.paging import Page, number_in
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.approvals.models import ChangeRequest

#: Fields that have operations of their own (status, transfer, verification) and so are not in the form.
APART = frozenset({"party_type", "lifecycle_status", "org", "lifecycle_state", "verified_state", "language"})


class CustomerField(forms.CharField):
    """The number of the customer that a new row is about."""

    def __init__(self) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}
        super().__init__(label=_("Customer number"), max_length=20, widget=forms.TextInput(attrs=attrs))


class FacetAdmin(ServiceAdmin[Any]):
    """Lists, forms and histories of one registered facet. `listed` names the columns of the list."""

    facet_name: ClassVar[str]
    listed: ClassVar[Sequence[str]] = ()
    #: Columns of the facet's table on the panorama: a field, or several read as one text.
    told: ClassVar[Sequence[str | tuple[str, ...]]] = ()
    view_right = "customer.view"
    empty_next = _("Entries come with loaded files, or are added on the page of a customer.")

    @property
    def facet(self) -> Facet:
        return registry.facet(self.facet_name)

    @property
    def add_right(self) -> str:  # type: ignore[override]
        """The facet's own right, where people tell rows of it."""
        return self.facet.permission if self.facet.told else ""

    @property
    def change_right(self) -> str:  # type: ignore[override]
        return "" if self.facet.recorded else self.facet.permission

    def get_urls(self) -> list[URLPattern]:
        end = self.admin_site.admin_view(self.end_view)
        return [path("<str:object_id>/end/", end, name=self.url_name("end")), *super().get_urls()]

    # -- the list -------------------------------------------------------------------------------

    @property
    def filters(self) -> Sequence[Filter]:  # type: ignore[override]
        """The coded fields with short lists and the state of the row: codes may stand in an address."""
        labels = {field.name: field.verbose_name for field in own_fields(self.facet.model)}
        short = {name: codes for name, codes in self.facet.model.CODES.items() if len(code_list(codes)) <= 60}
        coded = [
            Filter(name, labels[name], choices=code_list(codes).choices) for name, codes in short.items()
        ]
        return [*coded, Filter("status", _("State of the entry"), choices=lambda: Status.choices)]

    @property
    def columns(self) -> Sequence[Column[Any]]:  # type: ignore[override]
        labels = {field.attname: field.verbose_name for field in own_fields(self.facet.model)}
        first, *others = self.listed
        return [
            Column(labels[first], lambda row: self._opening(row, first)),
            *[Column(labels[name], _text_of(name)) for name in others],
            Column(
                _("Customer"), lambda row: Cell(row.display_name or "—", url=customer_url(row.customer_no))
            ),
            Column(_("Customer number"), lambda row: Cell(row.customer_no, "mono")),
            Column(_("State"), _state),
            Column(_("Changed"), lambda row: Cell(row.updated_at, "time")),
        ]

    def _opening(self, row: Entry, name: str) -> Cell:
        return Cell(row.texts[name] or _("(empty)"), url=self.url("change", row.id), main=True)

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return list_rows(
            actor, self.facet_name, at=at, after=query.after_id, size=query.size, filters=query.filters
        )

    # -- one row ----------------------------------------------------------------------------------

    def _refuse_recorded(self, *, adding: bool = False) -> None:
        """Raise NotAllowed where rows come by operations of their own only."""
        if self.facet.recorded or (adding and not self.facet.told):
            raise NotAllowed("access.denied", _("Entries of this kind are not made by hand."))

    def row_id(self, object_id: str) -> int:
        """The id in an address; NotFound for anything that is none."""
        found = number_in(object_id)
        if found is None:
            raise NotFound("row.unknown", _("There is no such entry."))
        return found

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """A new row for a customer whose number comes in the address or is typed."""
        actor = actor_of(request)
        actor.require(self.facet.permission)
        self._refuse_recorded(adding=True)
        form = self._form_class(adding=True)(
            request.POST or None, initial={"customer": request.GET.get("customer", "")[:20]}
        )

        waits = what_waits(actor, self.facet)
        form.mark_waiting(waits.fields, self.facet.kind_field, waits.kinds)

        def write(valid: forms.Form) -> tuple[str, str]:
            number = str(valid.cleaned_data["customer"]).strip().upper()
            told, reason = {**form.told(), **_since(valid)}, valid.cleaned_data["reason"]
            done = requesting.add(actor, number, self.facet_name, told, reason=reason, at=timezone.now())
            return went(done, _("The entry was added."), customer_url(number))

        title = _("New: %s") % self.opts.verbose_name
        context = {"title": title, "crumbs": self._crumbs(None), "reasons": REASONS, "waits": waits.whole}
        return self.answer(request, form, write, context)

    def _form_class(self, *, adding: bool) -> type[RowForm]:
        apart = APART | self.facet.model.OPERATED
        base = row_form(self.facet.model, apart - set(self.facet.model.FIRST) if adding else apart)
        asked: dict[str, Any] = {SINCE: since_field(adding=adding)}
        if adding:
            asked |= {"customer": CustomerField(), "field_order": ["customer"]}
        return type(base.__name__, (base,), asked)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """One row: to look at, and for those who may to change; a stale version gives the conflict page."""
        actor, at = actor_of(request), timezone.now()
        view = get_row(actor, self.facet_name, self.row_id(object_id), at=at)
        if self.facet.recorded or view.closed or not actor.may_on(self.facet.permission, view.customer):
            if request.method == "POST":
                self._refuse_recorded()
            if request.method == "POST" and not actor.may_on(self.facet.permission, view.customer):
                raise NotAllowed("access.denied", _("You may not change this customer."))
            return self._look(request, actor, view)
        form = self._form_class(adding=False)(
            request.POST or None, row=view.row, profile=actor.sight(view.customer)
        )
        waits = what_waits(actor, self.facet, view.customer.party_type, view.row)
        form.mark_waiting(waits.fields, self.facet.kind_field, waits.kinds)

        def write(valid: forms.Form) -> tuple[str, str]:
            return self._change(request, actor, view, form)

        try:
            context = {**self._row_context(actor, view), "end_waits": waits.end}
            return self.answer(request, form, write, context)
        except Stale:
            return self._conflict(request, actor, view, form)

    def _change(self, request: HttpRequest, actor: Actor, view: RowView, form: RowForm) -> tuple[str, str]:
        """Write what differs from the version the form was made from."""
        version = form.cleaned_data["version"] or 0
        changed = conflicts.chosen(request.POST, form.changes(self._base(actor, view, version))) | _since(
            form
        )
        target = customer_url(view.head["customer_no"])
        if not changed:
            return str(_("Nothing was changed.")), target
        reason = form.cleaned_data["reason"]
        done = requesting.change(
            actor,
            self.facet_name,
            view.row.pk,
            version,
            changed,
            reason=reason,
            at=timezone.now(),
            corrects=corrected(request),
        )
        return went(done, _("The change was saved."), target)

    def _base(self, actor: Actor, view: RowView, version: int) -> dict[str, Any]:
        """The row in clear as it stood when the form was made."""
        if version == view.row.version:
            return clear_values(view.row)
        return values_at(actor, view.facet, view.row.pk, version) or clear_values(view.row)

    def _conflict(self, request: HttpRequest, actor: Actor, view: RowView, form: RowForm) -> HttpResponse:
        """What was, what is, what the reader wanted, by field; nothing is lost, nothing overwritten."""
        version = form.cleaned_data["version"] or 0
        base = self._base(actor, view, version)
        wanted = conflicts.chosen(request.POST, form.changes(base))
        context = {
            "title": _("Changed by someone else meanwhile"),
            "crumbs": self._crumbs(view),
            "rows": conflicts.compare(view.row, base, wanted, actor.sight(view.customer)),
            "kept": conflicts.carried(request.POST),
            "version": view.row.version,
            "row": view.row,
        }
        return render_page(request, "panorama/conflict.html", context, status=412)

    def _row_context(self, actor: Actor, view: RowView) -> dict[str, Any]:
        """Everything around a row's form."""
        told = texts(view.facet, view.row, actor.sight(view.customer))
        fields, apart = own_fields(self.facet.model), APART | self.facet.model.OPERATED
        may_history = actor.may_on("customer.history", view.customer)
        return {
            "title": self.opts.verbose_name,
            "crumbs": self._crumbs(view),
            "row": view.row,
            "head": view.head,
            "apart": [
                (f.verbose_name, told[f.attname]) for f in fields if f.name in apart and told[f.attname]
            ],
            "all": [(f.verbose_name, told[f.attname]) for f in fields],
            "history_url": self._page(view, "history") if may_history else "",
            "end_url": self._page(view, "end") if self.facet.multiple else "",
            "end_form": ReasonForm(prefix="end"),
            "reasons": REASONS,
        }

    def _page(self, view: RowView, page: str) -> str:
        return self.url(page, view.row.pk)

    def _crumbs(self, view: RowView | None) -> list[dict[str, Any]]:
        listed = {"url": self.url("changelist"), "label": self.opts.verbose_name_plural}
        if view is None:
            return [listed]
        named = {
            "url": customer_url(view.head["customer_no"]),
            "label": view.head["display_name"] or view.head["customer_no"],
        }
        return [listed, named]

    def _look(self, request: HttpRequest, actor: Actor, view: RowView) -> HttpResponse:
        return render_page(request, "panorama/row.html", self._row_context(actor, view))

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """End a row: it stays, with its history, and holds no longer."""
        actor, at = actor_of(request), timezone.now()
        view = get_row(actor, self.facet_name, self.row_id(object_id), at=at)
        if request.method != "POST":
            return HttpResponseRedirect(self._page(view, "change"))
        self._refuse_recorded()
        form = ReasonForm(request.POST, prefix="end")
        if not form.is_valid():
            messages.error(request, _("Say why you end this entry."))
            return HttpResponseRedirect(self._page(view, "change"))
        version = request.POST.get("version", "")
        reason = form.cleaned_data["reason"]
        told = (self.facet_name, view.row.pk, number_in(version) or 0)
        done = requesting.end(actor, *told, reason=reason, at=at)
        message, target = went(done, _("The entry was ended."), customer_url(view.head["customer_no"]))
        messages.success(request, message)
        return HttpResponseRedirect(target)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The changes of one row, masked, newest first; nobody can write here."""
        actor, at = actor_of(request), timezone.now()
        actor.require("customer.history")
        view = get_row(actor, self.facet_name, self.row_id(object_id), at=at)
        context = {
            "title": _("History"),
            "crumbs": [
                *self._crumbs(view),
                {"url": self._page(view, "change"), "label": self.opts.verbose_name},
            ],
            "changes": with_approvals(row_history(actor, self.facet_name, view.row.pk, at=at)),
        }
        return render_page(request, "admin/object_history.html", context)


def _edited_at(request: ChangeRequest) -> str:
    """The form of the row that a request is about."""
    facet, _colon, row_id = request.target.partition(":")
    return row_url(registry.facet(facet), "change", int(row_id))


edited_at(CHANGE, _edited_at)


def since_field(*, adding: bool) -> DayField:
    """Since when an entry is as it stands."""
    hint = (
        _("For ever unless told.")
        if adding
        else _("From today on unless told. To correct an error: since it was so.")
    )
    return DayField(label=_("In force from"), required=False, help_text=hint)


def _since(form: forms.Form) -> dict[str, Any]:
    told = form.cleaned_data.get(SINCE)
    return {SINCE: told} if told else {}


def _text_of(name: str) -> Any:
    return lambda row: Cell(row.texts[name])


def _state(row: Entry) -> Cell:
    return Cell(Status(row.status).label, "tag", "ok" if row.status == Status.ACTIVE else "")
