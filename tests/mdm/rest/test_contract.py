"""Schemathesis drives every operation by its own description, with what it allows and what it does not."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from mdm.rest import throttling
from tests.factories.security import branch, client_system
from tests.support.api import description

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
#: Requests an operation and kind of data; `hypothesis` chooses the same ones every time.
EXAMPLES = 4


def operations() -> Iterator[Any]:
    schema: Any = schemathesis.openapi.from_dict(json.loads(json.dumps(description())))
    for found in schema.get_all_operations():
        yield found.ok()


@pytest.mark.django_db(transaction=True)
def test_every_operation_keeps_to_its_description(live_server: Any) -> None:
    token = client_system("core-bank", roles=("administrator", "steward"), org=branch("1000"))[1]
    with patch.object(throttling, "QUOTA", 10**6):
        for operation in operations():
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if mode is GenerationMode.POSITIVE or _has_input(operation):
                    _drive(operation, mode, live_server.url, token)


def _has_input(operation: Any) -> bool:
    """Whether there is anything that could be sent wrongly."""
    return bool(len(operation.query) or len(operation.path_parameters) or len(operation.body))


def _drive(operation: Any, mode: GenerationMode, address: str, token: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
        case.validate_response(case.call(base_url=address), checks=CHECKS)

    run()
