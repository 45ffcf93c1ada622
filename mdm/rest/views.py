"""The base of every endpoint: reads the call, asks the handler, writes the answer."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from mdm.errors import FieldError, Invalid
from mdm.extension.attributes import refresh
from mdm.rest import etags, idempotency, parsers, throttling
from mdm.rest.authentication import ClientAuthentication, HasScope, caller
from mdm.rest.operations import JSON, PUBLIC, SIGNED_IN, Answer, Call, Data, Handler, Operation
from mdm.rest.problems import field_errors
from mdm.rest.refusals import Refusal
from security.access.actor import Actor

#: Query parameters of every paged list.
PAGE_PARAMETERS = frozenset({"cursor", "page_size"})
_NOBODY = Actor("anonymous", "client", ())


class ApiView(APIView):
    """A resource; its methods are declared with `mdm.rest.operations.operation`."""

    authentication_classes = [ClientAuthentication]
    permission_classes = [HasScope]
    parser_classes: list[type[BaseParser]] = [parsers.LimitedJSONParser, parsers.MergePatchParser]
    throttle_classes: list[type[BaseThrottle]] = [throttling.ClientThrottle]
    metadata_class = None
    http_method_names = ["get", "post", "patch", "head"]
    #: Bytes of a whole body; uploads set their own.
    body_limit = parsers.BODY_LIMIT

    def run(
        self, declared: Operation, handler: Handler, request: Request, path: dict[str, str]
    ) -> HttpResponseBase:
        """One call of one endpoint, from request to answer."""
        call = self.call(declared, request)
        if declared.media != JSON:
            return _file(declared, self._asked(handler, call, path))
        render = partial(_response, declared, call)
        if declared.idempotent:
            return idempotency.once(call, lambda: self._asked(handler, call, path), render)
        return render(self._asked(handler, call, path))

    def _asked(self, handler: Handler, call: Call, path: dict[str, str]) -> Answer:
        """The handler's answer; refused places become places in what was sent."""
        try:
            return handler(self, call, **path)
        except Invalid as refusal:
            refusal.errors = [replace(error, pointer=self.place(error.pointer)) for error in refusal.errors]
            raise

    def place(self, pointer: str) -> str:
        """Where in the body a service's pointer leads."""
        return pointer

    def call(self, declared: Operation, request: Request) -> Call:
        """What was sent, read and checked: parameters, precondition, body."""
        at = timezone.now()
        return Call(
            request=request,
            actor=_NOBODY if declared.scope == PUBLIC else _entitled(declared, request, at),
            at=at,
            query=_query(declared, request),
            version=etags.matched_version(request) if declared.conditional else 0,
            data=self._body(declared, request),
        )

    def _body(self, declared: Operation, request: Request) -> Data:
        if declared.body is None:
            return {}
        parsers.check_length(request, self.body_limit)
        return _read(declared.body, request.data)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the limits that hold for the caller to whatever is answered."""
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in throttling.headers(request).items():
            final.headers[name] = value
        return final


def _entitled(declared: Operation, request: Request, at: datetime) -> Actor:
    """The caller, who holds the right that the operation names; so nobody without it learns what a body must be."""
    actor = caller(request, at)
    refresh()  # an attribute approved meanwhile, in whichever process, is in the body that is read next
    if declared.scope != SIGNED_IN:
        actor.require(declared.scope)
    return actor


def _query(declared: Operation, request: Request) -> Data:
    """The query parameters, each known and once; Refusal 400 otherwise."""
    known = set(declared.query().fields) if declared.query else set()  # type: ignore[attr-defined]
    known |= PAGE_PARAMETERS if declared.paged else set()
    sent = request.query_params
    wrong = [name for name in sent if name not in known or len(sent.getlist(name)) > 1]
    if wrong:
        raise _bad_parameters([FieldError("", "unknown", _("A query parameter is unknown or given twice."))])
    if declared.query is None:
        return {}
    return _read_query(declared.query, {name: sent[name] for name in sent if name not in PAGE_PARAMETERS})


def _read_query(fields: Any, sent: dict[str, str]) -> Data:
    reader = fields(data=sent)
    if not reader.is_valid():
        raise _bad_parameters(field_errors(reader.errors))
    return dict(reader.validated_data)


def _bad_parameters(errors: Iterable[FieldError]) -> Refusal:
    return Refusal("request.parameter", _("A query parameter is not accepted."), tuple(errors))


def _read(fields: Any, sent: Any) -> Data:
    """The body by its serializer; ValidationError (422) with every refused place."""
    reader = fields(data=sent)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


def _file(declared: Operation, answer: Answer) -> FileResponse:
    """The HTTP answer that is a file; it is closed once it was sent."""
    return FileResponse(answer.data, content_type=declared.media, headers=answer.headers)


def _response(declared: Operation, call: Call, answer: Answer) -> HttpResponse:
    """The HTTP answer: JSON, ETag, Location; 304 where the caller has this version already."""
    headers = dict(answer.headers)
    if answer.location:
        headers["Location"] = answer.location
    if answer.version is not None:
        headers["ETag"] = etags.etag(answer.version)
        if call.request.method in ("GET", "HEAD") and etags.unchanged(call.request, answer.version):
            return HttpResponse(status=304, headers=headers)
    body = answer.data if isinstance(answer.data, bytes) else JSONRenderer().render(answer.data)
    return HttpResponse(body, content_type=JSON, status=answer.status or declared.status, headers=headers)
