"""Start-up checks of the floor: which implementation of SM2 signs, and what holds the root key."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register

from mdm.conf import Conf, conf
from security.crypto import backends
from security.crypto.providers import provider_name


@register(Tags.security)
def sm2_backend(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Names the SM2 backend in use and why."""
    chosen = backends.choice()
    if chosen.name == "libcrypto":
        return [Info(f"SM2 by libcrypto {chosen.reason}.", id="security.I001")]
    hint = "Install libssl3 3.0.23 or 4.0.3 or later (Debian: 3.0.22-1~deb12u2) for the fast backend."
    return [checks.Warning(f"SM2 by gmssl (slower by far): {chosen.reason}.", hint=hint, id="security.W001")]


@register(Tags.security)
def root_key_provider(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuses in production the provider that keeps the root key in clear."""
    return provider_problems(conf)


def provider_problems(settings: Conf) -> list[CheckMessage]:
    """What is wrong with the choice of root key provider."""
    name = provider_name(settings)
    if name not in ("environment", "file"):
        return [Error(f"There is no root key provider named {name}.", id="security.E010")]
    if settings.production and name == "environment":
        return [Error("The environment provider keeps the root key in clear.", id="security.E011")]
    if settings.production and not (settings.get("ROOT_PASSPHRASE") or settings.get("ROOT_PASSPHRASE_FILE")):
        return [Error("The root key's passphrase is not set.", id="security.E012")]
    return []
