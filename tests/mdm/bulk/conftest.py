"""Every test here writes as the loader does, into a small bank."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def bank(db: None) -> Iterator[None]:
    """The organisation tree, and the engine's role."""
    from tests.factories import customers
    from tests.support.database_roles import database_role

    with database_role("engine"):
        customers.bank()
        yield
