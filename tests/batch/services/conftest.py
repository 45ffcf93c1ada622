"""Loading needs the organisation tree, the object storage and the engine's role."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def bank(db: None, objects: dict[str, str]) -> Iterator[None]:
    """A small bank, seen as the loader sees it."""
    from tests.factories import customers
    from tests.support.database_roles import database_role

    with database_role("engine"):
        customers.bank()
        yield
