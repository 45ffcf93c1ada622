"""Schemathesis drives every operation by its own description, with what it allows and what it does not, as each kind
of client: every role, clients with few scopes or none, and nobody.

In the suite each kind sends little (`CONTRACT_EXAMPLES=1`); who wants more asks for it:

    make contract EXAMPLES=50

That every operation is done at least once, and not only refused, is shown by `test_every_operation.py`.
"""

import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
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
from security.services.client_proof import issue_token
from tests.security.authorisation.population import PLACES, Bank, facet_at, open_bank, system_with
from tests.support.api import description

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
#: Requests an operation and a kind of data, right or wrong; `hypothesis` chooses the same ones every time.
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "1"))
#: The operations are shared out, so that several processes can share the work.
PARTS = 4
#: Clients that hold a right, and lack the scope for it.
SCOPES = {"reader": ("customer.view",), "loader": ("load.view", "load.run"), "without scopes": ()}
#: Every kind sends an operation's first request. What differs from request to request is how it is read, not who may
#: send it: further requests, and those with wrong data, are sent by this many kinds in turn.
SOME = 3
#: Seconds after which the tokens of ten minutes are renewed.
FRESH = 240.0


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


class Clients:
    """Every kind of client, with proof of this moment where the design gives it: tokens of ten minutes, renewed before
    they are over. One has its lasting token only, which some operations refuse; one is nobody."""

    def __init__(self) -> None:
        self._systems = {role.code: system_with(role.code)[0] for role in ROLES}
        for name, scopes in SCOPES.items():
            client = system_with("branch_manager", f"-{name.replace(' ', '-')}")[0]
            ApiClient.objects.filter(pk=client.pk).update(scopes=list(scopes))
            client.refresh_from_db()
            self._systems[name] = client
        lasting = system_with("administrator", "-lasting")[1]
        self._headers = {"nobody": {}, "with a lasting token": _bearer(lasting)}
        self._renewed = 0.0

    @property
    def headers(self) -> dict[str, dict[str, str]]:
        """What proves each of them now, by its name."""
        if time.monotonic() - self._renewed > FRESH:
            self._renewed = time.monotonic()
            self._headers |= {
                name: _bearer(issue_token(client, client.scopes, at=timezone.now())[0])
                for name, client in self._systems.items()
            }
        return self._headers


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_keeps_to_its_description_for_every_kind_of_client(
    part: int, in_process: None, objects: dict[str, str]
) -> None:
    bank, app, clients = open_bank(), get_wsgi_application(), Clients()
    names, found = list(clients.headers), operations(part)
    assert len(found) >= 20
    assert len(names) == len(ROLES) + len(SCOPES) + 2
    for turn, operation in enumerate(found):
        sender = Sender(bank, app, clients)
        some = [names[(turn * SOME + at) % len(names)] for at in range(SOME)]
        _drive(operation, GenerationMode.POSITIVE, sender, names, some)
        assert sender.sent >= len(names)
        if _has_input(operation):
            _drive(operation, GenerationMode.NEGATIVE, sender, some, some)


class Sender:
    """Sends one generated request as each of some clients, and takes back what it did."""

    def __init__(self, bank: Bank, app: Any, clients: Clients) -> None:
        self.bank, self.app, self.clients = bank, app, clients
        self.sent = 0

    def send(self, case: Any, names: Sequence[str]) -> None:
        for name in names:
            with transaction.atomic():
                headers = self.clients.headers[name]
                answer = case.call(app=self.app, base_url="http://testserver", headers=headers)
                transaction.set_rollback(True)
            case.validate_response(answer, checks=CHECKS)
            self.sent += 1

    def aim(self, case: Any) -> None:
        """Lead a request to something that is there, at a place that changes from case to case, in the version that
        it has: what was done to it is taken back each time."""
        place = list(PLACES)[self.sent % 2]
        facet = facet_at(case.operation.path)
        told = {**self.bank.aimed(place), "number": self.bank.number(place, facet)}
        told["row_id"] = told.get(facet, 0)
        for name in case.path_parameters or {}:
            case.path_parameters[name] = told.get(name) or case.path_parameters[name]
        if "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = '"v1"'


def _has_input(operation: Any) -> bool:
    """Whether there is anything that could be sent wrongly."""
    return bool(len(operation.query) or len(operation.path_parameters) or len(operation.body))


def _drive(
    operation: Any, mode: GenerationMode, sender: Sender, first: Sequence[str], others: Sequence[str]
) -> None:
    """The first request as `first`, every further one as `others`."""
    turns = iter([first])

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
        if mode is GenerationMode.POSITIVE:
            sender.aim(case)
        sender.send(case, next(turns, others))

    run()
