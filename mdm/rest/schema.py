"""The description of the API (OpenAPI 3.1), made from the declarations that also drive the requests."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
)

from mdm.errors import Text
from mdm.rest import approvals
from mdm.rest.authentication import STEP_UP
from mdm.rest.catalogue import problem_type, with_those_beside
from mdm.rest.fields import Fields, ProblemFields
from mdm.rest.operations import JSON, PUBLIC, Operation, operation_of
from mdm.rest.pages import page_fields
from mdm.rest.problems import CONTENT_TYPE
from security.access.roles import PERMISSIONS
from security.authentication import signing

Schema = dict[str, Any]
#: The ways in, any one of which will do: a lasting token, a token of ten minutes, a signature.
SCHEME, SHORT, SIGNED = "clientToken", "clientCredentials", "signedRequest"
#: Problem types of every operation that needs a token.
_ALWAYS = (
    "auth.required",
    "auth.invalid",
    "auth.signature_needed",
    "auth.clock",
    "auth.replayed",
    "auth.network",
    "access.denied",
    "scope.missing",
    "rate.limited",
    "rate.unknown",
    "service.unavailable",
)
_HEADERS: dict[str, tuple[str, Text, bool]] = {
    "Idempotency-Key": (
        "^[A-Za-z0-9_.:-]{8,120}$",
        _("New for each new request, the same when a request is repeated; kept for 72 hours."),
        True,
    ),
    "If-Match": ('^"v[1-9][0-9]{0,8}"$', _("The ETag of the version that was read."), True),
    "Prefer": (".*", _("“handling=strict”: refuse what would have to wait for approval."), False),
    "If-None-Match": (".*", _("An ETag already held: answered with 304 where it still holds."), False),
}


class ClientTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How `ClientAuthentication` is described."""

    target_class = "mdm.rest.authentication.ClientAuthentication"
    name = [SCHEME, SHORT, SIGNED]

    def get_security_definition(self, auto_schema: Any) -> list[Schema]:
        token = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "pan_<client id>.<secret>",
            "description": str(_("The token of a client system, told once when the client was made.")),
        }
        short = {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/api/v1/oauth/token", "scopes": dict(PERMISSIONS)}},
            "description": str(_("A token of ten minutes for some of the client's scopes (RFC 6749, 4.4).")),
        }
        signed = {
            "type": "http",
            "scheme": signing.SCHEME,
            "description": str(_("A signature with HMAC-SM3 or SM2 over each request, accepted once.")),
        }
        return [token, short, signed]


class PanoramaSchema(AutoSchema):
    """Describes one endpoint from its `Operation`."""

    @property
    def declared(self) -> Operation:
        found = operation_of(self.view, self.method)
        if found is None:
            raise LookupError(f"{self.method} {self.path} declares no operation")
        return found

    def is_excluded(self) -> bool:
        return operation_of(self.view, self.method) is None

    def get_operation_id(self) -> str:
        return self.declared.name

    def get_summary(self) -> str:
        return str(self.declared.summary)

    def get_description(self) -> str:  # type: ignore[override]  # as its parent in drf-spectacular
        needed = self.declared.scope
        scope = "" if needed in (PUBLIC, "*") else str(_("Needs the scope “%s”.")) % needed
        return "\n\n".join(part for part in (str(self.declared.description), scope) if part)

    def get_tags(self) -> list[str]:
        return [self.declared.tag]

    def get_auth(self) -> list[Schema]:
        if self.declared.scope == PUBLIC:
            return []
        super().get_auth()  # registers the scheme
        needed = self.declared.scope
        return [{SCHEME: []}, {SHORT: [needed] if needed in PERMISSIONS else []}, {SIGNED: []}]

    def get_override_parameters(self) -> list[Any]:
        declared = self.declared
        asked: list[Any] = [declared.query] if declared.query else []
        asked += _page_parameters() if declared.paged else []
        wanted = {
            "Idempotency-Key": declared.idempotent,
            "If-Match": declared.conditional,
            "If-None-Match": declared.versioned and self.method == "GET",
            "Prefer": declared.may_wait,
        }
        return [
            *asked,
            *(_header(name) for name, needed in wanted.items() if needed),
            *_answer_headers(declared),
        ]

    def get_request_serializer(self) -> Any:
        return self.declared.body

    def map_parsers(self) -> list[Any]:
        """Merge patches on PATCH only."""
        patch = "application/merge-patch+json"
        return [kind for kind in super().map_parsers() if self.method == "PATCH" or kind != patch]

    def get_response_serializers(self) -> Any:
        declared = self.declared
        answer: Any = page_fields(declared.answer) if declared.answer and declared.paged else declared.answer
        answer = answer if declared.media == JSON else OpenApiTypes.BINARY
        found: dict[Any, Any] = {
            (status, declared.media): OpenApiResponse(answer, str(declared.summary))
            for status in (declared.status, *declared.also)
        }
        if declared.may_wait:
            text = str(_("It waits for the approval of a second person."))
            found[(202, JSON)] = OpenApiResponse(_waiting(declared), text)
        if declared.versioned and self.method == "GET":
            found[304] = OpenApiResponse(description=str(_("Unchanged.")))
        return found | _refusals(declared)

    def get_examples(self) -> list[OpenApiExample]:
        return [OpenApiExample(shown.name, shown.body, request_only=True) for shown in self.declared.examples]

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return type(serializer).__name__.removesuffix("Fields")

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Schema:
        """Objects that are read hold no other member than those named."""
        schema = cast(Schema, super()._map_serializer(serializer, direction, bypass_extensions))  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, Fields):
            schema["additionalProperties"] = False
        return schema


def _waiting(declared: Operation) -> Any:
    """What 202 answers with: the change request, or what the operation answers with 202 itself."""
    if declared.status != 202 or declared.answer is None:
        return approvals.WaitingFields
    name = declared.answer.__name__.removesuffix("Fields")
    kinds: Any = [declared.answer, approvals.WaitingFields]
    return PolymorphicProxySerializer(f"{name}OrWaiting", kinds, resource_type_field_name=None)


def _header(name: str) -> OpenApiParameter:
    pattern, description, required = _HEADERS[name]
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, required=required, description=str(description), pattern=pattern
    )


def _page_parameters() -> list[OpenApiParameter]:
    size = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    return [
        OpenApiParameter("cursor", str, description=str(_("From the “next” of the page before."))),
        OpenApiParameter("page_size", size, description=str(_("Rows a page."))),
    ]


def _answer_headers(declared: Operation) -> list[OpenApiParameter]:
    """ETag and Location where they are sent."""
    codes = [declared.status, *declared.also, *([202] if declared.may_wait else [])]
    told = {
        "ETag": (declared.versioned, _("The version, for If-Match and If-None-Match.")),
        "Location": (declared.status in (201, 202) or declared.may_wait, _("Where the result is.")),
        "Idempotency-Replayed": (declared.idempotent, _("“true” where the answer was given before.")),
    }
    return [
        OpenApiParameter(name, str, OpenApiParameter.HEADER, description=str(text), response=codes)
        for name, (sent, text) in told.items()
        if sent
    ]


def _refusals(declared: Operation) -> dict[Any, OpenApiResponse]:
    """The problem types an operation can answer with, by status."""
    by_status: dict[int, list[str]] = {}
    for code in _codes(declared):
        known = problem_type(code)
        if known is None:
            raise LookupError(f"{declared.name} names the unknown problem {code}")
        by_status.setdefault(known.status, []).append(code)
    return {
        (status, CONTENT_TYPE): OpenApiResponse(ProblemFields, ", ".join(f"`{code}`" for code in codes))
        for status, codes in sorted(by_status.items())
    }


def _codes(declared: Operation) -> list[str]:
    codes = [] if declared.scope == PUBLIC else list(_ALWAYS)
    codes += ["request.parameter", "request.not_acceptable"]
    codes += ["request.cursor"] if declared.paged else []
    if declared.body:
        codes += ["request.malformed", "request.invalid", "request.too_large", "request.media_type"]
    if declared.idempotent:
        codes += [f"idempotency.{part}" for part in ("key_missing", "key_invalid", "reused", "in_progress")]
    if declared.conditional:
        codes += ["precondition.required", "precondition.invalid"]
    codes += [STEP_UP] if declared.fresh else []
    codes += approvals.REFUSALS if declared.may_wait else []
    return with_those_beside([*codes, *declared.refusals])


def tidy(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """drf-spectacular's last step: leave out its own marks."""
    _without(result, "x-spec-enum-id")
    return result


def _without(part: Any, name: str) -> None:
    if isinstance(part, dict):
        part.pop(name, None)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _without(inner, name)
