"""Schemathesis drives every operation by its own description, with what it allows and what it does not, as each kind
of client: every role, clients with few scopes or none, and nobody.

In the suite each kind sends little (`CONTRACT_EXAMPLES=1`); the same test with 50 takes about an hour:

    CONTRACT_EXAMPLES=50 pytest tests/mdm/rest/test_contract.py -n 2
"""

import json
import logging
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from security.access.roles import ROLES
from security.models import ApiClient
from tests.security.authorisation.population import PLACES, Bank, open_bank, system_with
from tests.support.api import description

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
#: Requests an operation, a kind of client and a kind of data; `hypothesis` chooses the same ones every time.
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "1"))
#: The operations are shared out, so that several processes can share the work.
PARTS = 4
#: Clients that hold a right, and lack the scope for it.
SCOPES = {"reader": ("customer.view",), "loader": ("load.view", "load.run"), "without scopes": ()}
#: What only one client may break by wrong data is sent by this many kinds in turn; the rest refuse it by right.
WRONG = 3


@pytest.fixture
def in_process() -> Iterator[None]:
    """Requests in this process and this transaction, which ends no connection as a server does; without a log."""
    logging.disable(logging.CRITICAL)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    logging.disable(logging.NOTSET)


@cache
def _schema() -> Any:
    return schemathesis.openapi.from_dict(json.loads(json.dumps(description())))


def operations(part: int) -> list[Any]:
    """Every `PARTS`th operation."""
    return [found.ok() for found in _schema().get_all_operations()][part::PARTS]


def kinds() -> dict[str, dict[str, str]]:
    """Each kind of client with the header that proves it."""
    told = {role.code: system_with(role.code)[1] for role in ROLES}
    for name, scopes in SCOPES.items():
        client, told[name] = system_with("branch_manager", f"-{name.replace(' ', '-')}")
        ApiClient.objects.filter(pk=client.pk).update(scopes=list(scopes))
    return {"nobody": {}} | {name: {"Authorization": f"Bearer {token}"} for name, token in told.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_keeps_to_its_description_for_every_kind_of_client(
    part: int, in_process: None
) -> None:
    bank, app, clients = open_bank(), get_wsgi_application(), kinds()
    names, found = list(clients), operations(part)
    assert len(found) >= 20
    for turn, operation in enumerate(found):
        everybody = Sender(bank, app, clients)
        _drive(operation, GenerationMode.POSITIVE, everybody)
        assert everybody.sent >= len(ROLES) + len(SCOPES) + 1
        if _has_input(operation):
            some = [names[(turn * WRONG + at) % len(names)] for at in range(WRONG)]
            _drive(operation, GenerationMode.NEGATIVE, Sender(bank, app, {n: clients[n] for n in some}))


class Sender:
    """Sends one generated request as each of some clients, and takes back what it did."""

    def __init__(self, bank: Bank, app: Any, clients: dict[str, dict[str, str]]) -> None:
        self.bank, self.app, self.clients = bank, app, clients
        self.sent = 0

    def send(self, case: Any, positive: bool) -> None:
        if positive:
            self._aim(case)
        for headers in self.clients.values():
            with transaction.atomic():
                answer = case.call(app=self.app, base_url="http://testserver", headers=headers)
                transaction.set_rollback(True)
            case.validate_response(answer, checks=CHECKS)
            self.sent += 1

    def _aim(self, case: Any) -> None:
        """Lead the parts of the path to something that is there, at a place that changes from case to case."""
        place = list(PLACES)[self.sent % 2]
        told = {**self.bank.ids[place], "number": self.bank.number(place)}
        facet = case.operation.path.rstrip("/").split("/")[-2].rstrip("s").replace("-", "_")
        for name in case.path_parameters or {}:
            aimed = told.get(facet) if name == "row_id" else told.get(name)
            if aimed:
                case.path_parameters[name] = aimed


def _has_input(operation: Any) -> bool:
    """Whether there is anything that could be sent wrongly."""
    return bool(len(operation.query) or len(operation.path_parameters) or len(operation.body))


def _drive(operation: Any, mode: GenerationMode, sender: Sender) -> None:
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
        sender.send(case, mode is GenerationMode.POSITIVE)

    run()
