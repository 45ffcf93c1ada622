"""The id of a request: one value in the answer, the logs, the history rows and the operation log."""

import re
import uuid

from django.http import HttpRequest

#: Where the id travels inside the process; django-structlog reads the same header.
META_KEY = "HTTP_X_REQUEST_ID"
#: W3C Trace Context, level 1: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)


def new_trace_id(traceparent: str = "") -> str:
    """The trace id of a W3C `traceparent` header, or a new one: 32 hexadecimal digits either way.

    A caller's own `X-Request-Id` is not taken over: free text from outside would reach the logs.
    """
    found = _TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else uuid.uuid4().hex


def trace_id(request: HttpRequest) -> str:
    """The id that `RequestIdMiddleware` gave this request; empty where the middleware did not run."""
    return str(request.META.get(META_KEY, ""))
