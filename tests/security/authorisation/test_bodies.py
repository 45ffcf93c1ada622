"""What is sent: members that nobody may set, names of columns and of look-ups, pieces of SQL, ids of others."""

import pytest
from django.db.models import Model
from django.test import Client

from mdm.subjects import registry
from tests.security.authorisation.doors import METHODS, doors
from tests.security.authorisation.population import Bank, system_with
from tests.security.authorisation.probing import sample

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


@pytest.mark.django_db
@pytest.mark.xdist_group("bank")
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
