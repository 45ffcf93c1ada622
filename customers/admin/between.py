"""The page that compares two moments of a customer, each in both times."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.as_of import moment_field, moment_of
from customers.admin.links import customer_url
from customers.selectors.as_of import Moment
from customers.selectors.between import CAME, CHANGED, WENT, between
from customers.selectors.customer import get
from customers.selectors.history import HISTORY
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import DayField, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, NotFound, Text

STATES: dict[str, tuple[Text, str]] = {
    CAME: (_("came"), "ok"),
    WENT: (_("went"), "bad"),
    CHANGED: (_("changed"), "info"),
}


class MomentsForm(forms.Form):
    """Which two moments."""

    first_known = moment_field(_("First: as known at"), "")
    first_on = DayField(label=_("First: what was true on"), required=False)
    second_known = moment_field(_("Second: as known at"), _("Now unless told."))
    second_on = DayField(label=_("Second: what was true on"), required=False)

    def moment(self, name: str, at: datetime) -> Moment:
        """The first or the second moment."""
        on: date | None = self.cleaned_data.get(f"{name}_on")
        return Moment(moment_of(self.cleaned_data.get(f"{name}_known"), at), on)


@page("customer/<str:number>/between/", "customer_between", HISTORY)
def show(request: HttpRequest, number: str) -> HttpResponse:
    """What came, went and changed from one moment to the other."""
    actor, at = actor_of(request), timezone.now()
    get(actor, number, at=at)  # whoever may not see the customer is not even asked which moments
    form = MomentsForm(request.GET or None)
    told: dict[str, Any] | None = None
    if form.is_bound and form.is_valid():
        try:
            told = between(actor, number, form.moment("first", at), form.moment("second", at), at=at)
        except Invalid as refusal:
            add_errors(form, refusal)
        except NotFound as unknown:
            if unknown.code != "customer.not_yet":
                raise
            add_errors(form, unknown)
    context: dict[str, Any] = {
        "title": _("Compare two moments"),
        "crumbs": [{"url": customer_url(number), "label": number}],
        "number": number,
        "form": form,
        "told": told and _drawn(told),
    }
    status = 422 if form.is_bound and told is None else 200
    return render_page(request, "panorama/between.html", context, status=status)


def _drawn(told: dict[str, Any]) -> dict[str, Any]:
    """The differences with words and tones, and the moments as times."""
    for facet in told["facets"]:
        for row in facet["rows"]:
            row["label"], row["tone"] = STATES[row["state"]]
    for name in ("first", "second"):
        told[name]["known"] = datetime.fromisoformat(told[name]["known"])
    return told
