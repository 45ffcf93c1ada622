"""What must be right about the product's own settings before it starts (`manage.py check`).

With `--deploy` also: how it reaches its services, and who keeps the checkpoints of the operation log.
"""

from typing import Any, get_args
from urllib.parse import urlsplit

from django.core import checks
from django.core.checks import CheckMessage, Error, register

from mdm.conf import Conf, DatabaseRole, Environment, conf

#: Shortest secret key that is taken in production.
SHORTEST_SECRET = 50


@register
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The settings of this process."""
    return problems(conf)


@register(deploy=True)
def check_transport(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The ways to the services of this process."""
    return transport(conf) if conf.production else []


#: Hosts that are this machine; an empty one and a folder are Unix sockets.
_HERE = ("", "127.0.0.1", "::1", "localhost")
#: What libpq takes for a server that proves who it is.
_PROVED = ("verify-full", "verify-ca")


def transport(settings: Conf) -> list[CheckMessage]:
    """What goes over the network unprotected, each with the variable to set."""
    found: list[CheckMessage] = []
    hosts = [host.strip() for host in settings.database["host"].split(",")]
    away = [host for host in hosts if host not in _HERE and not host.startswith("/")]
    if away and settings.environ.get("PGSSLMODE") not in _PROVED:
        hint = "Set PGSSLMODE=verify-full and PGSSLROOTCERT."
        found.append(Error("The database is reached without proof of who it is.", hint=hint, id="mdm.E005"))
    if _open(settings.valkey_url, ("rediss", "unix")):
        hint = "Set it to rediss://…"
        found.append(Error("PANORAMA_VALKEY_URL is reached without TLS.", hint=hint, id="mdm.E006"))
    for name, told in (("S3", settings.s3), ("AUDIT_S3", settings.audit_s3)):
        if _open(told["endpoint"], ("https",)):
            hint = "Set it to https://…"
            text = f"PANORAMA_{name}_ENDPOINT is reached without TLS."
            found.append(Error(text, hint=hint, id="mdm.E007"))
    if settings.audit_s3["access_key"] == settings.s3["access_key"]:
        hint = "Set PANORAMA_AUDIT_S3_ACCESS_KEY to an account that may write and not delete, for the sealer only."
        text = (
            "The application's account of the object storage keeps the checkpoints of the operation log too."
        )
        found.append(checks.Warning(text, hint=hint, id="mdm.W001"))
    return found


def _open(url: str, closed: tuple[str, ...]) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in closed and (parts.hostname or "") not in _HERE


def problems(settings: Conf) -> list[CheckMessage]:
    """Everything wrong with some settings, each with the variable to set."""
    found = [*_choice(settings.environment, Environment, "PANORAMA_ENV", "mdm.E001")]
    found += _choice(settings.database_role, DatabaseRole, "PANORAMA_DB_ROLE", "mdm.E002")
    return found + (_production(settings) if settings.production else [])


def _choice(value: str, allowed: Any, variable: str, number: str) -> list[CheckMessage]:
    names = get_args(allowed)
    if value in names:
        return []
    return [Error(f"{variable} is {value!r}.", hint=f"Set it to one of {', '.join(names)}.", id=number)]


def _production(settings: Conf) -> list[CheckMessage]:
    """Production takes nothing for granted that a fresh checkout may."""
    found: list[CheckMessage] = []
    if len(settings.secret_key) < SHORTEST_SECRET:
        hint = f"Set it to at least {SHORTEST_SECRET} random characters."
        found.append(Error("PANORAMA_SECRET_KEY is missing or short.", hint=hint, id="mdm.E003"))
    if not settings.allowed_hosts:
        hint = "Name the hosts that people and systems use, separated by commas."
        found.append(Error("PANORAMA_ALLOWED_HOSTS is empty.", hint=hint, id="mdm.E004"))
    return found
