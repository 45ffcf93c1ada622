"""Tokens of ten minutes, networks and quotas of client systems."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
import redis
from django.test import Client
from django.utils import timezone

from mdm.conf import conf
from mdm.rest import throttling
from security.access.roles import PERMISSIONS
from security.models import AccessToken, ApiClient, OperationLog
from security.services import client_proof, clients
from tests.factories.security import NOW, client_system, everything
from tests.support.api import Api, proved

pytestmark = pytest.mark.django_db
SCOPES = ("customer.view", "customer.history")
FORM = "application/x-www-form-urlencoded"


def ask(
    token: str, *, basic: bool = True, address: str = "127.0.0.1", **form: str
) -> tuple[int, dict[str, object]]:
    """Ask for a token with the client's lasting secret."""
    client_id, _dot, secret = token.removeprefix("pan_").partition(".")
    told = {"grant_type": "client_credentials", **form}
    headers = {}
    if basic:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        told |= {"client_id": client_id, "client_secret": secret}
    answer = Client().post("/api/v1/oauth/token", urlencode(told), FORM, headers=headers, REMOTE_ADDR=address)
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.status_code, answer.json()


@pytest.fixture
def token() -> str:
    return client_system(scopes=SCOPES)[1]


@pytest.mark.parametrize("basic", [True, False], ids=["basic", "form"])
def test_a_client_gets_a_token_of_ten_minutes(token: str, basic: bool) -> None:
    status, told = ask(token, basic=basic)
    assert status == 200
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
    assert str(told["scope"]).split() == sorted(SCOPES)
    short = str(told["access_token"])
    assert Api(short).get("me").body["client_id"] == "core-bank"
    assert short not in str(list(AccessToken.objects.values()))
    AccessToken.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    assert Api(short).get("me").status == 200
    AccessToken.objects.update(expires_at=timezone.now())
    assert Api(short).get("me").code == "auth.invalid"
    assert OperationLog.objects.filter(action="token.issue", actor="core-bank").count() == 1


def test_a_token_holds_only_the_scopes_that_were_asked_for(token: str) -> None:
    status, told = ask(token, scope="customer.view")
    assert (status, told["scope"]) == (200, "customer.view")
    me = Api(str(told["access_token"])).get("me").body
    assert me["permissions"] == ["customer.view"]
    assert ApiClient.objects.get().scopes == sorted(SCOPES)


def test_a_scope_taken_from_the_client_is_taken_from_its_tokens(token: str) -> None:
    short = str(ask(token)[1]["access_token"])
    ApiClient.objects.update(scopes=["customer.view"])
    assert Api(short).get("me").body["permissions"] == ["customer.view"]


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"scope": "customer.view user.manage"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "unsupported_grant_type"),
    ],
)
def test_nothing_else_is_given(token: str, form: dict[str, str], status: int, error: str) -> None:
    assert ask(token, **form)[0] == status
    assert ask(token, **form)[1]["error"] == error
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("basic", [True, False], ids=["basic", "form"])
@pytest.mark.parametrize("wrong", ["pan_core-bank." + "A" * 43, "pan_nobody." + "A" * 43, "pan_core-bank."])
def test_a_wrong_secret_is_refused_alike(token: str, wrong: str, basic: bool) -> None:
    status, told = ask(wrong, basic=basic)
    assert (status, told["error"]) == (401, "invalid_client")


def test_a_client_that_is_switched_off_loses_its_tokens_at_once(token: str) -> None:
    short = str(ask(token)[1]["access_token"])
    clients.switch_off(everything(), "core-bank", at=NOW)
    assert Api(short).get("me").code == "auth.invalid"
    assert ask(token)[0] == 401


def test_who_has_to_sign_gets_no_token_for_a_secret(token: str) -> None:
    client_proof.limit(everything(), "core-bank", networks=[], quota=None, signed_only=True, at=NOW)
    assert ask(token)[0] == 401


@pytest.mark.parametrize(
    ("networks", "status"),
    [
        (["127.0.0.0/8"], 200),
        (["10.0.0.0/8", "127.0.0.1/32"], 200),
        (["10.0.0.0/8"], 403),
        (["2001:db8::/32"], 403),
        ([], 200),
    ],
)
def test_a_client_calls_from_its_networks_only(token: str, networks: list[str], status: int) -> None:
    short = str(ask(token)[1]["access_token"])
    client_proof.limit(everything(), "core-bank", networks=networks, quota=None, signed_only=False, at=NOW)
    for one in (token, short):
        told = Api(one).get("me")
        assert told.status == status
        if status == 403:
            assert told.code == "auth.network"
    assert ask(token)[0] == (200 if status == 200 else 401)


def test_limits_keys_and_their_end_over_the_api(token: str) -> None:
    admin = proved(client_system("admin-bank", roles=("administrator",))[0])
    limits = {"networks": ["10.1.0.0/16"], "quota": 5, "signed_only": False}
    assert admin.post("api-clients/core-bank:limit", limits).body["quota"] == 5
    looser = {**limits, "quota": 6}
    assert admin.post("api-clients/core-bank:limit", looser).code == "reason.missing"
    waits = admin.post("api-clients/core-bank:limit", {**looser, "change_reason": "busy"})
    assert (waits.status, waits.body["operation"]) == (202, "client.limit")
    refused = admin.post("api-clients/core-bank:limit", {**limits, "networks": ["10.1.0.0/16", "10.1.2.3/8"]})
    assert refused.places == {("/networks/1", "client.network")}
    client_proof.add_shared_key(everything(), "core-bank", "k1", at=NOW)
    assert admin.post("api-clients/core-bank/keys", {"key_id": "k1"}).code == "client.key_exists"
    assert admin.post("api-clients/core-bank/keys", {"key_id": "a b"}).code == "client.key_id"
    wrong = {"key_id": "s1", "public_key": "04" + "1" * 128}
    assert admin.post("api-clients/core-bank/keys", wrong).code == "client.public_key"
    assert admin.post("api-clients/core-bank/keys/k1:revoke").body["revoked_at"]
    assert admin.post("api-clients/core-bank/keys/k2:revoke").code == "client.key_unknown"
    assert [key["key_id"] for key in admin.get("api-clients/core-bank/keys").body["items"]] == ["k1"]
    assert admin.get("api-clients/nobody/keys").code == "client.not_found"


def test_a_quota_of_its_own_holds_for_a_client(token: str) -> None:
    redis.Redis.from_url(conf.valkey_url).flushdb()
    client_proof.limit(everything(), "core-bank", networks=[], quota=3, signed_only=False, at=NOW)
    told = [Api(token).get("me") for _n in range(4)]
    assert [answer.status for answer in told] == [200, 200, 200, 429]
    assert told[0].headers["RateLimit-Policy"] == '"client";q=3;w=60'
    assert told[0].headers["RateLimit"].startswith('"client";r=2;t=')
    assert int(told[3].headers["Retry-After"]) in range(1, 21)


@contextmanager
def without_valkey() -> Iterator[None]:
    """A Valkey address where nobody answers."""
    gone = redis.Redis(port=1, socket_connect_timeout=0.1).register_script("return 1")
    with patch.object(throttling, "_script", lambda: gone):
        yield


def test_without_valkey_reads_pass_and_clear_values_do_not() -> None:
    token = client_system(scopes=tuple(PERMISSIONS))[1]
    with without_valkey():
        assert Api(token).get("me").status == 200
        with patch.object(throttling, "CLOSED", frozenset({"*"})):
            told = Api(token).get("me")
    assert (told.status, told.code) == (503, "rate.unknown")
    assert told.headers["Retry-After"] == "30"
    assert {"clear.read", "reject.read", "audit.export"} <= throttling.CLOSED
