"""Around every request: its id and who really calls; under `/api` no caching, and problem details for failures."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from mdm.conf import conf
from mdm.rest.addresses import client_address
from mdm.rest.problems import CONTENT_TYPE, problem
from mdm.rest.refusals import Refusal, malformed, not_found
from mdm.rest.tracing import META_KEY, new_trace_id

API_PREFIX = "/api/"


class RequestIdMiddleware:
    """Gives every request its id and, under `/api`, answers Django's own error pages as JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.META["REMOTE_ADDR"] = client_address(request.META, conf.trusted_proxies)
        request.META[META_KEY] = new_trace_id(request.META.get("HTTP_TRACEPARENT", ""))
        response = self.get_response(request)
        if request.path_info.startswith(API_PREFIX):
            response = as_problem(request, response)
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = request.META[META_KEY]
        return response


def as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """`response`, or problem details in its place where Django answered with a page of its own."""
    ours = response.headers.get("Content-Type", "").startswith((CONTENT_TYPE, "application/json"))
    if response.status_code < 400 or ours:
        return response
    return problem(request, _refusal(response.status_code))


def _refusal(status: int) -> Refusal:
    """What a page of Django's stands for."""
    if status == 404:
        return not_found()
    if status >= 500:
        return Refusal("internal.error", _("Something went wrong on our side."))
    return malformed()
