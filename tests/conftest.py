"""The ground that all tests stand on: real services for each worker, one database role a test."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

from tests.support import cluster

cluster.prepare_environment()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the services of a process that runs tests; then let Django read its settings."""
    if config.option.help or config.option.collectonly:
        return
    if config.getoption("dist", "no") != "no" and config.getoption("tx"):
        # The controller runs none. Its workers would have pytest-django read the settings before this file.
        del os.environ["DJANGO_SETTINGS_MODULE"]
        return
    cluster.start()
    import django

    django.setup()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    cluster.stop()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The whole cluster goes at the end, dropping its databases first would only take time."""
    return True


@pytest.fixture(scope="session")
def django_db_createdb() -> bool:
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Migrations run as the owner."""
    from tests.support import database_roles

    database_roles.watch_connections()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """From here on every test is the web, unless it says otherwise; flushing stays the owner's."""
    from django.test import TransactionTestCase

    from tests.support.database_roles import append_only_lifted, become, database_role
    from tests.support.serving import let_requests_end, watch_requests

    cases: Any = TransactionTestCase  # its stub has no private methods
    flush = cases._fixture_teardown

    def flush_as_owner(case: TransactionTestCase) -> None:
        let_requests_end()
        with database_role("owner"), append_only_lifted():
            flush(case)
            _lay_keys()

    cases._fixture_teardown = flush_as_owner
    watch_requests()
    with django_db_blocker.unblock():
        _lay_keys()
        become("app")


def _lay_keys() -> None:
    """The keys that `keys init` makes at set-up; the web role may not make any."""
    from django.utils import timezone

    from security.crypto import keyring

    keyring.forget()
    keyring.make_missing("system:test", timezone.now())


RoleBlock = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def as_owner() -> RoleBlock:
    """`with as_owner():` runs a block as the database's owner."""
    from tests.support.database_roles import database_role

    return partial(database_role, "owner")


@pytest.fixture
def as_engine() -> RoleBlock:
    """`with as_engine():` runs a block as workers and loaders do."""
    from tests.support.database_roles import database_role

    return partial(database_role, "engine")


@pytest.fixture
def as_app() -> RoleBlock:
    """`with as_app():` runs a block as the web does (the default)."""
    from tests.support.database_roles import database_role

    return partial(database_role, "app")


@pytest.fixture(scope="session")
def objects() -> dict[str, str]:
    """The real object storage, once it answers: endpoint, keys and bucket as `conf.s3` names them."""
    from mdm.conf import conf

    cluster.own_instance().wait_for_objects()
    return conf.s3


@pytest.fixture(autouse=True)
def same_role() -> Iterator[None]:
    """Every test leaves the role it found: one that ran on as the engine would show and write too much."""
    from tests.support.database_roles import current

    before = current()
    yield
    assert current() == before


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """No test finds what another left in the cache, or keys that a flush has taken away."""
    yield
    from django.core.cache import caches

    from mdm.extension import attributes
    from security.crypto import keyring

    attributes.forget()
    for cache in caches.all(initialized_only=True):
        cache.clear()
    keyring.forget()


@pytest.fixture
def contacts_alone(db: None) -> None:
    """A bank whose own rules let telephones, e-mails and addresses change alone: tests where that is the example."""
    from tests.factories.approvals import contacts_alone

    contacts_alone()


@pytest.fixture(autouse=True)
def opened_doors(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that is named for a door opens it (`tests/support/audited_doors.py`)."""
    from tests.support.opening import doors_by_test, watching

    path = request.node.path.relative_to(request.config.rootpath)
    doors = doors_by_test().get(f"{path}::{request.node.name}", frozenset())
    if not doors:
        yield
        return
    with watching(doors) as watch:
        yield
    assert doors - watch.opened == set(), "named for these doors, and did not open them"
    assert watch.faults == []
