"""Who calls: a client system with a token or a signature, and the scope that each operation declares.

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
from security.authentication import signing
from security.authentication.policy import policy
from security.models import ApiClient, User
from security.services import client_proof, clients

if TYPE_CHECKING:  # rest_framework.views imports this module while it is being imported itself
    from rest_framework.views import APIView

SCHEME = "bearer"
#: The refusal of who gave no proof of this moment.
STEP_UP = "auth.step_up"


class ClientAuthentication(BaseAuthentication):
    """A bearer token (RFC 6750, 2.1), issued for good or for ten minutes, or a signature over the request."""

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        at = timezone.now()
        scheme, _blank, told = header.partition(" ")
        client = self._client(request, scheme, told.strip() if scheme.lower() == SCHEME else told, at)
        if client is None:
            raise AuthenticationFailed
        if not client_proof.is_from_its_network(client, request.META.get("REMOTE_ADDR")):
            raise NotAllowed("auth.network", _("This system may not call from this network address."))
        return client.user, client

    def _client(self, request: Request, scheme: str, told: str, at: datetime) -> ApiClient | None:
        if scheme.lower() == SCHEME:
            return _with_token(told, at)
        return _with_signature(request, told, at) if scheme == signing.SCHEME else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="panorama"'


def _with_token(token: str, at: datetime) -> ApiClient | None:
    """The client that holds a token; refused where it has to sign its requests."""
    found = clients.authenticate(token, at=at) or client_proof.bearer(token, at=at)
    if found is not None and found.signed_only:
        raise Refusal("auth.signature_needed", _("This system has to sign its requests."))
    return found


def _with_signature(request: Request, told: str, at: datetime) -> ApiClient | None:
    """The client that signed the request."""
    claim = signing.claim_of(told)
    if claim is None:
        return None
    if not signing.is_timely(claim, at):
        raise Refusal("auth.clock", _("The request was signed too long ago, or the clocks differ."))
    return client_proof.verify(_message(request), claim, at=at)


def _message(request: Request) -> signing.Message:
    """The request as it is signed; its body is read here, within Django's own limit."""
    raw = request._request
    return signing.Message(
        method=raw.method or "",
        path=raw.path,
        query=raw.META.get("QUERY_STRING", ""),
        host=raw.get_host(),
        content_type=raw.META.get("CONTENT_TYPE", ""),
        body=raw.body,
    )


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
        return (
            request.auth is not None and _require(operation, request.auth) and _fresh(operation, request.auth)
        )


def _answers_405(view: "APIView", request: Request) -> bool:
    """A method without a handler passes on to the answer 405; a handler without a scope does not pass."""
    return getattr(view, (request.method or "").lower(), None) is None


def _require(operation: Operation, client: Any) -> bool:
    """True; raises NotAllowed where the token lacks the scope. The right itself is the service's to check."""
    if operation.scope == SIGNED_IN or operation.scope in client.scopes:
        return True
    raise NotAllowed("scope.missing", _("The scope “%s” is needed.") % operation.scope)


def _fresh(operation: Operation, client: Any) -> bool:
    """True; raises NotAllowed where the operation takes proof of this moment and the caller gave none."""
    if operation.fresh:
        require_proof(client)
    return True


def require_proof(client: Any) -> None:
    """Raise NotAllowed `auth.step_up` where the caller gave no proof of this moment."""
    if client.proved_at is None or timezone.now() - client.proved_at >= policy.step_up:
        raise NotAllowed(STEP_UP, _("Sign the request, or get a token for this moment."))
