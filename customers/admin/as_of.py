"""The page of a customer as of a past moment, in both times."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import ACTIONS, Action, customer_url
from customers.admin.panorama import TONES, drawn_subject
from customers.selectors.as_of import Moment, as_of
from customers.selectors.history import HISTORY
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import DayField, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid, NotFound

_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def moment_field(label: Any, hint: Any) -> forms.DateTimeField:
    """A field that takes a moment, or a day."""
    attrs = {"placeholder": "YYYY-MM-DD HH:MM", "autocomplete": "off", "maxlength": 19}
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=_FORMS,
        widget=forms.TextInput(attrs=attrs),
        help_text=hint,
    )


class MomentForm(forms.Form):
    """Which past."""

    known = moment_field(_("as known at"), _("What the bank knew at this moment; now unless told."))
    on = DayField(
        label=_("what was true on"),
        required=False,
        help_text=_("Business time; what was in force unless told."),
    )


@page("customer/<str:number>/as-of/", "customer_as_of", HISTORY)
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Everything known of a customer then; nothing can be changed here."""
    actor, at = actor_of(request), timezone.now()
    form = MomentForm(request.GET or None)
    told: dict[str, Any] | None = None
    if not form.is_bound or form.is_valid():
        data = form.cleaned_data if form.is_bound else {}
        try:
            told = as_of(actor, number, Moment(moment_of(data.get("known"), at), data.get("on")), at=at)
        except Invalid as refusal:
            add_errors(form, refusal)
        except NotFound as unknown:
            if unknown.code != "customer.not_yet":
                raise
            add_errors(form, unknown)
    context: dict[str, Any] = {
        "title": _("As of a past moment"),
        "crumbs": [{"url": customer_url(number), "label": number}],
        "number": number,
        "form": form,
        "p": told,
    }
    if told is not None:
        subjects = [drawn_subject(one, told, frozenset()) for one in told["subjects"]]
        context |= {
            "subjects": [one for one in subjects if one["count"]],
            "tone": TONES.get(told["lifecycle_status"]["code"], ""),
            "known": datetime.fromisoformat(told["known"]),
        }
    return render_page(request, "panorama/as_of.html", context, status=200 if told else 422)


def moment_of(told: datetime | None, at: datetime) -> datetime:
    """The moment; a day alone means its end, as far as that has come."""
    if told is None:
        return at
    if (told.hour, told.minute, told.second) == (0, 0, 0):
        return min(told.replace(hour=23, minute=59, second=59, microsecond=999999), at)
    return told


ACTIONS.append(Action("admin:customer_as_of", _("As of"), HISTORY, "t"))
