"""Who calls: the bearer token of a client system, and the scope that each operation declares.

The one place that knows how a caller proves who it is. Session cookies are not looked at here, so
that a page in a browser can never make a member of staff call the API (the documentation pages are
the exception and read only, see `mdm.rest.documentation`).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from mdm.errors import NotAllowed
from mdm.rest.operations import PUBLIC, SIGNED_IN, Operation, operation_of
from mdm.rest.refusals import Refusal
from mdm.rest.tracing import trace_id
from security.access.actor import Actor
from security.access.client import client_actor
from security.models import ApiClient, User
from security.services import clients

if TYPE_CHECKING:  # rest_framework.views imports this module while it is being imported itself
    from rest_framework.views import APIView

SCHEME = "bearer"


class ClientAuthentication(BaseAuthentication):
    """`Authorization: Bearer pan_<client id>.<secret>` (RFC 6750, section 2.1)."""

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        token = _bearer(request)
        if token is None:
            return None
        client = clients.authenticate(token, at=timezone.now())
        if client is None:
            raise AuthenticationFailed
        return client.user, client

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="panorama"'


def _bearer(request: Request) -> str | None:
    """The token of the `Authorization` header; None without it; refused where it is another scheme."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _blank, token = header.partition(" ")
    if scheme.lower() != SCHEME or not token:
        raise AuthenticationFailed
    return token.strip()


def client_of(request: Request) -> ApiClient:
    """The client system that calls; Refusal 401 where nobody has proved to be one."""
    client: object = request.auth
    if not isinstance(client, ApiClient):
        raise Refusal("auth.required", _("A token is needed."))
    return client


def caller(request: Request, at: datetime) -> Actor:
    """The actor of an authenticated request, with the request's id and network address."""
    actor = client_actor(client_of(request), at)
    return actor.asking(trace_id(request), request.META.get("REMOTE_ADDR") or None)


class HasScope(BasePermission):
    """Lets a caller through who has the scope that the operation declares; without one nobody passes."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        operation = operation_of(view, request.method or "")
        if operation is None:
            return _answers_405(view, request)
        if operation.scope == PUBLIC:
            return True
        return request.auth is not None and _require(operation, request.auth)


def _answers_405(view: "APIView", request: Request) -> bool:
    """A method without a handler passes on to the answer 405; a handler without a scope does not pass."""
    return getattr(view, (request.method or "").lower(), None) is None


def _require(operation: Operation, client: Any) -> bool:
    """True; raises NotAllowed where the token lacks the scope. The right itself is the service's to check."""
    if operation.scope == SIGNED_IN or operation.scope in client.scopes:
        return True
    raise NotAllowed("scope.missing", _("The scope “%s” is needed.") % operation.scope)
