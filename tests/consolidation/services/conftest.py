"""Every test here consolidates as the worker does, in a small bank."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def engine(db: None) -> Iterator[None]:
    """The organisation tree, and the engine's role."""
    from tests.factories.customers import bank
    from tests.support.database_roles import database_role

    with database_role("engine"):
        bank()
        yield
