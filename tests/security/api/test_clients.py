"""`/api-clients`."""

import pytest
from django.utils import timezone

from tests.factories.approvals import let_in
from tests.factories.security import branch, client_system
from tests.support.api import Api, Told, proved

pytestmark = pytest.mark.django_db
NEW = {"client_id": "new-bank", "name": "New bank", "org": "1100", "scopes": ["customer.view"]}


@pytest.fixture
def manager() -> Api:
    """A client that manages users at branch 1100 and below."""
    return proved(client_system("manager", roles=("administrator",), org=branch("1100", branch("1000")))[0])


def agreed(told: Told) -> None:
    """A second person agrees to what the answer says waits."""
    assert (told.status, told.body["state"]) == (202, "PENDING"), told.text
    let_in(told.body["id"], timezone.now())


def made(manager: Api) -> str:
    """The token of a new system, asked for, agreed to and collected."""
    agreed(manager.post("api-clients", NEW))
    told = manager.post("api-clients/new-bank:collect-secret", {})
    assert told.status == 200, told.text
    return str(told.body["secret"])


def test_a_client_is_asked_for_agreed_to_and_its_token_is_collected_once(manager: Api) -> None:
    waiting = manager.post("api-clients", NEW)
    assert "new-bank" not in manager.get("api-clients").text
    assert manager.post("api-clients/new-bank:collect-secret", {}).code == "client.not_found"
    agreed(waiting)
    first = manager.post("api-clients/new-bank:collect-secret", {}, key="once-and-once-only")
    again = manager.post("api-clients/new-bank:collect-secret", {}, key="once-and-once-only")
    assert (first.status, again.body["secret"]) == (200, None)
    me = Api(first.body["secret"]).get("me")
    assert (me.status, me.body["permissions"]) == (200, ["customer.view"])
    refused = manager.post("api-clients/new-bank:collect-secret", {})
    assert (refused.status, refused.code) == (403, "client.collect")
    assert Api(first.body["secret"]).get("me").status == 200


def test_the_token_is_told_once(manager: Api) -> None:
    token = made(manager)
    told = manager.get("api-clients")
    assert {client["client_id"] for client in told.body["items"]} == {"manager", "new-bank"}
    assert token not in told.text
    assert "digest" not in told.text


def test_a_new_secret_ends_the_old_one_when_it_is_collected(manager: Api) -> None:
    token = made(manager)
    agreed(manager.post("api-clients/new-bank:rotate-secret", {"change_reason": "yearly"}))
    assert Api(token).get("me").status == 200
    renewed = manager.post("api-clients/new-bank:collect-secret", {}).body["secret"]
    assert Api(token).get("me").status == 401
    assert Api(renewed).get("me").status == 200


def test_a_shared_key_is_agreed_to_and_collected(manager: Api) -> None:
    made(manager)
    agreed(manager.post("api-clients/new-bank/keys", {"key_id": "k1"}))
    assert manager.get("api-clients/new-bank/keys").body["items"] == []
    told = manager.post("api-clients/new-bank:collect-secret", {"key_id": "k1"})
    assert (told.body["key_id"], len(told.body["secret"])) == ("k1", 64)
    assert [one["key_id"] for one in manager.get("api-clients/new-bank/keys").body["items"]] == ["k1"]
    assert manager.post("api-clients/new-bank:collect-secret", {"key_id": "k1"}).code == "client.collect"


def test_nobody_else_collects(manager: Api) -> None:
    agreed(manager.post("api-clients", NEW))
    other = proved(client_system("second", roles=("administrator",), org=branch("1100", branch("1000")))[0])
    told = other.post("api-clients/new-bank:collect-secret", {})
    assert (told.status, told.code) == (403, "client.collect")


def test_a_client_is_switched_off(manager: Api) -> None:
    token = made(manager)
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
