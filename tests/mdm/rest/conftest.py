"""Callers of the API. A conftest is read before Django is set up, so fixtures import for themselves."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.api import Api


@pytest.fixture
def api(db: None) -> "Api":
    """A client system with every scope that its role holds."""
    from tests.factories.security import client_system
    from tests.support.api import Api

    return Api(client_system()[1])
