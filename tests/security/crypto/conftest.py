"""Keys are made by workers and commands, so these tests connect as they do; none sees another's cached keys."""

from collections.abc import Iterator

import pytest

from tests.support.database_roles import database_role


@pytest.fixture(autouse=True)
def engine_with_fresh_keyring() -> Iterator[None]:
    from security.crypto import keyring

    keyring.forget()
    with database_role("engine"):
        yield
    keyring.forget()
