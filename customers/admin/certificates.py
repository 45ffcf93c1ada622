"""Certificates of a customer's history: issuing one with a reason, taking it away, verifying it."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.links import customer_url
from customers.services import certifying
from mdm.backoffice.access import actor_of
from mdm.backoffice.forms import ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Invalid
from security.authentication.freshness import fresh

REASONS = (
    _("An audit asks for it"),
    _("A complaint is looked into"),
    _("A regulator or court asks for it"),
)


@page("customer/<str:number>/certificates/", "certificates", certifying.RIGHT)
@fresh(methods=("POST",))
def every(request: HttpRequest, number: str) -> HttpResponseBase:
    """The certificates of a customer; a POST with a reason issues one."""
    actor, at = actor_of(request), timezone.now()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = certifying.issue(actor, number, reason=form.cleaned_data["reason"], at=at)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Certificate %s is issued.") % made)
            return HttpResponseRedirect(reverse("admin:certificates", args=[number]))
    return _drawn(request, number, {"form": form}, 422 if form.is_bound else 200)


@page("customer/<str:number>/certificates/<int:certificate_id>/", "certificate", certifying.RIGHT)
@fresh(methods=("POST",))
def one(request: HttpRequest, number: str, certificate_id: int) -> HttpResponseBase:
    """Verify a certificate; a POST takes its file away."""
    actor, at = actor_of(request), timezone.now()
    if request.method == "POST":
        stored, stream = certifying.read(actor, number, certificate_id, at=at)
        return FileResponse(
            stream, as_attachment=True, filename=stored.file_name, content_type="application/pdf"
        )
    verdict = certifying.verify(actor, number, certificate_id, at=at)
    told = [(code, certifying.FINDINGS[code]) for code in verdict.findings]
    return _drawn(request, number, {"form": ReasonForm(), "verdict": verdict, "findings": told})


def _drawn(request: HttpRequest, number: str, context: dict[str, Any], status: int = 200) -> HttpResponseBase:
    actor = actor_of(request)
    found = certifying.certificates(actor, number, at=timezone.now(), size=100)
    history = {"url": reverse("admin:customer_history", args=[number]), "label": _("History")}
    told = {
        "title": _("Certificates of history"),
        "lead": _("All changes as you may see them, with a digest that anybody with this right can verify."),
        "crumbs": [{"url": customer_url(number), "label": number}, history],
        "number": number,
        "rows": found.rows,
        "readable": certifying.readable(actor, number, found.rows),
        "reasons": REASONS,
        **context,
    }
    return render_page(request, "panorama/certificates.html", told, status=status)
