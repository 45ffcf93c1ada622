"""Who may see one customer: explaining it, protecting the customer, opening and closing it for single users."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.models import MarkKind
from customers.selectors.access import access_of
from customers.selectors.explaining import RIGHT as EXPLAIN
from customers.selectors.explaining import explain_access
from customers.services import marks, sharing
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import DayField, ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid
from security.access.grants import GUARDS
from security.authentication.freshness import fresh


class AskForm(forms.Form):
    """Whose access to which customer, and to which field."""

    user = forms.CharField(label=_("User name"), max_length=150)
    customer = forms.CharField(label=_("Customer number"), max_length=20)
    field = forms.CharField(
        label=_("Field"), max_length=121, required=False, help_text=_("Such as phone.number; may stay empty.")
    )


class MarkForm(ReasonForm):
    """Protection, an account manager, or a relative."""

    kind = forms.ChoiceField(label=_("Mark"), choices=MarkKind.choices)
    guard = forms.ChoiceField(label=_("Protected because"), required=False)
    user = forms.CharField(
        label=_("User name"),
        required=False,
        max_length=150,
        help_text=_("Of the account manager or relative."),
    )
    ends = forms.BooleanField(label=_("End this mark"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="mark")
        self.fields["guard"].choices = [("", "—"), *GUARDS.items()]  # type: ignore[attr-defined]


class ShareForm(ReasonForm):
    """An exception for one user or group."""

    to = forms.CharField(
        label=_("User, or group: and a name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    effect = forms.ChoiceField(
        label=_("Effect"),
        choices=[
            ("OPEN", _("may see it")),
            ("OPEN_TO_CHANGE", _("may see and change it")),
            ("CLOSE", _("may not see it")),
        ],
    )
    until = DayField(label=_("Until and including"), required=False)
    ends = forms.BooleanField(label=_("End this exception"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="share")


@page("explain/", "explain_access", EXPLAIN)
def explain(request: HttpRequest) -> HttpResponse:
    """Why a user sees a customer, or a field of it, or not."""
    form = AskForm(request.POST or None)
    told, status = None, 200
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            told = explain_access(
                actor_of(request), asked["user"], asked["customer"], asked["field"], at=timezone.now()
            )
        except Invalid as refusal:
            add_errors(form, refusal)
            status = 422
    context = {"title": _("Explain access"), "form": form, "told": told, "save_label": _("Explain")}
    return render_page(request, "panorama/explain.html", context, status=status)


@page("customer/<str:number>/access/", "customer_access", sharing.RIGHT)
@fresh(methods=("POST",))
def access(request: HttpRequest, number: str) -> HttpResponse:
    """Marks, exceptions and unmaskings of one customer, with forms for the first two."""
    actor, at = actor_of(request), timezone.now()
    told = access_of(actor, number, at=at)
    which = request.POST.get("do", "")
    mark_form = MarkForm(request.POST if which == "mark" else None)
    share_form = ShareForm(request.POST if which == "share" else None)
    form, write = (mark_form, _mark) if which == "mark" else (share_form, _share)
    if request.method == "POST" and form.is_valid():
        try:
            write(actor, number, form.cleaned_data, at)
        except (Invalid, Duplicate) as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("admin:customer_access", args=[number]))
    crumb = {"url": customer_url(number), "label": number}
    context = {"title": _("Who may see this customer"), "crumbs": [crumb], "told": told, "form": form}
    context |= {"mark_form": mark_form, "share_form": share_form}
    return render_page(request, "panorama/access.html", context, status=422 if form.is_bound else 200)


def _mark(actor: Any, number: str, told: dict[str, Any], at: datetime) -> None:
    value = told["guard"] if told["kind"] == MarkKind.PROTECTED else told["user"]
    act = marks.unmark if told["ends"] else marks.mark
    act(actor, number, told["kind"], value, reason=told["reason"], at=at)


def _share(actor: Any, number: str, told: dict[str, Any], at: datetime) -> None:
    if told["ends"]:
        sharing.end(actor, number, told["to"], told["effect"], reason=told["reason"], at=at)
        return
    until = told["until"]
    end = timezone.make_aware(datetime.combine(until, time())) + timedelta(days=1) if until else None
    sharing.share(actor, number, told["to"], told["effect"], expires_at=end, reason=told["reason"], at=at)


menu.add(menu.Item("control", _("Explain access"), "admin:explain_access", "search", EXPLAIN, order=60))
