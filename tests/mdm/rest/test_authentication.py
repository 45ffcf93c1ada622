"""Who may call, and with which scope."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from security.models import ApiClient, User
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.api import Api

pytestmark = pytest.mark.django_db


def test_the_caller_is_told_who_it_is() -> None:
    _client, token = client_system(scopes=("customer.view", "source.core_customer"), org=branch("1100"))
    told = Api(token).get("me")
    assert told.status == 200
    assert told.body["client_id"] == "core-bank"
    assert told.body["org"] == "1100"
    assert told.body["permissions"] == ["customer.view"]
    assert told.body["sources"] == ["core-bank", "core_customer"]


def test_without_a_token_the_way_to_sign_in_is_told() -> None:
    told = Api().get("me")
    assert (told.status, told.code) == (401, "auth.required")
    assert told.headers["WWW-Authenticate"] == 'Bearer realm="panorama"'


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic Y29yZS1iYW5rOng=",
        "Bearer pan_core-bank.",
        "Bearer pan_core-bank." + "A" * 43,
        "Bearer pan_nobody." + "A" * 43,
        "Bearer pan_core-bank." + "A" * 4300,
        "Bearer pan_core-bank.é" + "A" * 42,
    ],
)
def test_any_other_token_is_refused_alike(header: str) -> None:
    client_system()
    told = Api().get("me", Authorization=header)
    assert (told.status, told.code) == (401, "auth.invalid")
    assert told.body["detail"] == "The token is not accepted."


def test_a_token_with_one_sign_changed_is_refused() -> None:
    _client, token = client_system()
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert Api(changed).get("me").status == 401


def test_the_secret_of_one_client_does_not_open_another() -> None:
    _one, first = client_system("one-bank")
    client_system("two-bank")
    assert Api(first.replace("one-bank", "two-bank")).get("me").status == 401


def test_a_token_ends_with_its_time() -> None:
    _client, token = client_system(lifetime=timedelta(hours=1))
    assert Api(token).get("me").status == 200
    ApiClient.objects.update(expires_at=F("expires_at") - timedelta(hours=2))
    assert Api(token).get("me").status == 401


def test_a_client_or_account_that_is_switched_off_does_not_pass() -> None:
    _client, token = client_system()
    User.objects.update(is_active=False)
    assert Api(token).get("me").status == 401
    User.objects.update(is_active=True)
    ApiClient.objects.update(active=False)
    assert Api(token).get("me").status == 401


def test_the_database_holds_no_secret() -> None:
    client, token = client_system()
    secret = token.partition(".")[2]
    assert len(client.secret_digest) == 32
    assert secret.encode() not in bytes(client.secret_digest)


def test_a_session_is_not_looked_at() -> None:
    browser = Client()
    member_of_staff("teller", "teller")
    browser.force_login(User.objects.get(username="teller"), "security.authentication.backend.StaffBackend")
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.get("/api/v1/customers").status_code == 401


def test_a_scope_that_the_token_lacks_is_named() -> None:
    _client, token = client_system(scopes=("customer.view",))
    told = Api(token).get("load-runs")
    assert (told.status, told.code) == (403, "scope.missing")
    assert "load.view" in told.body["detail"]


def test_a_scope_gives_no_right_that_the_account_lacks() -> None:
    _client, token = client_system(scopes=("user.manage",))
    told = Api(token).get("api-clients")
    assert (told.status, told.code) == (403, "access.denied")


def test_a_right_of_the_account_is_worth_nothing_without_its_scope() -> None:
    _client, token = client_system(scopes=("customer.view",))
    told = Api(token).post("customers", {"source_key": "1", "party_type": "PERSON"})
    assert (told.status, told.code) == (403, "scope.missing")


def test_an_unknown_address_is_a_problem_too() -> None:
    told = Api().get("nothing")
    assert (told.status, told.code) == (404, "resource.not_found")
    assert told.headers["Content-Type"] == "application/problem+json"


def test_a_method_that_is_not_there_is_answered_with_those_that_are(api: Api) -> None:
    told = api.patch("me", {}, version=1)
    assert (told.status, told.code) == (405, "request.method")
    assert "GET" in told.headers["Allow"]


def test_a_head_request_gets_the_headers_only(api: Api) -> None:
    answer = api.client.head("/api/v1/me", headers=api.headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert Api().client.head("/api/v1/me").status_code == 401


@pytest.mark.parametrize("accept", ["text/html", "application/xml"])
def test_the_answer_is_json_or_nothing(api: Api, accept: str) -> None:
    told = api.get("me", Accept=accept)
    assert (told.status, told.code) == (406, "request.not_acceptable")


def test_every_answer_has_an_id_and_is_not_kept(api: Api) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    told = api.get("me", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert told.headers["X-Request-Id"] == trace
    assert told.headers["Cache-Control"] == "no-store"
    missing = api.get("nothing", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert missing.body["trace_id"] == trace


@pytest.mark.parametrize("query", ["?x=1", "?page_size=5", "?cursor=a", "?format=api"])
def test_an_unknown_query_parameter_is_refused(api: Api, query: str) -> None:
    told = api.get(f"me{query}")
    assert (told.status, told.code) == (400, "request.parameter")


def test_texts_are_in_the_callers_language() -> None:
    assert Api(language="en").get("me").body["title"] == "Sign-in needed"
