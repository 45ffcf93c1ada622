"""Keys are made by workers and commands, so these tests connect as they do, with no cached keys."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def purposes_of_a_test_end_with_it() -> Iterator[None]:
    """What a test registers would be counted by those that ask for all purposes, on the same worker."""
    from security.crypto.purposes import _registered

    kept = dict(_registered)
    yield
    _registered.clear()
    _registered.update(kept)


@pytest.fixture(autouse=True)
def engine_with_fresh_keyring() -> Iterator[None]:
    from security.crypto import keyring
    from tests.support.database_roles import database_role

    keyring.forget()
    with database_role("engine"):
        yield
    keyring.forget()
