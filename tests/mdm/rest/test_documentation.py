"""Pages about the API."""

import re

import pytest
from django.test import Client

from tests.factories.security import member_of_staff
from tests.support.api import Api

BACKEND = "security.authentication.backend.StaffBackend"


@pytest.fixture
def browser(db: None) -> Client:
    """Somebody signed in."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(member_of_staff("teller", "teller"), BACKEND)
    return client


def test_the_reference_holds_no_inline_script_or_style(browser: Client) -> None:
    page = browser.get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert not re.search(r"<style|style=|\son\w+=", text)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert scripts
    assert all("src=" in attributes and not body.strip() for attributes, body in scripts)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_script_of_the_reference_names_the_description(browser: Client) -> None:
    page = browser.get("/api/docs?script=")
    assert page.headers["Content-Type"].startswith("application/javascript")
    assert "openapi.json" in page.content.decode()


def test_the_reference_asks_for_sign_in_and_comes_back() -> None:
    page = Client().get("/api/docs")
    assert page.status_code == 302
    assert page.headers["Location"].endswith("?next=/api/docs")


def test_the_description_is_read_with_a_session(browser: Client) -> None:
    answer = browser.get("/api/v1/openapi.json", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.1"


def test_the_description_is_read_with_a_token(api: Api) -> None:
    assert api.get("openapi.json").body["openapi"] == "3.1.1"


@pytest.mark.django_db
def test_the_description_is_read_by_nobody_else() -> None:
    told = Api().get("openapi.json")
    assert (told.status, told.code) == (401, "auth.required")


def test_a_problem_type_leads_to_its_page() -> None:
    page = Client(headers={"Accept-Language": "en"}).get("/api/problems/row.stale")
    assert page.status_code == 200
    assert "row.stale" in page.content.decode()


@pytest.mark.parametrize("code", ["nothing", "%3Cscript%3E", "110101199003078515"])
def test_an_unknown_problem_type_is_not_repeated(code: str) -> None:
    page = Client().get(f"/api/problems/{code}")
    assert page.status_code == 404
    assert code not in page.content.decode()


@pytest.mark.django_db
def test_the_catalogue_is_read_by_anybody() -> None:
    told = Api().get("problems")
    codes = {entry["code"] for entry in told.body["items"]}
    assert {"row.stale", "customer.merged", "idempotency.reused", "layout.unknown"} <= codes
    for entry in told.body["items"]:
        assert Client().get(entry["type"]).status_code == 200
