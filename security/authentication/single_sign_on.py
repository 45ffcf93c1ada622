"""The bank's identity provider, as the environment names it (`PANORAMA_OIDC_…`). Read by the settings."""

from typing import Any
from urllib.parse import urlsplit

from mdm.conf import Conf

#: The id under which the provider is known; it is part of the address that people come back to.
PROVIDER_ID = "bank"


def provider(settings: Conf) -> dict[str, Any]:
    """What allauth wants to know of its `openid_connect` provider: none of it without `PANORAMA_OIDC_ISSUER`."""
    issuer = settings.get("OIDC_ISSUER")
    app = {
        "provider_id": PROVIDER_ID,
        "name": settings.get("OIDC_NAME", "Single sign-on"),
        "client_id": settings.get("OIDC_CLIENT_ID"),
        "secret": settings.get("OIDC_CLIENT_SECRET"),
        "settings": {"server_url": issuer},
    }
    return {"OAUTH_PKCE_ENABLED": True, "SCOPE": ["openid", "profile"], "APPS": [app] if issuer else []}


def form_targets(settings: Conf) -> list[str]:
    """Where forms may lead (CSP form-action): to us, and on to the provider.

    `PANORAMA_OIDC_ORIGIN` names the provider's sign-in page where it is not on the issuer's host.
    """
    found = settings.get("OIDC_ORIGIN") or settings.get("OIDC_ISSUER")
    parts = urlsplit(found)
    return ["'self'", f"{parts.scheme}://{parts.netloc}"] if found else ["'self'"]
