"""Files sent to the screens: held in memory and bounded, whichever page they are sent to."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth import SESSION_KEY
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from mdm.paging import number_in
from mdm.rest.middleware import API_PREFIX
from mdm.rest.uploads import UPLOAD_LIMIT, InMemoryHandler


class BoundedHandler(InMemoryHandler):
    """FILE_UPLOAD_HANDLERS: refuses a form that announces more than the limit, before reading it (413)."""

    limit: ClassVar[int] = UPLOAD_LIMIT

    def handle_raw_input(self, *args: Any, **options: Any) -> None:
        """`args` are the stream, the headers and the announced length, as Django hands them over."""
        if args[2] > self.limit:
            raise RequestDataTooBig("the form with its files is larger than the screens take")
        super().handle_raw_input(*args, **options)


#: Bytes of the largest form of somebody who has not signed in: a name, a password, a share, a passkey.
STRANGERS_LIMIT = 64 * 1024


class StrangersMiddleware:
    """Refuses large bodies from who has not signed in, before anything reads them (413). The API does so itself
    (`mdm.rest.parsers`): it says who calls before it reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        length = number_in(announced)
        large = length is None or length > STRANGERS_LIMIT
        if large and not request.path_info.startswith(API_PREFIX) and SESSION_KEY not in request.session:
            text = _("This form is too large for somebody who has not signed in.")
            return HttpResponse(text, status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
