"""A bank's identity provider to test against: allauth's own OpenID Connect provider, in a process of its own.

It is a foreign system: its accounts, tables and keys are its own (a file of SQLite beside its log), and it
listens on a free port of this machine. `python -m tests.support.identity_provider FOLDER PORT CALLBACK` runs it.
"""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLIENT_ID, CLIENT_SECRET = "panorama", "a secret between the two"
PASSWORD = "known to the provider only"
#: Accounts of the provider: one that is known to us by its name, and one that is not.
ACCOUNTS = ("teller", "stranger")


@dataclass(frozen=True)
class Provider:
    """Where it listens."""

    address: str


@contextmanager
def provider(folder: Path, callback: str) -> Iterator[Provider]:
    """A running provider that sends people back to `callback`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.support.identity_provider", str(folder), str(port), callback]
    root = Path(__file__).parents[2]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(command, cwd=root, env={"PATH": "/usr/bin:/bin"}, stdout=log, stderr=log)
        try:
            from mdm.embedded.processes import wait_for  # the provider's own process must not load the house

            address = f"http://127.0.0.1:{port}"
            wait_for("the identity provider", lambda: _answers(address), [running], 60)
            yield Provider(address)
        finally:
            running.terminate()
            running.wait(10)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/.well-known/openid-configuration", timeout=1).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _settings(folder: Path) -> dict[str, Any]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {
        "SECRET_KEY": "the provider's own" * 4,
        "DEBUG": True,
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "ROOT_URLCONF": __name__,
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "accounts")}},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_RATE_LIMITS": False,
        "IDP_OIDC_PRIVATE_KEY": pem,
    }


def main(folder: Path, port: str, callback: str) -> None:
    """Make the accounts and the client, then serve."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(**_settings(folder))
    django.setup()
    call_command("migrate", verbosity=0)
    _register(callback)
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, use_threading=True)


def _register(callback: str) -> None:
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    for name in ACCOUNTS:
        get_user_model().objects.create_user(name, password=PASSWORD)
    client = Client(
        id=CLIENT_ID,
        name="Panorama",
        secret=make_password(CLIENT_SECRET),
        scopes="openid\nprofile",
        redirect_uris=callback,
        grant_types="authorization_code",
        response_types="code",
        type="confidential",
        skip_consent=True,
    )
    client.save()


def __getattr__(name: str) -> Any:
    """`urlpatterns`, asked for once Django runs."""
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("accounts/", include("allauth.urls")), path("", include("allauth.idp.urls"))]
    raise AttributeError(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
