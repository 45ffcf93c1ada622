"""Keys of tests that change them: committed whatever a test's transaction does, so put back behind it."""

from collections.abc import Iterator
from contextlib import contextmanager

from security.crypto import key_store, keyring
from security.models.keys import DataKey, DomainKey, RootKey
from tests.support.database_roles import database_role


@contextmanager
def keys_as_they_were() -> Iterator[None]:
    """The next test has the keys of before."""
    with database_role("engine"), key_store.session() as cursor:
        kept = key_store.load(cursor)
    try:
        yield
    finally:
        with database_role("engine"), key_store.session(writing=True) as cursor:
            for model in (DataKey, DomainKey, RootKey):
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
            for record in kept.rows:
                key_store.insert(cursor, record)
        keyring.forget()
