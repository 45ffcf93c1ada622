"""The process starts sealed: every business address answers 503 until enough custodians were there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from mdm.backoffice import unsealing
from mdm.conf import Conf
from mdm.rest import health
from security.models import OperationLog
from tests.security.authorisation.doors import doors
from tests.security.crypto.test_agent import Running

pytestmark = pytest.mark.django_db
STAYS = ("/healthz/", "/metrics", "/unseal/")


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An agent, and a web process that is told of it."""
    started = Running(tmp_path)
    monkeypatch.setattr(unsealing, "RECHECK", -1.0)  # looks at every request
    for module in (unsealing, health):
        monkeypatch.setattr(
            module, "conf", Conf({**module.conf.environ, **started.conf.environ}, module.conf.var)
        )
    yield started
    started.stop()


def addresses() -> list[str]:
    """Every route of the product with something in its places."""
    found = {"/" + re.sub(r"<[^>]*>", "1", door.route).replace("(?P1.*)$", "anything") for door in doors()}
    return sorted(one for one in found if not one.startswith(STAYS))


def give(client: Client, text: str) -> int:
    return client.post("/unseal/", {"secret": text}).status_code


@pytest.mark.parametrize("shares", [0, 2])
def test_every_business_address_is_sealed(running: Running, shares: int) -> None:
    client = Client()
    for text in running.shares[:shares]:
        assert give(client, text) == 302
    routes = addresses()
    assert len(routes) > 100
    for address in routes:
        for method in ("get", "post"):
            answer = getattr(client, method)(address)
            assert answer.status_code == 503, f"{method} {address}"
            assert answer.headers["Retry-After"] == "30"
            if address.startswith("/api/"):
                assert answer.json()["code"] == "key.sealed"
    assert client.get("/healthz/live").status_code == 200
    assert client.get("/healthz/ready").json()["parts"]["keys"] == "sealed"


def test_three_custodians_open_it_on_the_page(running: Running) -> None:
    client = Client(headers={"accept-language": "en"})
    page = client.get("/unseal/")
    assert page.status_code == 200
    assert "3 more shares of 3" in page.content.decode()
    for text, left in zip(running.shares[1:3], (2, 1), strict=True):
        assert give(client, text) == 302
        assert f"{left} more share" in client.get("/unseal/").content.decode()
    assert client.get("/").status_code == 503
    assert give(client, running.shares[4]) == 302
    assert "are open" in client.get("/unseal/").content.decode()
    assert client.get("/").status_code == 302  # to the sign-in page
    assert client.get("/login/").status_code == 200
    assert client.get("/healthz/ready").json()["parts"]["keys"] == "ok"
    said = OperationLog.objects.filter(action="key.unseal").order_by("pk").values_list("fields", flat=True)
    assert [entry["accepted"] for entry in said] == [2, 3, 5]
    assert not any(text[:9] in str(list(said)) for text in running.shares)


def test_a_wrong_share_is_named_and_never_shown_again(running: Running) -> None:
    client = Client(headers={"accept-language": "en"})
    mistyped = running.shares[0][:-2] + ("AA" if running.shares[0][-2:] != "AA" else "BB")
    answer = client.post("/unseal/", {"secret": mistyped})
    assert answer.status_code == 422
    assert "This is not a share" in answer.content.decode()
    assert mistyped not in answer.content.decode()
    assert OperationLog.objects.get(action="key.unseal").result == "key.share_unreadable"
    assert running.client.status()["given"] == []


def test_sealing_again_closes_every_address_at_once(running: Running) -> None:
    running.open()
    client = Client()
    assert client.get("/login/").status_code == 200
    running.client.ask("seal")
    assert client.get("/login/").status_code == 503


def test_without_its_agent_a_process_is_down_and_says_why(running: Running) -> None:
    running.stop()
    answer = Client().get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "key.agent_down")
    assert Client().get("/healthz/ready").json()["parts"]["keys"] == "down"
    running._thread.join()


def test_other_providers_have_no_such_page() -> None:
    assert Client().get("/unseal/").status_code == 404
