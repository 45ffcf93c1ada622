"""What is sent: members that nobody may set, names of columns and of look-ups, pieces of SQL, ids of others."""

import logging
import re
import uuid
from collections.abc import Iterator

import pytest
from django.db.models import Model
from django.test import Client

from customers.api.exporting import ChangeFilterFields
from mdm.runs import JobRun
from mdm.subjects import registry
from tests.factories.customers import person, stored
from tests.security.authorisation.doors import METHODS, doors
from tests.security.authorisation.population import Bank, fresh_token, open_bank, staff_with, system_with
from tests.security.authorisation.probing import sample
from tests.support.screens import Screens

#: Members that decide about rights, ownership or trace, wherever they stood in a model.
NEVER_SENT = (
    "id",
    "pk",
    "golden",
    "golden_id",
    "members",
    "org_path",
    "scope_tags",
    "guarded",
    "name_tokens",
    "version",
    "status",
    "created_by",
    "updated_by",
    "customer_id",
    "is_superuser",
    "is_staff",
    "permissions",
    "roles",
    "user_permissions",
    "raw_values",
    "verified_by",
    "source_digest",
    "history_user_id",
    "approved_by",
)
_SQL = (
    "' OR '1'='1",
    "1; DROP TABLE customers_customer",
    "id) UNION SELECT secret_digest FROM security_apiclient--",
    "pg_sleep(5)",
    "name__startswith",
    "user__password__startswith",
    "golden__org__path__contains",
    "-id,(SELECT 1)",
    "id\x00",
    "%27%20OR%201=1",
    "{}__class__",
    "org__users__password",
    "1e999",
    "9" * 40,
    "-1",
    "NaN",
    "true)--",
    "ＯＲ１＝１",
    "\\'; --",
    "$1",
    "%s%s%s",
    "{{7*7}}",
    "${7*7}",
    "../../etc/passwd",
    "CASE WHEN 1=1 THEN id END",
)
INJECTIONS = [
    f"{before}{piece}{after}"
    for piece in _SQL
    for before in ("", "A", " ", "-")
    for after in ("", "'", "--", "/*", "\\")
]
#: Names under which lists take something from the address, and names that none of them may know.
NAMES = (
    "cursor",
    "page_size",
    "after",
    "ordering",
    "org",
    "party_type",
    "name",
    "actor",
    "day",
    "size",
    "status",
    "q",
)
#: What a browser would run of them, were it not text.
RUNS = re.compile(r"<script>alert|<img src=x|<svg onload|<iframe srcdoc|<a href=.javascript")
SCRIPTS = [
    f"{before}<{tag}{after}"
    for tag in (
        "script>alert(1)</script>",
        "img src=x onerror=alert(1)>",
        "svg onload=alert(1)>",
        "a href='javascript:alert(1)'>x</a>",
        "iframe srcdoc='<script>1</script>'>",
    )
    for before in ("", "\"'>", "]]>", "-->", "</title>", "</textarea>", "{{", "'", "&lt;", "\\u003c")
    for after in ("", '"', "//", "<!--")
]


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def bank(db: None, quiet: None) -> Bank:
    return open_bank()


def bodies() -> dict[str, type]:
    """Every body that an endpoint reads, by the operation's name."""
    declared = [door.operation(method) for door in doors() for method in METHODS if door.is_api]
    return {found.name: found.body for found in declared if found and found.body}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(bodies()))
def test_members_that_are_not_declared_are_refused(name: str) -> None:
    fields = bodies()[name]
    told = sample(fields)
    columns = {f.attname for facet in registry.facets() for f in _columns(facet.model)}
    others = (columns | set(NEVER_SENT)) - set(fields().fields)

    for member in sorted(others):
        reader = fields(data={**told, member: "x"})
        assert not reader.is_valid(), member
        assert member in reader.errors, member


def _columns(model: type[Model]) -> list[object]:
    return list(model._meta.concrete_fields)


def test_what_decides_about_rights_is_declared_nowhere() -> None:
    told = {(name, member) for name, fields in bodies().items() for member in fields().fields}
    sent = {(name, member) for name, member in told if member in NEVER_SENT}

    assert {name for name, _member in sent} <= {"api_clients_change", "customers_set_status"}, sent


def test_five_hundred_pieces_of_sql_in_filters_and_orders(bank: Bank) -> None:
    assert len(INJECTIONS) == 500
    api = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {system_with('compliance')[1]}"}
    pages = Screens(staff_with("compliance")).client
    for at, text in enumerate(INJECTIONS):
        name = NAMES[at % len(NAMES)]
        answer = api.get("/api/v1/customers", {name: text}, headers=headers)
        assert 400 <= answer.status_code < 500 or _harmless(name, answer), (name, text, answer.status_code)
        if at % 5 == 0:
            seen = pages.get(
                ("/customers/phone/", "/security/operationlog/", "/customers/customer/")[at % 3], {name: text}
            )
            assert seen.status_code in (200, 302, 400, 404), (name, text, seen.status_code)
            assert not bank.canaries.search(seen.content)


def test_five_hundred_pieces_of_sql_in_filters_of_changes_and_of_exports(bank: Bank) -> None:
    """Every filter that `/changes` takes, and every filter of both sources that `/log-exports` takes."""
    api = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {fresh_token(*system_with('auditor'))}"}
    asked = [(_changed(at), text) for at, text in enumerate(INJECTIONS)]
    for name, text in asked:
        answer = api.get("/api/v1/changes", {name: text}, headers=headers)
        empty = answer.status_code == 200 and answer.json()["items"] == []
        assert empty or 400 <= answer.status_code < 500, (
            name,
            text,
            answer.status_code,
            answer.content[:300],
        )
        assert not bank.canaries.search(answer.content)
    counts = JobRun.objects.count()
    for at, text in enumerate(INJECTIONS):
        source = ("operations", "changes")[at % 2]
        told = {"source": source, "change_reason": "a probe", "filters": {_changed(at): text, text[:60]: "x"}}
        answer = api.post(
            "/api/v1/log-exports",
            told,
            content_type="application/json",
            headers={**headers, "Idempotency-Key": uuid.uuid4().hex},
        )
        assert 400 <= answer.status_code < 500, (text, answer.status_code, answer.content[:300])
    assert JobRun.objects.count() == counts


def _changed(at: int) -> str:
    """One filter of `/changes` after the other."""
    names: list[str] = [*map(str, ChangeFilterFields().fields), "cursor", "page_size", "ordering"]
    return names[at % len(names)]


def _harmless(name: str, answer: object) -> bool:
    """A text where a text may stand finds nobody."""
    rows = answer.json().get("results", answer.json().get("items", []))  # type: ignore[attr-defined]
    return name in ("org", "party_type") and answer.status_code == 200 and rows == []  # type: ignore[attr-defined]


def test_two_hundred_scripts_are_text_wherever_they_stand(bank: Bank) -> None:
    assert len(SCRIPTS) == 200
    screens, auditor = Screens(staff_with("teller")), Screens(staff_with("auditor"))
    for at in range(0, len(SCRIPTS), 40):
        told = SCRIPTS[at : at + 40]
        rows = [
            {
                "slot": f"R{n}",
                "kind": "RESIDENCE",
                "country": "CHN",
                "province": text,
                "detail": text,
                "is_primary": not n,
            }
            for n, text in enumerate(told)
        ]
        bundle = person(f"X-{at}", address=rows, person_profile=[{"employer": told[0], "job_title": told[1]}])
        bundle.facets["customer"][0]["org"] = "1110"
        number = _number(stored(bundle))
        for address in (
            f"/customer/{number}/",
            f"/customer/{number}/history/",
            "/customers/address/",
            "/changes/",
        ):
            seen = (auditor if address == "/changes/" else screens).client.get(address)
            assert seen.status_code == 200
            assert not RUNS.search(seen.content.decode()), address
    for text in SCRIPTS:
        found = screens.client.post("/search/", {"term": text}, follow=True)
        assert found.status_code in (200, 422)
        assert not RUNS.search(found.content.decode())


def _number(pk: int) -> str:
    from customers.models import Customer

    return Customer(pk=pk).customer_no


def test_ids_of_others_in_bodies_and_filters_find_nothing(bank: Bank) -> None:
    """A branch to give a customer to, a customer to relate to, a user to grant to, a row of somebody else."""
    token = system_with("teller")[1]
    api = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {token}"}
    own, far = bank.number("own"), bank.number("far")
    for place in ("sibling", "parent", "far"):
        row = bank.ids[place]["phone"]
        for path in (f"customers/{own}/phones/{row}", f"customers/{bank.number(place)}/phones/{row}"):
            assert api.get(f"/api/v1/{path}", headers=headers).status_code == 404, path
    found = api.get("/api/v1/customers", {"org": "1210"}, headers=headers)
    assert far.encode() not in found.content
    for text in (far, "周鑫淼周", "canary4.bird@example.com"):
        answer = api.post(
            "/api/v1/customers:search", {"text": text}, content_type="application/json", headers=headers
        )
        assert answer.status_code == 200
        assert answer.json()["hits"] == []
