"""Keyrings and purposes for tests: each test has purposes of its own, and removes them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

from security.crypto import key_store
from security.crypto.keyring import Keyring, keyring
from security.crypto.providers import RootProvider
from security.crypto.purposes import Purpose, _registered, register


class Clock:
    """Monotonic seconds that only move when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def new_ring(*, make: bool = True, root: RootProvider | None = None, clock: Clock | None = None) -> Keyring:
    """A keyring like the product's, as another process would have it."""
    return Keyring(lambda: root or keyring.root, make_on_first_use=make, clock=clock or Clock())


@contextmanager
def purpose(name: str, domain: str = "") -> Iterator[Purpose]:
    """A purpose in a domain of its own; its rows and registration go with the block."""
    domain = domain or f"test-{name}"
    try:
        yield register(name, domain)
    finally:
        _registered.pop(name, None)
        with key_store.session(writing=True) as cursor:
            cursor.execute("DELETE FROM security_datakey WHERE purpose = %s", [name])
            cursor.execute(
                "DELETE FROM security_domainkey d WHERE domain = %s AND NOT EXISTS "
                "(SELECT FROM security_datakey k WHERE k.domain_key_id = d.id)",
                [domain],
            )
        keyring.forget()


@contextmanager
def fresh_keys() -> Iterator[None]:
    """The key tables empty for a while, as under a root key of its own."""
    with key_store.session(writing=True) as cursor:
        kept = key_store.load(cursor)
        _clear(cursor)
    keyring.forget()
    try:
        yield
    finally:
        with key_store.session(writing=True) as cursor:
            _clear(cursor)
            for record in kept.rows:
                key_store.insert(cursor, record)
        keyring.forget()


def _clear(cursor: CursorWrapper) -> None:
    for table in ("security_datakey", "security_domainkey", "security_rootkey"):
        cursor.execute(f"DELETE FROM {table}")
