"""One mapping from refusals to HTTP: problem details of RFC 9457, never with a value that was sent."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf

from mdm.errors import (
    Duplicate,
    FieldError,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    ServiceError,
    Stale,
    Text,
    Unavailable,
)
from mdm.rest import attempts
from mdm.rest.catalogue import problem_type
from mdm.rest.refusals import Refusal, malformed, not_found, too_large
from mdm.rest.tracing import trace_id

CONTENT_TYPE = "application/problem+json"
STATUS: dict[type[ServiceError], int] = {
    Invalid: 422,
    NotAllowed: 403,
    NotFound: 404,
    Gone: 410,
    Duplicate: 409,
    Stale: 412,
    Unavailable: 503,
}
#: What is said of a refused field; the framework's own texts would repeat what was sent.
FIELD_TEXTS: dict[str, Text] = {
    "required": _("This is needed."),
    "null": _("This must not be null."),
    "blank": _("This must not be empty."),
    "empty": _("This must not be empty."),
    "max_length": _("This is longer than allowed."),
    "min_length": _("This is shorter than allowed."),
    "max_value": _("This is larger than allowed."),
    "min_value": _("This is smaller than allowed."),
    "invalid_choice": _("This is not one of the allowed values."),
    "not_a_list": _("A list is needed here."),
    "unknown": _("There is no field of this name."),
}
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def problem_response(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler; None lets an unexpected error reach Django's own handling (500)."""
    refusal = refusal_of(exc)
    if refusal is None:
        return None
    attempts.note_refusal(context["request"], context.get("view"), refusal, status_of(refusal))
    return problem(context["request"], refusal)


def refusal_of(exc: Exception) -> ServiceError | None:
    """The refusal that an exception stands for; None for what nobody foresaw."""
    match exc:
        case ServiceError():
            return exc
        case drf.ValidationError():
            return Invalid("request.invalid", _("The request breaks rules."), tuple(field_errors(exc.detail)))
        case drf.APIException():
            return _framework_refusal(exc)
        case Http404():
            return not_found()
        case PermissionDenied():
            return NotAllowed("access.denied", _("You do not have the right to do this."))
        case RequestDataTooBig():
            return too_large()
        case OperationalError():
            return Unavailable("service.unavailable", _("The database is not available at the moment."))
        case _:
            return None


def _framework_refusal(exc: drf.APIException) -> ServiceError | None:
    """Refusals of the framework itself, by class."""
    match exc:
        case drf.ParseError():
            return malformed()
        case drf.NotAuthenticated():
            return Refusal("auth.required", _("A token is needed."), headers=_challenge(exc))
        case drf.AuthenticationFailed():
            return Refusal("auth.invalid", _("The token is not accepted."), headers=_challenge(exc))
        case drf.PermissionDenied():
            return NotAllowed("access.denied", _("You do not have the right to do this."))
        case drf.NotFound():
            return not_found()
        case drf.MethodNotAllowed():
            return Refusal("request.method", _("This method is not allowed here."))
        case drf.NotAcceptable():
            return Refusal("request.not_acceptable", _("The answer is only available as JSON."))
        case drf.UnsupportedMediaType():
            return Refusal("request.media_type", _("This media type is not accepted here."))
        case _:
            return None


def _challenge(exc: drf.APIException) -> dict[str, str]:
    """The challenge that DRF found for a 401 (RFC 6750, section 3)."""
    return {"WWW-Authenticate": str(getattr(exc, "auth_header", "Bearer"))}


def problem(request: HttpRequest, refusal: ServiceError) -> HttpResponse:
    """The answer for one refusal, in the reader's language."""
    status = status_of(refusal)
    body = json.dumps(problem_body(refusal, status, trace_id(request)), ensure_ascii=False)
    headers = refusal.headers if isinstance(refusal, Refusal) else {}
    return HttpResponse(body, content_type=CONTENT_TYPE, status=status, headers=headers)


def status_of(refusal: ServiceError) -> int:
    """The HTTP status of a refusal: by its class, or of the door's own by its code."""
    if isinstance(refusal, Refusal):
        return refusal.status
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 500)


def problem_body(refusal: ServiceError, status: int, trace: str) -> dict[str, Any]:
    """The members of RFC 9457, section 3.1, and ours: `code`, `trace_id`, `errors`."""
    known = problem_type(refusal.code)
    return {
        "type": known.uri if known else "about:blank",
        "title": str(known.title if known else refusal.message),
        "status": status,
        "detail": str(refusal.message),
        "code": refusal.code,
        "trace_id": trace,
        "errors": [
            {"pointer": error.pointer, "code": error.code, "detail": str(error.detail)}
            for error in refusal.errors
        ],
    }


def field_errors(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    """The places a serializer refused, as JSON Pointers (RFC 6901); its texts are replaced by ours."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(
                inner, pointer if name == "non_field_errors" else f"{pointer}/{_safe(name)}"
            )
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        for number, inner in enumerate(detail):
            yield from field_errors(inner, f"{pointer}/{number}")
    else:
        for error in detail if isinstance(detail, list) else [detail]:
            code = str(getattr(error, "code", "invalid"))
            yield FieldError(pointer, code, FIELD_TEXTS.get(code, _("This value cannot be read.")))


def _safe(name: Any) -> str:
    """A member's name for a pointer; a name that does not look like one might be a value, and is hidden."""
    return str(name) if isinstance(name, int) or _PLAIN_NAME.fullmatch(str(name)) else "*"
