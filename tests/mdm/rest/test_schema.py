"""The description of the API: complete, without warnings, and the same as the committed copy."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from mdm.conf import BASE_DIR
from tests.support.api import description

COPY = BASE_DIR / "docs" / "reference" / "openapi.json"


def test_the_description_is_made_without_warnings_and_is_valid() -> None:
    out = StringIO()
    call_command(
        "spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", "--lang", "en", stdout=out
    )
    assert json.loads(out.getvalue())["openapi"] == "3.1.1"


def test_the_committed_copy_is_current() -> None:
    out = StringIO()
    call_command("spectacular", "--format", "openapi-json", "--lang", "en", stdout=out)
    assert json.loads(out.getvalue()) == json.loads(COPY.read_text()), "run `make openapi`"


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_has_a_name_a_summary_and_its_refusals() -> None:
    names = [operation["operationId"] for _path, _method, operation in operations()]
    assert len(names) == len(set(names))
    for path, method, operation in operations():
        assert operation["summary"], (path, method)
        if operation.get("security"):
            assert {"401", "403", "429", "503"} <= operation["responses"].keys(), (path, method)


@pytest.mark.parametrize("name", ["customers_create", "phones_add", "load_runs_create", "clients_create"])
def test_what_creates_asks_for_an_idempotency_key(name: str) -> None:
    (operation,) = [operation for _p, _m, operation in operations() if operation["operationId"] == name]
    told = [entry for entry in operation["parameters"] if entry["in"] == "header"]
    headers = {entry["name"]: entry.get("required", False) for entry in told}
    assert headers["Idempotency-Key"] is True


@pytest.mark.parametrize("name", ["customers_change", "phones_change", "phones_end", "credentials_change"])
def test_what_changes_asks_for_if_match(name: str) -> None:
    (operation,) = [operation for _p, _m, operation in operations() if operation["operationId"] == name]
    told = [entry for entry in operation["parameters"] if entry["in"] == "header"]
    headers = {entry["name"]: entry.get("required", False) for entry in told}
    assert headers["If-Match"] is True
    assert {"428", "412", "409", "404"} <= operation["responses"].keys()


def test_fields_come_from_the_models() -> None:
    told = description()["components"]["schemas"]["CredentialTellRequest"]
    assert told["required"] == ["number", "type"]
    assert told["additionalProperties"] is False
    assert "maxLength" not in told["properties"]["number"]  # too long a text is a finding, as in a file
    shown = description()["components"]["schemas"]["Credential"]["properties"]
    assert "version" in shown
    assert "raw_values" not in shown
