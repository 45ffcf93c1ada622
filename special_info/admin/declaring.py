"""The form of a declaration of tax residence: the holder, the residences, the controlling persons, on one page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.selectors.customer import VIEW, get
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import REASONS, ReasonForm, RowForm, row_form
from mdm.backoffice.pages import page, render_page
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import Duplicate, Invalid, ServiceError
from mdm.paging import number_in
from mdm.subjects import Row
from security.access.scope import in_scope
from special_info.models import ControllingPerson, TaxCertification, TaxResidence
from special_info.rules.rights import TAX
from special_info.selectors.declaration import CONTROL, HEAD, RESIDENCE
from special_info.services import tax

#: How many empty parts a form offers, and may have at most.
RESIDENCES, PERSONS, MOST = 2, 2, 20
_ONLY_ENTITIES = frozenset({"entity_class", "holder_type"})
_ONLY_PERSONS = frozenset(
    {"exempt", "surname", "given_name", "birth_date", "born_in", "birth_place", "birth_place_english"}
)
_OWN = frozenset({"certification_no"})
_SHORT = {"explanation", "address", "address_english", "birth_place", "birth_place_english"}


class DeclarationForm:
    """All the forms of one declaration, as one."""

    def __init__(self, sent: QueryDict | None, *, person: bool) -> None:
        self.person = person
        self.counts = {
            "residences": _count(sent, "residences", RESIDENCES),
            "persons": 0 if person else _count(sent, "persons", PERSONS),
        }
        for name, step in (("residences", 1), ("persons", 1)):
            if sent is not None and sent.get("more") == name and self.counts[name] < MOST:
                self.counts[name] += step
        data = sent
        apart = TaxCertification.OPERATED | _OWN | (_ONLY_ENTITIES if person else _ONLY_PERSONS)
        self.head = _part(TaxCertification, apart, data, "head")
        self.head.empty_permitted = False
        self.residences = [self._residence(data, place) for place in range(self.counts["residences"])]
        leave_out = _OWN | {"person_no"}
        self.persons = [
            _part(ControllingPerson, leave_out, data, f"p{place}") for place in range(self.counts["persons"])
        ]
        self.reason = ReasonForm(data)

    def _residence(self, data: QueryDict | None, place: int) -> RowForm:
        form = _part(TaxResidence, _OWN | {"person_no"}, data, f"r{place}")
        form.fields["country"].required = False
        if self.counts["persons"]:
            choices = [("", _("The holder"))] + [
                (str(n), _("Controlling person %d") % n) for n in range(1, self.counts["persons"] + 1)
            ]
            whose = forms.ChoiceField(label=_("Whose"), choices=choices, required=False)
            form.fields = {"person_no": whose, **form.fields}
        return form

    @property
    def all(self) -> list[forms.Form]:
        """Every form of the page."""
        return [self.head, *self.residences, *self.persons, self.reason]

    def is_valid(self) -> bool:
        """Whether every part can be read."""
        return False not in [form.is_valid() for form in self.all]

    @property
    def problems(self) -> list[tuple[Any, str, str]]:
        """Every error of every part: label, id of the field (or nothing), text; for one box at the top."""
        return [
            (field.label, field.id_for_label, str(error))
            for form in self.all
            if form.is_bound
            for field in form
            for error in field.errors
        ] + [("", "", str(error)) for form in self.all if form.is_bound for error in form.non_field_errors()]

    def told(self) -> tuple[Row, list[Row], list[Row]]:
        """The head, the residences and the controlling persons that were filled in."""
        residences = [
            {**form.told(), "person_no": form.cleaned_data.get("person_no", "")}
            for form in self.residences
            if form.told()
        ]
        persons = [
            {**form.told(), "person_no": str(place)}
            for place, form in enumerate(self.persons, 1)
            if form.told()
        ]
        return self.head.told(), residences, persons

    def place(self, refusal: ServiceError) -> None:
        """Each refusal beside the field it is about; the rest at the top."""
        filled = {
            RESIDENCE: [form for form in self.residences if form.told()],
            CONTROL: [form for form in self.persons if form.told()],
            HEAD: [self.head],
        }
        for error in refusal.errors:
            _empty, facet, place, name = (error.pointer.split("/") + ["", "", ""])[:4]
            forms_of = filled.get(facet, [])
            at = number_in(place)
            form = forms_of[at] if at is not None and at < len(forms_of) else self.reason
            form.add_error(name if name in form.fields else None, str(error.detail))
        if not refusal.errors:
            self.reason.add_error(None, str(refusal.message))


def _part(model: Any, leave_out: frozenset[str], data: QueryDict | None, prefix: str) -> RowForm:
    """A part of the form: the fields of its model without reason and version, which the whole has once."""
    form = row_form(model, leave_out)(data, prefix=prefix, empty_permitted=True, use_required_attribute=False)
    for name in ("reason", "version"):
        del form.fields[name]
    for name, field in form.fields.items():
        if name in _SHORT and isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 2
    return form


def _count(sent: QueryDict | None, name: str, least: int) -> int:
    told = number_in(sent.get(name, ""), digits=2) if sent is not None else None
    return min(MOST, max(least, told or 0))


@page("special/tax/<str:number>/new/", "tax_new", TAX)
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Register a declaration; it becomes a draft that is handed in on its own page."""
    actor, at = actor_of(request), timezone.now()
    with in_scope(actor, VIEW):
        customer = get(actor, number, at=at).customer
        sees = actor.may_on(TAX, customer)
    form = DeclarationForm(
        request.POST if request.method == "POST" else None, person=customer.party_type in PERSON_TYPES
    )
    status = 200
    if request.method == "POST" and "more" not in request.POST and sees:
        status = 422
        if form.is_valid():
            head, residences, persons = form.told()
            reason = form.reason.cleaned_data["reason"]
            try:
                row = tax.declare(actor, number, head, residences, persons, reason=reason, at=at)
            except (Invalid, Duplicate) as refusal:
                form.place(refusal)
            else:
                messages.success(request, _("The self-certification was registered as a draft."))
                return HttpResponseRedirect(reverse("admin:tax_declaration", args=[row.pk]))
    context = {
        "title": _("New self-certification of tax residence"),
        "crumbs": [{"url": customer_url(customer.customer_no), "label": customer.customer_no}],
        "form": form,
        "problems": form.problems if status == 422 else [],
        "reasons": REASONS,
        "cancel_url": customer_url(customer.customer_no),
    }
    return render_page(request, "panorama/special/declare.html", context, status=status)
