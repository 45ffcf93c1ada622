"""A small bank, written as the loader writes."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def bank(db: None) -> Iterator[None]:
    from tests.factories import customers
    from tests.support.database_roles import database_role

    with database_role("engine"):
        customers.bank()
        yield
