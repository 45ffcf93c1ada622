"""`/api-clients`."""

import pytest

from tests.factories.security import branch, client_system
from tests.support.api import Api, proved

pytestmark = pytest.mark.django_db
NEW = {"client_id": "new-bank", "name": "New bank", "org": "1100", "scopes": ["customer.view"]}


@pytest.fixture
def manager() -> Api:
    """A client that manages users at branch 1100 and below."""
    return proved(client_system("manager", roles=("administrator",), org=branch("1100", branch("1000")))[0])


def test_a_client_is_made_and_its_token_works(manager: Api) -> None:
    made = manager.post("api-clients", NEW)
    assert (made.status, made.body["client_id"], made.body["org"]) == (201, "new-bank", "1100")
    me = Api(made.body["token"]).get("me")
    assert (me.status, me.body["permissions"]) == (200, ["customer.view"])


def test_the_token_is_told_once(manager: Api) -> None:
    manager.post("api-clients", NEW)
    told = manager.get("api-clients")
    assert {client["client_id"] for client in told.body["items"]} == {"manager", "new-bank"}
    assert "token" not in told.text
    assert "digest" not in told.text


def test_a_new_secret_ends_the_old_one(manager: Api) -> None:
    token = manager.post("api-clients", NEW).body["token"]
    renewed = manager.post("api-clients/new-bank:rotate-secret").body["token"]
    assert Api(token).get("me").status == 401
    assert Api(renewed).get("me").status == 200


def test_a_client_is_switched_off(manager: Api) -> None:
    token = manager.post("api-clients", NEW).body["token"]
    told = manager.post("api-clients/new-bank:switch-off")
    assert (told.status, told.body["active"]) == (200, False)
    assert Api(token).get("me").status == 401


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_id": "Bad Id"}, 422, "client.id"),
        ({"scopes": ["nothing"]}, 422, "client.scope"),
        ({"org": "9999"}, 422, "client.org"),
        ({"org": "1000"}, 403, "access.denied"),
        ({"client_id": "manager"}, 409, "client.exists"),
        ({"expires_at": "tomorrow"}, 422, "request.invalid"),
        ({"user": 1}, 422, "request.invalid"),
    ],
)
def test_what_is_wrong_is_refused(manager: Api, change: dict[str, object], status: int, code: str) -> None:
    told = manager.post("api-clients", {**NEW, **change})
    assert (told.status, told.code) == (status, code)


def test_clients_of_other_branches_are_neither_listed_nor_changed(manager: Api) -> None:
    client_system("south-bank", org=branch("1200", branch("1000")))
    assert "south-bank" not in manager.get("api-clients").text
    for verb in ("rotate-secret", "switch-off"):
        told = manager.post(f"api-clients/south-bank:{verb}")
        assert (told.status, told.code) == (404, "client.not_found")


def test_who_does_not_manage_users_is_refused() -> None:
    api = proved(client_system("core-bank", org=branch("1100", branch("1000")))[0])
    for told in (
        api.get("api-clients"),
        api.post("api-clients", NEW),
        api.post("api-clients/core-bank:rotate-secret"),
        api.post("api-clients/core-bank:switch-off"),
    ):
        assert (told.status, told.code) == (403, "access.denied")
