"""`POST /api/v1/oauth/token`: the client credentials grant (RFC 6749, 4.4), by oauthlib.

A client proves itself with its id and secret (HTTP Basic or in the form) and gets a token of ten minutes
for some or all of its scopes. No other grant is served.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from mdm.rest.tracing import trace_id
from security.access.client import client_actor
from security.audit import log
from security.models import ApiClient
from security.services import client_proof, clients

#: Bytes of a request for a token.
LARGEST = 4096


class Clients(RequestValidator):  # type: ignore[misc]  # oauthlib has no types
    """What oauthlib asks about clients: our own, their secrets and their scopes."""

    def __init__(self, at: datetime, address: str | None) -> None:
        super().__init__()
        self.at, self.address = at, address
        self.client: ApiClient | None = None

    def authenticate_client(self, request: Any, *args: Any, **more: Any) -> bool:
        told = _basic(request.headers.get("Authorization", "")) or (
            request.client_id or "",
            request.client_secret or "",
        )
        found = clients.authenticate(f"{clients.PREFIX}{told[0]}.{told[1]}", at=self.at)
        if found is None or found.signed_only or not client_proof.is_from_its_network(found, self.address):
            return False
        request.client = self.client = found
        return True

    def validate_grant_type(self, client_id: Any, grant_type: str, *args: Any, **more: Any) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: Any, request: Any, *args: Any, **more: Any) -> list[str]:
        return list(request.client.scopes)

    def validate_scopes(
        self, client_id: Any, scopes: list[str], client: Any, *args: Any, **more: Any
    ) -> bool:
        return set(scopes) <= set(client.scopes)

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **more: Any) -> None:
        """The library has made a token; ours takes its place, of which only the digest is kept."""
        told, row = client_proof.issue_token(request.client, request.scopes, at=self.at)
        token["access_token"] = told
        token["expires_in"] = int(client_proof.TOKEN_LIFE.total_seconds())
        token["scope"] = " ".join(row.scopes)


@csrf_exempt
@never_cache
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """One request for a token."""
    at, address = timezone.now(), request.META.get("REMOTE_ADDR") or None
    asked = Clients(at, address)
    server = BackendApplicationServer(asked)
    body = request.body if len(request.body) <= LARGEST else b""
    with transaction.atomic():
        found: tuple[dict[str, str], str, int] = server.create_token_response(
            request.build_absolute_uri(), "POST", body.decode("utf-8", "replace"), _headers(request)
        )
        headers, text, status = found
        if asked.client is not None and status == 200:
            actor = client_actor(asked.client, at).asking(trace_id(request), address)
            log.record(actor, "token.issue", at, subject="client", object_id=asked.client.pk)
    kept = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return HttpResponse(text, status=status, content_type="application/json", headers=kept)


def _headers(request: HttpRequest) -> dict[str, str]:
    told = {name: request.headers[name] for name in ("Authorization",) if name in request.headers}
    return {**told, "Content-Type": request.META.get("CONTENT_TYPE", "")}


def _basic(header: str) -> tuple[str, str] | None:
    """Client id and secret of HTTP Basic, both form-encoded (RFC 6749, 2.3.1); None for anything else."""
    scheme, _blank, told = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _colon, secret = b64decode(told, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return None
    return unquote(name), unquote(secret)
