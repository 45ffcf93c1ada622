"""Whether the operation log is what was sealed: how it stands, what the last verifications found, ask for one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import page, render_page
from mdm.errors import Text
from mdm.tasks import verify_audit
from security.audit.findings import FOUND
from security.models import AuditVerification
from security.selectors.integrity import VIEW, integrity
from security.services.auditing import VERIFY, note_asked


@page("audit/integrity/", "audit_integrity", VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """How the log stands; a POST has a worker verify it."""
    actor, at = actor_of(request), timezone.now()
    found = integrity(actor, at=at)
    if request.method == "POST":
        verify_audit.send(note_asked(actor, at=at))
        messages.info(request, _("A worker verifies the log; the result will stand below."))
        return HttpResponseRedirect(reverse("admin:audit_integrity"))
    context = {
        "title": _("Integrity of the log"),
        "found": found,
        "verifications": [_told(one) for one in found.verifications],
        "may_verify": actor.may(VERIFY),
    }
    return render_page(request, "panorama/security/integrity.html", context)


def _told(one: AuditVerification) -> dict[str, Any]:
    """A verification with its findings in words."""
    findings: list[dict[str, Text | int]] = [
        {"seal": place["seal"], "row": place.get("row", 0), "text": FOUND.get(place["what"], place["what"])}
        for place in one.findings
    ]
    return {"row": one, "findings": findings}


menu.add(menu.Item("control", _("Integrity of the log"), "admin:audit_integrity", "check", VIEW, order=14))
