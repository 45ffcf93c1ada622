"""Pages about the API: its description, a page to read and try it, what each problem type means.

The first two are the only places under `/api` that accept a staff session, and they only read.
"""

from functools import lru_cache
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, IntegerField

from mdm.extension.attributes import Stamp, refresh
from mdm.rest.authentication import ClientAuthentication
from mdm.rest.catalogue import ProblemType, problem_type, problem_types
from mdm.rest.fields import Fields
from mdm.rest.operations import PUBLIC, Answer, Call, Operation, operation
from mdm.rest.problems import problem
from mdm.rest.refusals import not_found
from mdm.rest.views import ApiView


@lru_cache(maxsize=8)
def described(language: str, _stamp: Stamp) -> dict[str, Any]:
    """The description in one language, by one model dictionary; it takes a second to make."""
    generator: Any = DescriptionView.generator_class()
    return dict(generator.get_schema(request=None, public=True))


class DescriptionView(SpectacularJSONAPIView):
    """`/api/v1/openapi.json`."""

    authentication_classes = [ClientAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]
    renderer_classes = [OpenApiJsonRenderer2]

    def _get_schema_response(self, request: Request) -> Response:
        return Response(described(get_language() or "", refresh().stamp))


@method_decorator(csp_update({"img-src": ["'self'", "data:"]}), name="dispatch")
class DocumentationView(SpectacularSwaggerSplitView):
    """`/api/docs`: reads the description in the browser; a token is typed in to try something."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]
    template_name = "rest/documentation.html"
    url_name = "description"

    def handle_exception(self, exc: Exception) -> Any:
        """Without a session to the sign-in page, and back."""
        if isinstance(exc, NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)


class ProblemTypeFields(Fields):
    """What one code means."""

    code = CharField()
    type = CharField(help_text=_("Address of the page that explains the code."))
    status = IntegerField()
    title = CharField()
    remedy = CharField(help_text=_("What a caller does about it."))


class ProblemTypeListFields(Fields):
    """The catalogue."""

    items = ProblemTypeFields(many=True)


class ProblemTypesView(ApiView):
    """`/api/v1/problems`."""

    @operation(
        Operation(
            scope=PUBLIC,
            name="problem_types_list",
            summary=_("Every problem type"),
            description=_("The codes of all refusals, what they mean and what a caller does about them."),
            tag="about",
            answer=ProblemTypeListFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """The catalogue, in the reader's language."""
        return Answer({"items": [_told(entry) for entry in problem_types()]})


def unknown(request: HttpRequest) -> HttpResponseBase:
    """Every other address under `/api`, so that none of them reaches the staff site."""
    return problem(request, not_found())


@require_safe
def problem_type_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """`/api/problems/<code>`: where a problem's `type` leads; a page for people."""
    entry = problem_type(code)
    if entry is None:
        return problem(request, not_found())
    return render(request, "rest/problem_type.html", {"entry": entry})


def _told(entry: ProblemType) -> dict[str, Any]:
    return {
        "code": entry.code,
        "type": entry.uri,
        "status": entry.status,
        "title": str(entry.title),
        "remedy": str(entry.remedy),
    }
