"""Writes that may need a second person: done at once, or answered with 202 and the change request."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Fields
from mdm.rest.operations import Answer, Call
from security.approvals.models import ChangeRequest
from security.approvals.requests import Done

#: Where change requests are, below the API's root.
REQUESTS = "change-requests"
#: With this preference (RFC 7240) a write that would have to wait is refused instead.
STRICT = "handling=strict"
#: Problem types of every operation that may have to wait.
REFUSALS = ("approval.needed", "approval.open", "approval.nobody")


class WaitingFields(Fields):
    """A change request: what was sent waits until somebody else has approved it."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text=_("How people and the history name it."))
    operation = serializers.CharField()
    state = serializers.CharField(help_text=_("PENDING, RETURNED, APPROVED, REJECTED, WITHDRAWN or EXPIRED."))
    version = serializers.IntegerField(help_text=_("The number in its ETag."))
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text=_("When it goes to the next level."))
    expires_at = serializers.DateTimeField()


def waiting_data(request: ChangeRequest) -> dict[str, Any]:
    """What the caller is told of a request that waits."""
    return {
        "id": request.pk,
        "number": request.number,
        "operation": request.operation,
        "state": request.state,
        "version": request.version,
        "opened_at": request.opened_at,
        "due_at": request.due_at,
        "expires_at": request.expires_at,
    }


def prefers_refusal(call: Call) -> bool:
    """Whether the caller would rather be refused than wait."""
    preferences = call.request.headers.get("Prefer", "").lower().split(",")
    return STRICT in {one.strip() for one in preferences}


def answered(call: Call, done: Done, answer: Callable[[Any], Answer]) -> Answer:
    """`answer(result)` where it was done, else 202 with the request and where it is."""
    if done.request is None:
        return answer(done.result)
    root = call.request.path.partition("/v1/")[0]
    location = f"{root}/v1/{REQUESTS}/{done.request.pk}"
    return Answer(waiting_data(done.request), status=202, location=location)
