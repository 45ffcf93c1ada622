"""Start-up checks of the floor: which implementation of SM2 signs, and what holds the root key."""

from typing import Any

from cryptography.hazmat.backends.openssl import backend
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register

from mdm.conf import Conf, conf
from security.crypto import backends
from security.crypto.providers import PROVIDERS, provider_name


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
    if name not in PROVIDERS:
        return [Error(f"There is no root key provider named {name}.", id="security.E010")]
    if settings.production and name == "environment":
        return [Error("The environment provider keeps the root key in clear.", id="security.E011")]
    told = settings.get("ROOT_PASSPHRASE") or settings.get("ROOT_PASSPHRASE_FILE")
    if settings.production and name == "file" and not told:
        return [Error("The root key's passphrase is not set.", id="security.E012")]
    if name == "pkcs11" and not (settings.get("PKCS11_MODULE") and settings.get("PKCS11_TOKEN")):
        return [Error("The crypto machine's module and token are not set.", id="security.E014")]
    return []


#: The first OpenSSL inside `cryptography` with the fixes of 2026 (security reference, 7 CRY 10).
_FIXED_OPENSSL = 0x40000030


@register(Tags.security)
def bundled_openssl(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuses a `cryptography` whose OpenSSL lacks the fixes: SM3 and SM4 come from it."""
    return openssl_problems(backend.openssl_version_number(), backend.openssl_version_text())


def openssl_problems(number: int, text: str) -> list[CheckMessage]:
    """What is wrong with an OpenSSL of this version number (0xMNN00PP0, its manual OPENSSL_VERSION_NUMBER)."""
    if number >= _FIXED_OPENSSL:
        return []
    hint = "Install the pinned cryptography, or a later one."
    return [Error(f"cryptography brings {text}, which lacks fixes of 2026.", hint=hint, id="security.E013")]


@register(Tags.security)
def libcrypto_demanded(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuses to fall back to gmssl where the bank demands libcrypto (`PANORAMA_SM2_BACKEND=libcrypto`)."""
    return sm2_problems(conf, backends.choice())


def sm2_problems(settings: Conf, chosen: backends.Choice) -> list[CheckMessage]:
    """What is wrong with the SM2 backend in use, as the configuration demands it."""
    if settings.get("SM2_BACKEND") in ("", chosen.name):
        return []
    wanted = settings.get("SM2_BACKEND")
    return [Error(f"SM2 by {wanted} is demanded, but: {chosen.reason}.", id="security.E015")]
