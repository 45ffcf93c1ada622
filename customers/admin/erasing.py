"""Erasing one customer: what would go, what stands in the way, and asking for it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.rules.number import customer_no
from customers.selectors.erasing import OPERATION, RIGHT
from customers.services import erasing
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import looked_at, went
from mdm.backoffice.forms import ReasonForm
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid, ServiceError
from mdm.rest.problems import status_of
from security.approvals.models import ChangeRequest
from security.authentication.freshness import fresh

REASONS = (
    _("The time of retention is over"),
    _("The customer asked for it"),
    _("A court or regulator ordered it"),
)


@page("customer/<str:number>/erase/", "customer_erase", RIGHT)
@fresh(methods=("POST",))
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """Who would go and why not yet; with a reason, the request that a second person decides."""
    actor, at = actor_of(request), timezone.now()
    form = ReasonForm(request.POST or None)
    refusal: ServiceError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            done = erasing.ask(actor, number, reason=form.cleaned_data["reason"], at=at)
        except (Duplicate, Invalid) as refused:
            refusal = refused
        else:
            text = _("The erasure is under way.")
            message, target = went(done, text, reverse("admin:customers_customer_changelist"))
            messages.success(request, message)
            return HttpResponseRedirect(target)
    context = {
        "title": _("Erase this customer"),
        "crumbs": [
            {"url": reverse("admin:customers_customer_changelist"), "label": _("Customers")},
            {"url": customer_url(number), "label": number},
        ],
        "found": erasing.standing(actor, number, at=at),
        "form": form,
        "refusal": refusal,
        "reasons": REASONS,
    }
    status = status_of(refusal) if refusal else 422 if form.errors else 200
    return render_page(request, "panorama/erase.html", context, status=status)


def _page(request: ChangeRequest) -> str:
    return reverse("admin:customer_erase", args=[customer_no(request.customer_id or 0)])


looked_at(OPERATION, _page)
