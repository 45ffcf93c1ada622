"""Keys are made by workers and commands, so these tests connect as they do, with no cached keys."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def engine_with_fresh_keyring() -> Iterator[None]:
    from security.crypto import keyring
    from tests.support.database_roles import database_role

    keyring.forget()
    with database_role("engine"):
        yield
    keyring.forget()
