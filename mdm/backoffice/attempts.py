"""Refused pages in the operation log: who tried to open or send what."""

from django.http import HttpRequest
from django.utils import timezone

from mdm.backoffice.access import actor_of
from mdm.errors import ServiceError
from mdm.rest.tracing import trace_id
from security.access.actor import Actor
from security.audit.refusals import ANONYMOUS, counts, note
from security.models import User


def note_refusal(request: HttpRequest, refusal: ServiceError, status: int) -> None:
    """Log the attempt, if the refusal counts as one."""
    if not counts(refusal, status):
        return
    match = request.resolver_match
    action = (
        f"{(match.view_name if match else '') or 'page'}.{'send' if request.method == 'POST' else 'open'}"
    )
    note(_actor(request), action, refusal, status, match.kwargs if match else {}, timezone.now())


def _actor(request: HttpRequest) -> Actor:
    """Who is signed in, else nobody."""
    if isinstance(getattr(request, "user", None), User):
        return actor_of(request)
    nobody = Actor(ANONYMOUS, "staff", (), channel="COUNTER")
    return nobody.asking(trace_id(request), request.META.get("REMOTE_ADDR") or None)
