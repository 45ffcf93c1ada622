"""Pages to change the status of a customer, and to give customers to another branch or account manager."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import ACTIONS, Action, customer_url
from customers.admin.panorama import TONES
from customers.rules.lifecycle import targets
from customers.rules.number import customer_id, customer_no
from customers.selectors.rows import get_row
from customers.services import status, transferring
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import looked_at, went
from mdm.backoffice.branches import BranchField
from mdm.backoffice.forms import ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.codes import get as code_list
from mdm.errors import Duplicate, Invalid, NotFound, Stale
from mdm.paging import number_in
from security.approvals.models import ChangeRequest

STATUS_REASONS = (
    _("The customer asked for it"),
    _("A court or regulator ordered it"),
    _("Death certificate presented"),
    _("Registration cancelled"),
)
TRANSFER_REASONS = (
    _("The customer moved"),
    _("The branch was closed or merged"),
    _("The account manager has changed"),
)


class StatusForm(ReasonForm):
    """Where the table lets the customer go."""

    status = forms.ChoiceField(label=_("new status"))

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = code_list("lifecycle_status")
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((code, labels.label(code)) for code in targets(source)),
        ]
        self.order_fields(["status", "reason"])


class TransferForm(ReasonForm):
    """Who goes where."""

    customers = forms.CharField(
        label=_("customer numbers"),
        max_length=14 * transferring.MOST,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off", "class": "mono"}
        ),
        help_text=_("One or many, as pasted from a list."),
    )
    org = BranchField(label=_("managing branch"), required=False)
    manager = forms.CharField(
        label=_("account manager"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The user name."),
    )


@page("customer/<str:number>/status/", "customer_status", status.RIGHT)
def change(request: HttpRequest, number: str) -> HttpResponse:
    """The status of now, where it may go, and why."""
    actor, at = actor_of(request), timezone.now()
    view = get_row(actor, "customer", _id(number), at=at)
    row: Any = view.row
    form = StatusForm(request.POST or None, source=row.lifecycle_status)
    code = 200 if not form.is_bound else 422
    if request.method == "POST" and form.is_valid():
        version, data = request.POST.get("version", ""), form.cleaned_data
        told = (actor, number, number_in(version) or 0, data["status"])
        try:
            done = status.ask(*told, reason=data["reason"], at=at)
        except (Invalid, Duplicate, Stale) as refusal:
            add_errors(form, refusal)
            code = 412 if isinstance(refusal, Stale) else 422
        else:
            message, target = went(done, _("The status was changed."), customer_url(number))
            messages.success(request, message)
            return HttpResponseRedirect(target)
    context = {
        "title": _("Status"),
        "crumbs": _crumbs(number, view.head["display_name"]),
        "head": view.head,
        "row": row,
        "tone": TONES.get(row.lifecycle_status, ""),
        "label": code_list("lifecycle_status").label(row.lifecycle_status),
        "form": form,
        "closed": view.closed or not targets(row.lifecycle_status),
        "reasons": STATUS_REASONS,
    }
    return render_page(request, "panorama/status.html", context, status=code)


def _id(number: str) -> int:
    found = customer_id(number)
    if found is None:
        raise NotFound("customer.unknown", _("There is no such customer."))
    return found


def _crumbs(number: str, name: str) -> list[dict[str, Any]]:
    return [
        {"url": reverse("admin:customers_customer_changelist"), "label": _("Customers")},
        {"url": customer_url(number), "label": name or number},
    ]


@page("transfer/", "transfer", transferring.RIGHT)
def transfer(request: HttpRequest) -> HttpResponse:
    """Give one customer, or many, to another branch or account manager."""
    actor = actor_of(request)
    form = TransferForm(request.POST or None, initial={"customers": request.GET.get("customer", "")[:20]})
    code = 200 if not form.is_bound else 422
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        org = data["org"].code if data["org"] else ""
        try:
            numbers = transferring.numbers_of(data["customers"])
            done = transferring.ask(
                actor,
                numbers,
                org=org,
                manager=data["manager"].strip(),
                reason=data["reason"],
                at=timezone.now(),
            )
        except (Invalid, Duplicate, NotFound, Stale) as refusal:
            add_errors(form, refusal)
        else:
            target = reverse("admin:customers_customer_changelist")
            message, target = went(done, _("The customers were transferred."), target)
            messages.success(request, message)
            return HttpResponseRedirect(target)
    context = {
        "title": _("Transfer customers"),
        "crumbs": [{"url": reverse("admin:customers_customer_changelist"), "label": _("Customers")}],
        "form": form,
        "reasons": TRANSFER_REASONS,
        "save_label": _("Transfer"),
    }
    return render_page(request, "admin/change_form.html", context, status=code)


def _looked(request: ChangeRequest) -> str:
    return customer_url(customer_no(request.customer_id)) if request.customer_id else ""


looked_at(status.OPERATION, _looked)
looked_at(transferring.OPERATION, _looked)
ACTIONS.append(Action("admin:customer_status", _("Status"), status.RIGHT, "s"))
menu.add(
    menu.Item("customers", _("Transfer customers"), "admin:transfer", "branch", transferring.RIGHT, order=23)
)
