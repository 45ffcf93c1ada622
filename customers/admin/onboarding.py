"""Creating a customer: one page; broken rules beside the field, possible duplicates before writing."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.services import onboarding
from customers.services.facets import ONLINE
from customers.services.onboarding import EXISTING, SUSPECT, Onboarded
from mdm.backoffice.access import actor_of
from mdm.backoffice.branches import BranchField
from mdm.backoffice.forms import DayField
from mdm.backoffice.pages import page, render_page
from mdm.codes import get as code_list
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import Duplicate, Invalid, ServiceError
from mdm.quality.rules import Severity
from mdm.quality.screening import blocked, screened
from mdm.subjects import Bundle, Row

PERSON = "PERSON"
#: Where a refused place of the bundle is on the page: (facet, field) to the form's field.
PLACES = {
    ("customer", "party_type"): "party_type",
    ("customer", "org"): "org",
    ("customer_name", "full_name"): "name",
    ("organisation_profile", "registered_name"): "name",
    ("person_profile", "sex"): "sex",
    ("person_profile", "birth_date"): "birth_date",
    ("person_profile", "nationality"): "nationality",
    ("credential", "type"): "document_type",
    ("credential", "number"): "document_number",
    ("credential", "issue_date"): "issue_date",
    ("credential", "expiry_date"): "expiry_date",
    ("phone", "number"): "phone",
    ("email", "address"): "email",
    ("address", "detail"): "street",
    ("address", "region_code"): "region_code",
}


def _choices(name: str) -> list[tuple[str, Any]]:
    return [("", "—"), *code_list(name).choices()]


def _text(label: Any, length: int, **more: Any) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=length, widget=forms.TextInput(attrs=attrs), **more)


class OnboardingForm(forms.Form):
    """What the counter asks a new customer; the rules of every subject judge it."""

    source_key = forms.UUIDField(widget=forms.HiddenInput)
    party_type = forms.ChoiceField(
        label=_("Kind of customer"), choices=lambda: code_list("party_type").choices()
    )
    name = _text(_("Name as on the document"), 150)
    sex = forms.ChoiceField(label=_("Sex"), choices=lambda: _choices("sex"), required=False)
    birth_date = DayField(label=_("Birth date"), required=False)
    nationality = forms.ChoiceField(
        label=_("Nationality"), choices=lambda: _choices("nationality"), required=False
    )
    document_type = forms.ChoiceField(
        label=_("Document"), choices=lambda: code_list("credential_type").choices()
    )
    document_number = _text(_("Document number"), 60)
    issuing_country = forms.ChoiceField(
        label=_("Issuing country"), choices=lambda: _choices("country"), required=False
    )
    issue_date = DayField(label=_("Issued on"), required=False)
    expiry_date = DayField(label=_("Valid until"), required=False, help_text=_("9999-12-31 means long-term."))
    phone = _text(_("Mobile number"), 30, required=False)
    email = _text(_("E-mail"), 254, required=False)
    region_code = _text(_("Region code"), 6, required=False, help_text=_("Six digits (GB/T 2260)"))
    street = _text(_("Street and door"), 300, required=False)
    org = BranchField(label=_("Managing branch"), required=False, help_text=_("Empty: your own branch"))

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields as drawn, under their headings."""
        parts = (
            (_("Who"), ("party_type", "name", "sex", "birth_date", "nationality")),
            (
                _("Document"),
                ("document_type", "document_number", "issuing_country", "issue_date", "expiry_date"),
            ),
            (_("How to reach"), ("phone", "email", "region_code", "street")),
            (_("Where"), ("org",)),
        )
        return [(heading, [self[name] for name in names]) for heading, names in parts]

    def bundle(self) -> Bundle:
        """What was entered, as one source record of this screen."""
        told = self.cleaned_data
        return Bundle(ONLINE, str(told["source_key"]), told["party_type"], self._facets())

    def _facets(self) -> dict[str, list[Row]]:
        told = self.cleaned_data
        person = told["party_type"] in PERSON_TYPES
        rows: dict[str, Row] = {
            "customer": {"org": told["org"].code if told["org"] else ""},
            "credential": self._document(),
            "phone": {"kind": "MOBILE", "number": told["phone"], "is_primary": True} if told["phone"] else {},
            "email": {"kind": "PERSONAL" if person else "WORK", "address": told["email"]}
            if told["email"]
            else {},
            "address": self._address(person),
        }
        return {name: [row] for name, row in {**rows, **self._who(person)}.items() if row}

    def _who(self, person: bool) -> dict[str, Row]:
        told = self.cleaned_data
        if not person:
            return {"organisation_profile": {"registered_name": told["name"]}}
        profile = {name: told[name] for name in ("sex", "birth_date", "nationality") if told[name]}
        return {"customer_name": {"kind": "LEGAL", "full_name": told["name"]}, "person_profile": profile}

    def _document(self) -> Row:
        told = self.cleaned_data
        dates = {name: told[name] for name in ("issue_date", "expiry_date", "issuing_country") if told[name]}
        return {"type": told["document_type"], "number": told["document_number"], "is_primary": True, **dates}

    def _address(self, person: bool) -> Row:
        told = {"detail": self.cleaned_data["street"], "region_code": self.cleaned_data["region_code"]}
        filled = {name: value for name, value in told.items() if value}
        return {"kind": "RESIDENCE" if person else "BUSINESS", "country": "CHN", **filled} if filled else {}


@page("onboarding/", "onboarding", "customer.create")
def onboard(request: HttpRequest) -> HttpResponse:
    """The first send shows doubts and possible duplicates; the second, with them in view, creates."""
    if request.method != "POST":
        initial = {"source_key": uuid.uuid4(), "party_type": PERSON, "document_type": "P01"}
        return _page(request, OnboardingForm(initial=initial))
    form = OnboardingForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    actor, at = actor_of(request), timezone.now()
    try:
        if "create" not in request.POST:
            seen = {
                "suspects": onboarding.match_check(actor, form.bundle(), at=at),
                "doubts": _doubts(form, timezone.localtime(at).date()),
            }
            if seen["suspects"] or seen["doubts"]:
                return _page(request, form, status=409, **seen)
        made = onboarding.create(actor, form.bundle(), at=at)
    except (Invalid, Duplicate) as refusal:
        _place(form, refusal)
        return _page(request, form, status=422)
    _tell(request, made)
    return HttpResponseRedirect(customer_url(made.customer_no))


def _doubts(form: OnboardingForm, today: date) -> list[tuple[forms.BoundField | None, str]]:
    """What the rules would keep as a quality issue, with the field it is about; nothing where they refuse."""
    findings = screened(form.bundle(), today)
    if blocked(findings):
        return []
    warned = [finding for finding in findings if finding.severity is Severity.WARN]
    places = [PLACES.get((finding.facet, finding.field), "") for finding in warned]
    return [
        (form[name] if name else None, finding.text) for name, finding in zip(places, warned, strict=True)
    ]


def _page(request: HttpRequest, form: OnboardingForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {"title": _("New customer"), "form": form, **more}
    return render_page(request, "panorama/onboarding.html", context, status=status)


def _place(form: OnboardingForm, refusal: ServiceError) -> None:
    """Each refused place beside the field it came from; the rest at the top."""
    for error in refusal.errors:
        parts = [
            part for part in error.pointer.split("/") if part and not part.isdigit() and part != "facets"
        ]
        form.add_error(PLACES.get((parts[0], parts[-1])) if len(parts) > 1 else None, str(error.detail))
    if not refusal.errors:
        form.add_error(None, str(refusal.message))


def _tell(request: HttpRequest, made: Onboarded) -> None:
    """What became of it, and the rules that were not kept."""
    if made.outcome == EXISTING:
        messages.info(request, _("This customer had been created already; nothing was written twice."))
    elif made.outcome == SUSPECT:
        messages.warning(request, _("Created, with a duplicate case for the data stewards."))
    else:
        messages.success(request, _("The customer was created."))
