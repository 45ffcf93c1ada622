"""Refused calls of the API in the operation log: which client tried which operation."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from mdm.errors import ServiceError
from mdm.rest.operations import operation_of
from mdm.rest.tracing import trace_id
from security.access.actor import Actor
from security.access.client import client_actor
from security.audit.refusals import ANONYMOUS, counts, note
from security.models import ApiClient


def note_refusal(request: HttpRequest, view: Any, refusal: ServiceError, status: int) -> None:
    """Log the attempt, if the refusal counts as one."""
    if not counts(refusal, status):
        return
    at = timezone.now()
    client = getattr(request, "_auth", None)  # `auth` itself would try the token again
    found = client_actor(client, at) if isinstance(client, ApiClient) else _nobody()
    actor = found.asking(trace_id(request), request.META.get("REMOTE_ADDR") or None)
    note(actor, _operation(request, view), refusal, status, getattr(view, "kwargs", {}), at)


def _nobody() -> Actor:
    return Actor(ANONYMOUS, "client", (), channel="API")


def _operation(request: HttpRequest, view: Any) -> str:
    """The operation's name; for a method that a resource lacks, the method."""
    declared = operation_of(view, request.method or "")
    return declared.name if declared else f"api.{(request.method or '').lower()[:10]}"
