"""`manage.py api_client`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from security.access.roles import seed_roles
from security.crypto.backends import sm2
from security.services import clients
from tests.factories.security import branch, member_of_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank() -> None:
    """Roles and a branch, as set-up makes them."""
    seed_roles()
    member_of_staff("boss", staff_no="A1", org=branch("1000"))


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("api_client", *arguments, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_a_client_is_made_renewed_and_switched_off() -> None:
    token = run("issue", "core-bank", "--org", "1000", "--answerable", "boss")["token"]
    client = clients.authenticate(token, at=timezone.now())
    assert client is not None
    assert "customer.view" in client.scopes
    renewed = run("rotate", "core-bank")["token"]
    assert clients.authenticate(token, at=timezone.now()) is None
    assert clients.authenticate(renewed, at=timezone.now()) == client
    assert run("off", "core-bank")["active"] is False
    assert clients.authenticate(renewed, at=timezone.now()) is None


def test_scopes_are_as_told() -> None:
    assert (
        run("issue", "loader", "--org", "1000", "--answerable", "boss", "--scopes", "load.run,load.view")[
            "scopes"
        ]
        == "load.run,load.view"
    )


def test_keys_are_made_registered_and_ended_and_limits_are_set() -> None:
    run("issue", "core-bank", "--org", "1000", "--answerable", "boss")
    made = run("key", "core-bank", "--key-id", "k1")
    assert (made["algorithm"], len(made["secret"])) == ("HMAC-SM3", 64)
    public = "04" + sm2().generate().public.hex()
    registered = run("key", "core-bank", "--key-id", "s1", "--public-key", public)
    assert (registered["algorithm"], registered["secret"]) == ("SM2", "")
    assert run("revoke-key", "core-bank", "--key-id", "k1")["revoked"] is True
    told = run(
        "limit",
        "core-bank",
        "--network",
        "10.1.0.0/16",
        "--network",
        "::1/128",
        "--quota",
        "9",
        "--signed-only",
    )
    assert (told["networks"], told["quota"], told["signed_only"]) == ("10.1.0.0/16,::1/128", 9, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("key", "core-bank"), 2),
        (("key", "nobody", "--key-id", "k1"), 1),
        (("revoke-key", "nobody", "--key-id", "k1"), 1),
        (("limit", "nobody", "--network", "10.0.0.0/8"), 1),
        (("limit", "nobody", "--network", "ten"), 1),
        (("issue", "core-bank"), 2),
        (("issue", "core-bank", "--org", "9999", "--answerable", "boss"), 1),
        (("issue", "Core Bank", "--org", "1000", "--answerable", "boss"), 1),
        (("issue", "core-bank", "--org", "1000"), 2),
        (("issue", "core-bank", "--org", "1000", "--answerable", "nobody"), 1),
        (("issue", "core-bank", "--org", "1000", "--answerable", "boss", "--scopes", "nothing"), 1),
        (("issue", "core-bank", "--org", "1000", "--answerable", "boss", "--scopes", ""), 1),
        (("rotate", "nobody"), 1),
        (("off", "nobody"), 1),
    ],
)
def test_what_is_wrong_is_refused_with_its_exit_code(arguments: tuple[str, ...], code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == code
