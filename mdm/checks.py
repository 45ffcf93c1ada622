"""What must be right about the product's own settings before it starts (`manage.py check`)."""

from typing import Any, get_args

from django.core.checks import CheckMessage, Error, register

from mdm.conf import Conf, DatabaseRole, Environment, conf

#: Shortest secret key that is taken in production.
SHORTEST_SECRET = 50


@register
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The settings of this process."""
    return problems(conf)


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
