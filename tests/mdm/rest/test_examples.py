"""Every example of the description does what it is shown for."""

from collections.abc import Iterator
from typing import Any

import pytest

from mdm.rest.operations import Operation, operation_of
from tests.factories.security import branch, client_system
from tests.mdm.rest.test_routes import METHODS, views
from tests.support.api import description, proved


def shown() -> Iterator[tuple[str, Operation]]:
    for route, kind in views():
        for method in METHODS:
            declared = operation_of(kind, method)
            if declared and declared.examples:
                yield "/" + route, declared


def _done(declared: Operation) -> tuple[int, ...]:
    """What says that it is done, or waits for a second person."""
    return (declared.status, 202) if declared.may_wait else (declared.status,)


@pytest.mark.django_db
def test_every_example_is_answered_as_declared() -> None:
    api = proved(client_system("core-bank", roles=("administrator",), org=branch("1000"))[0])
    sent = [(address, declared, example) for address, declared in shown() for example in declared.examples]
    assert len(sent) >= 6
    for address, declared, example in sent:
        told = api.post(address, example.body)
        assert told.status in _done(declared), f"{declared.name} {example.name}: {told.text}"


def test_the_description_shows_them() -> None:
    body: Any = description()["paths"]["/api/v1/customers"]["post"]["requestBody"]
    assert len(body["content"]["application/json"]["examples"]) == 2
