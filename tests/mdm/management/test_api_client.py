"""`manage.py api_client`."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from security.access.roles import seed_roles
from security.services import clients
from tests.factories.security import branch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank() -> None:
    """Roles and a branch, as set-up makes them."""
    seed_roles()
    branch("1000")


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("api_client", *arguments, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_a_client_is_made_renewed_and_switched_off() -> None:
    token = run("issue", "core-bank", "--org", "1000")["token"]
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
        run("issue", "loader", "--org", "1000", "--scopes", "load.run,load.view")["scopes"]
        == "load.run,load.view"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("issue", "core-bank"), 2),
        (("issue", "core-bank", "--org", "9999"), 1),
        (("issue", "Core Bank", "--org", "1000"), 1),
        (("issue", "core-bank", "--org", "1000", "--scopes", "nothing"), 1),
        (("issue", "core-bank", "--org", "1000", "--scopes", ""), 1),
        (("rotate", "nobody"), 1),
        (("off", "nobody"), 1),
    ],
)
def test_what_is_wrong_is_refused_with_its_exit_code(arguments: tuple[str, ...], code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == code
