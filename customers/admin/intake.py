"""What the counter asks a new customer, step by step: which fields of which facet, and the record they make together.

Nothing is asked twice: what the number of the document tells of its holder is filled in. What was typed comes back
masked, as everywhere; an empty field keeps it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.ports import told_by_number
from customers.selectors.requests import plain, read
from customers.services.facets import ONLINE
from mdm.backoffice.forms import REMOVE, RowForm, first_choices, row_form
from mdm.bulk.tables import own_fields
from mdm.codes import get as code_list
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.display import sensitive, shown
from mdm.errors import Text
from mdm.extension.values import assign
from mdm.quality.rules import Finding
from mdm.quality.screening import screened
from mdm.subjects import Bundle, Row, registry
from security.access.sight import Sight

Content = dict[str, Any]
WHO, DOCUMENT, REVIEW = "who", "document", "review"
#: Part of the draft: who among possible duplicates was said to be somebody else, and why.
OTHERS = "others"
#: The status of one who is no customer yet.
PROSPECT = "POTENTIAL"


@dataclass(frozen=True, slots=True)
class Part:
    """A row that is told: its name in the draft, its facet, the fields asked, what goes without saying."""

    name: str
    facet: str
    fields: tuple[str, ...]
    label: Text
    fixed: Row = field(default_factory=dict)
    #: For persons only, for organisations only; None: for both.
    persons: bool | None = None

    def form(self, data: QueryDict | None, told: Row, sight: Sight) -> RowForm:
        """The form of the row; `told` is what is kept of it so far (JSON)."""
        model = registry.facet(self.facet).model
        leave_out = frozenset(one.name for one in own_fields(model)) - set(self.fields)
        row = model()
        assign(row, {**self.fixed, **self.read(told)})
        made = row_form(model, leave_out)(
            data, prefix=self.name, row=row, profile=sight, use_required_attribute=False
        )
        for name in ("reason", "version"):
            del made.fields[name]
        for one in made.fields.values():
            one.required = False  # the rules judge the whole record
            if isinstance(one.widget, forms.Textarea):
                one.widget.attrs["rows"] = 2
        return made

    def read(self, told: Row) -> Row:
        """The kept row in Python values."""
        return read(registry.facet(self.facet), told)


def _fields(facet: str, *without: str) -> tuple[str, ...]:
    return tuple(one.name for one in own_fields(registry.facet(facet).model) if one.name not in without)


@dataclass(frozen=True, slots=True)
class Step:
    """One page: its name in the address, its heading, its parts."""

    name: str
    label: Text
    parts: tuple[Part, ...] = ()

    def asked(self, party_type: str) -> list[Part]:
        """The parts that concern this kind of customer."""
        person = party_type in PERSON_TYPES
        return [part for part in self.parts if part.persons in (None, person)]


_DOCUMENT = (
    "lifecycle_state",
    "issuing_country",
    "issuing_authority",
    "issue_date",
    "expiry_date",
    "name_on_document",
)
_PLACE = ("country", "region_code", "detail", "postcode", "english_text")
_PRIMARY = {"is_primary": True}


def steps() -> tuple[Step, ...]:
    """The pages in their order; attributes that the bank added stand among the fields of their facet at once."""
    document = Part("credential", "credential", _DOCUMENT, _("Document"), _PRIMARY)
    return (
        Step(WHO, _("Who it is")),
        Step(DOCUMENT, _("Document"), (document,)),
        Step("details", _("Details"), _details()),
        Step("reach", _("How to reach"), _reach()),
        Step(REVIEW, _("Check and create")),
    )


def _details() -> tuple[Part, ...]:
    person = _fields("person_profile", "deceased_on", "death_evidence")
    firm = _fields("organisation_profile", "registered_name", "ended_how", "ended_on")
    return (
        Part("profile", "person_profile", person, _("Person"), {}, True),
        Part("profile", "organisation_profile", firm, _("Organisation"), {}, False),
        Part("customer", "customer", ("segment", "service_level", "language"), _("As a customer")),
    )


def _reach() -> tuple[Part, ...]:
    mail, phone = ("kind", "address"), ("kind", "number", "extension_no")
    home, seat, post = ({"kind": kind, "country": "CHN"} for kind in ("RESIDENCE", "REGISTERED", "MAILING"))
    return (
        Part("email", "email", mail, _("E-mail"), {"kind": "PERSONAL", **_PRIMARY}, True),
        Part("email", "email", mail, _("E-mail"), {"kind": "WORK", **_PRIMARY}, False),
        Part("other_phone", "phone", phone, _("Second telephone"), {"kind": "WORK_TEL"}),
        Part("address", "address", _PLACE, _("Where the customer lives"), {**home, **_PRIMARY}, True),
        Part("address", "address", _PLACE, _("Registered address"), {**seat, **_PRIMARY}, False),
        Part("mailing", "address", _PLACE, _("Mailing address, if another"), post),
    )


def _text(label: Any, length: int, **more: Any) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=length, widget=forms.TextInput(attrs=attrs), **more)


class WhoForm(forms.Form):
    """The first step: as little as tells who it is, before anything else is typed."""

    required_css_class = "must"
    party_type = forms.ChoiceField(
        label=_("Kind of customer"), choices=lambda: code_list("party_type").choices(timezone.localdate())
    )
    name = _text(_("Name as on the document"), 150)
    document_type = forms.ChoiceField(
        label=_("Document"), choices=lambda: code_list("credential_type").choices(timezone.localdate())
    )
    document_number = _text(_("Document number"), 60, required=False)
    lifecycle_status = forms.ChoiceField(
        label=_("Begins as"),
        choices=lambda: first_choices(Customer, "lifecycle_status"),
        required=False,
        help_text=_("A prospect may be without a document."),
    )
    phone = _text(_("Mobile number"), 30, required=False)

    def __init__(self, data: QueryDict | None, content: Content, sight: Sight) -> None:
        self.kept = {name: text for name, text in content.get(WHO, {}).items() if text}
        known = {"party_type": "PERSON", "document_type": "P01", **self.kept}
        masked = {name: text for name, text in _masked(content, sight).items() if name in self.kept}
        super().__init__(data, initial={name: known[name] for name in known if name not in masked})
        for name, text in masked.items():
            self.fields[name].required = False
            self.fields[name].help_text = _("Now %s. Leave empty to keep it.") % text
        if "phone" in masked:
            label = _("Remove: %s") % self.fields["phone"].label
            self.fields[REMOVE + "phone"] = forms.BooleanField(label=label, required=False)

    def clean(self) -> dict[str, Any]:
        """Who is more than a prospect has a document."""
        told = super().clean() or {}
        if told.get("lifecycle_status") != PROSPECT and not (
            told.get("document_number") or self.kept.get("document_number")
        ):
            self.add_error("document_number", _("Only a prospect may be without a document."))
        return told

    def told(self) -> dict[str, str]:
        """What was typed, and for what was left empty what is kept."""
        typed = {name: str(value) for name, value in self.cleaned_data.items() if value}
        removed = {REMOVE + "phone", "phone"} if typed.get(REMOVE + "phone") else set()
        return {name: text for name, text in {**self.kept, **typed}.items() if name not in removed}


def _masked(content: Content, sight: Sight) -> dict[str, str]:
    """The sensitive fields of the first step as they are shown."""
    found = {}
    for name, (key, column) in _PLACES.items():
        for told in Record(content).rows:
            if told.key == key and told.row.get(column) and column in told.sensitive:
                found[name] = told.said(column, sight)
    return found


#: Where a field of the first step goes: (row, field); the name of an organisation into its details.
_PLACES = {
    "party_type": ("customer", "party_type"),
    "lifecycle_status": ("customer", "lifecycle_status"),
    "name": ("name", "full_name"),
    "document_type": ("credential", "type"),
    "document_number": ("credential", "number"),
    "phone": ("phone", "number"),
}
_FORM_FIELDS = {place: name for name, place in _PLACES.items()} | {("profile", "registered_name"): "name"}


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the record: what it is called in the draft, its facet, its values in clear."""

    key: str
    facet: str
    row: Row

    @property
    def label(self) -> Text:
        return registry.facet(self.facet).model._meta.verbose_name or ""

    @property
    def sensitive(self) -> set[str]:
        model = registry.facet(self.facet).model
        return {one.attname for one in own_fields(model) if sensitive(model, one)}

    def said(self, column: str, sight: Sight) -> str:
        """A value as this reader may see it."""
        model = registry.facet(self.facet).model
        (found,) = [one for one in own_fields(model) if one.attname == column]
        return str(shown(model, found, self.row.get(column), self.row, sight)["text"])

    def sheet(self, sight: Sight) -> list[tuple[Text, str]]:
        """Label and text of each value."""
        model = registry.facet(self.facet).model
        names = [(one.attname, one.verbose_name) for one in own_fields(model) if self.row.get(one.attname)]
        return [(label, self.said(name, sight)) for name, label in names if self.row[name] is not True]


class Record:
    """The rows that the parts of a draft make together, and where each of their fields was asked."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.who: dict[str, str] = content.get(WHO, {})
        self.party_type = self.who.get("party_type", "PERSON")
        self.rows = [told for told in self._rows() if told is not None]

    def _rows(self) -> list[Told | None]:
        asked = {part.name: part for step in steps() for part in step.asked(self.party_type)}
        first = self._first()
        facets = {"name": "customer_name", "phone": "phone"}
        rows: list[Told | None] = []
        for key in dict.fromkeys(("customer", "name", *asked, "phone")):
            part = asked.get(key)
            more = part.read(self.content.get(key, {})) if part else {}
            told = {
                name: value
                for name, value in {**first.get(key, {}), **more}.items()
                if value not in (None, "")
            }
            fixed = part.fixed if part else {}
            facet = part.facet if part else facets[key]
            there = told and (key != "credential" or told.get("number"))
            rows.append(Told(key, facet, {**fixed, **told}) if there else None)
        return rows  # fmt: skip

    def _first(self) -> dict[str, Row]:
        """What the first step tells, by row."""
        who = self.who
        person = self.party_type in PERSON_TYPES
        name = {"kind": "LEGAL", "full_name": who["name"]} if who and person else {}
        profile = {"registered_name": who["name"]} if who and not person else {}
        phone = {"kind": "MOBILE", "number": who["phone"], **_PRIMARY} if who.get("phone") else {}
        document = {"type": who.get("document_type"), "number": who.get("document_number")} if who else {}
        begins = {"lifecycle_status": who["lifecycle_status"]} if who.get("lifecycle_status") else {}
        return {"customer": begins, "name": name, "profile": profile, "phone": phone, "credential": document}

    def bundle(self, source_key: str, org: str) -> Bundle:
        """The record as one source record of this screen, for a branch (its code)."""
        facets: dict[str, list[Row]] = {"customer": [{"org": org}]}
        for told in self.rows:
            if told.key == "customer":
                facets["customer"][0].update(told.row)
            else:
                facets.setdefault(told.facet, []).append(dict(told.row))
        if [row.get("kind") for row in facets.get("phone", [])] == ["MOBILE", "MOBILE"]:
            facets["phone"][0]["slot"] = "MOBILE-2"
        return Bundle(ONLINE, source_key, self.party_type, facets)

    def asked_at(self, facet: str, index: int, name: str) -> tuple[str, str]:
        """Step and id of the form's field that asked a field of the record; empty where none did."""
        rows = [told for told in self.rows if told.facet == facet]
        key = rows[index].key if index < len(rows) else _ABSENT.get(facet, "")
        if (key, name) in _FORM_FIELDS:
            return WHO, _FORM_FIELDS[key, name]
        asked = any(
            name in part.fields for one in steps() for part in one.asked(self.party_type) if part.name == key
        )
        return (self.step_of(key), f"{key}-{name}" if asked else "") if key else ("", "")

    def step_of(self, key: str) -> str:
        """The step that asks a row."""
        asking = [one.name for one in steps() for part in one.asked(self.party_type) if part.name == key]
        return asking[0] if asking else WHO

    def findings(self, org: str, today: date) -> list[tuple[str, str, Finding]]:
        """What the rules say of the record so far: step, field of its form, finding."""
        found = screened(self.bundle(str(uuid.uuid4()), org), today)
        return [(*self.asked_at(one.facet, one.index, one.field), one) for one in found]


#: Rows that a rule may miss, by facet.
_ABSENT = {
    "customer_name": "name",
    "person_profile": "profile",
    "organisation_profile": "profile",
    "credential": "credential",
    "phone": "phone",
    "email": "email",
    "address": "address",
    "customer": "customer",
}


def filled_in(who: Mapping[str, str], before: Mapping[str, str], content: Content) -> Content:
    """What the number of the document tells of a person, for the parts that would ask it; anew when it changed."""
    if not who.get("document_number"):
        return {}
    same = all(who.get(name) == before.get(name) for name in ("document_type", "document_number"))
    if same or who["party_type"] not in PERSON_TYPES:
        return {}
    told = plain(told_by_number(who["document_type"], who["document_number"]))
    country = {"issuing_country": told["nationality"]} if "nationality" in told else {}
    return {
        "profile": {**content.get("profile", {}), **told},
        "credential": {**content.get("credential", {}), **country},
    }
