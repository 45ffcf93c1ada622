"""One bank for all that is probed."""

import gc
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.template import Context
    from django.template.base import Template

    from tests.security.authorisation.population import Bank


@pytest.fixture(scope="package")
def bank(django_db_setup: None, django_db_blocker: Any, objects: dict[str, str]) -> Iterator["Bank"]:
    """The bank, laid once for the tests of the group `bank` and gone with the transaction that holds it; without a
    line of log a probe, without the copy of every template's context that Django's tests keep, and without looking
    for rubbish among what all tests share."""
    from django.db import transaction
    from django.template.base import Template

    from tests.factories.attributes import defined
    from tests.security.authorisation.population import open_bank
    from tests.support.database_roles import database_role

    logging.disable(logging.CRITICAL)
    watched, Template._render = Template._render, nodes_rendered  # type: ignore[attr-defined,method-assign]
    gc.collect()
    gc.freeze()
    with django_db_blocker.unblock(), transaction.atomic():
        bank = open_bank()
        with database_role("engine"):
            defined("phone", bank.everybodys["attribute"])
        yield bank
        transaction.set_rollback(True)
    gc.unfreeze()
    Template._render = watched  # type: ignore[attr-defined]
    logging.disable(logging.NOTSET)


def nodes_rendered(template: "Template", context: "Context") -> str:
    """What `Template._render` does where nobody watches."""
    rendered: str = template.nodelist.render(context)
    return rendered
